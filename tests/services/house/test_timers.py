"""What is due is done once, in its order, and never given up (R-MSG-05)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from shared.db.timers import RETRY_SECONDS, Timer, TimerFunction, cancel_timer, next_due, run_timer, set_timer
from shared.db.tx import Database, Tx
from shared.values.clock import FixedClock
from tests.support.databases import BACKENDS
from tests.support.driver import NOON


class Ran(list[str]):
    """Ids of the records whose timer ran."""

    def __call__(self, timer: Timer, _tx: Tx) -> None:
        self.append(timer.record_id)


def sets(db: Database, record_id: str, *, due_at: datetime = NOON, kind: str = "ring", payload: Mapping[str, Any] | None = None) -> None:
    with db.begin() as tx:
        set_timer(tx, kind, record_id, due_at=due_at, payload=payload)


def runs(db: Database, functions: Mapping[str, TimerFunction]) -> None:
    while run_timer(db, functions) is not None:
        pass


def test_the_most_overdue_runs_first_and_what_is_not_due_does_not(toy_db: Database) -> None:
    sets(toy_db, "now")
    sets(toy_db, "long ago", due_at=NOON - timedelta(days=1))
    sets(toy_db, "soon", due_at=NOON + timedelta(seconds=1))
    ran = Ran()

    runs(toy_db, {"ring": ran})

    assert ran == ["long ago", "now"]
    with toy_db.read() as tx:
        assert next_due(tx) == NOON + timedelta(seconds=1)


def test_a_kind_nobody_here_knows_is_left_to_who_does(toy_db: Database) -> None:
    """A process of the previous release meets a timer of the next."""
    sets(toy_db, "a", kind="sing")
    sets(toy_db, "b")
    ran = Ran()

    runs(toy_db, {"ring": ran})

    assert ran == ["b"]
    with toy_db.read() as tx:
        assert tx.execute(text("SELECT kind, failures, error FROM timers")).one() == ("sing", 0, None)


def test_one_that_fails_puts_off_itself_and_neither_another_kind_nor_another_record(toy_db: Database) -> None:
    def fail(_timer: Timer, _tx: Tx) -> None:
        raise ZeroDivisionError

    for record_id, kind in (("a", "ring"), ("a", "sing"), ("b", "ring")):
        sets(toy_db, record_id, kind=kind, due_at=NOON if (record_id, kind) == ("a", "ring") else NOON + timedelta(seconds=1))

    run_timer(toy_db, {"ring": fail})

    with toy_db.read() as tx:
        failed = tx.execute(text("SELECT record_id, kind FROM timers WHERE failures > 0")).all()
    assert [tuple(row) for row in failed] == [("a", "ring")]


def test_setting_it_again_moves_it_and_forgets_its_failures(toy_db: Database, clock: FixedClock) -> None:
    def fail(_timer: Timer, _tx: Tx) -> None:
        raise ZeroDivisionError

    sets(toy_db, "a")
    done = run_timer(toy_db, {"ring": fail})
    assert done is not None
    assert isinstance(done[1], ZeroDivisionError)

    sets(toy_db, "a", payload={"bell": 2})

    seen: list[Timer] = []
    runs(toy_db, {"ring": lambda timer, _tx: seen.append(timer)})
    assert [(timer.failures, timer.payload, timer.due_at) for timer in seen] == [(0, {"bell": 2}, NOON)]


def test_one_that_fails_is_put_off_with_its_error_and_holds_none_back(toy_db: Database, clock: FixedClock) -> None:
    ran = Ran()

    def fail_for_a(timer: Timer, tx: Tx) -> None:
        tx.execute(text("INSERT INTO effects (hearer, fact) VALUES ('timer', :id)"), {"id": timer.record_id})
        if timer.record_id == "a":
            raise ZeroDivisionError("no bell")
        ran(timer, tx)

    sets(toy_db, "a")
    sets(toy_db, "b")
    pauses: list[float] = []
    for _ in range(len(RETRY_SECONDS) + 1):
        runs(toy_db, {"ring": fail_for_a})
        with toy_db.read() as tx:
            due_at = next_due(tx)
            error = tx.execute(text("SELECT error FROM timers WHERE record_id = 'a'")).scalar_one()
        assert due_at is not None
        assert error == "ZeroDivisionError: no bell"
        pauses.append((due_at - clock.instant).total_seconds())
        clock.instant = due_at

    assert ran == ["b"]
    assert pauses == [*RETRY_SECONDS, RETRY_SECONDS[-1]]
    with toy_db.read() as tx:
        assert tx.execute(text("SELECT fact FROM effects")).scalars().all() == ["b"]


def test_its_function_may_set_the_same_one_anew(toy_db: Database) -> None:
    def again(timer: Timer, tx: Tx) -> None:
        set_timer(tx, timer.kind, timer.record_id, due_at=timer.due_at + timedelta(hours=1))

    sets(toy_db, "a")

    runs(toy_db, {"ring": again})

    with toy_db.read() as tx:
        assert next_due(tx) == NOON + timedelta(hours=1)


def test_only_the_one_that_is_meant_is_cancelled(toy_db: Database) -> None:
    for record_id, kind in (("a", "ring"), ("b", "ring"), ("a", "sing")):
        sets(toy_db, record_id, kind=kind)

    with toy_db.begin() as tx:
        cancel_timer(tx, "ring", "a")

    with toy_db.read() as tx:
        left = tx.execute(text("SELECT kind, record_id FROM timers ORDER BY kind")).all()
    assert [tuple(row) for row in left] == [("ring", "b"), ("sing", "a")]


def test_a_database_that_is_away_is_no_failure_of_a_timer(clock: FixedClock) -> None:
    away = Database("toy", "sqlite:////nowhere/at/all.db", clock, durable=False)

    with pytest.raises(Exception, match="unable to open"):
        run_timer(away, {"ring": Ran()})


def test_a_database_without_timers_is_no_failure_of_one_either(clock: FixedClock, tmp_path: Path) -> None:
    """It answers again when the failure would be written down: there is no timer to write it to."""
    bare = Database("toy", f"sqlite:///{tmp_path / 'bare.db'}", clock, durable=False)

    with pytest.raises(OperationalError, match="no such table: timers"):
        run_timer(bare, {"ring": Ran()})
    bare.dispose()


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_a_second_runner_neither_waits_for_the_first_nor_runs_the_same(toy_db: Database, clock: FixedClock) -> None:
    url = make_url(toy_db.url).update_query_dict({"options": "-c lock_timeout=5000"})
    beside = Database("toy", url.render_as_string(hide_password=False), clock, durable=False)
    others = Ran()
    sets(toy_db, "a")
    sets(toy_db, "b")

    def meanwhile(_timer: Timer, _tx: Tx) -> None:
        runs(beside, {"ring": others})

    run_timer(toy_db, {"ring": meanwhile})

    beside.dispose()
    assert others == ["b"]
