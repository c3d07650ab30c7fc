"""What waits for the timeline is sent in bundles, filled for a while and never for ever (messaging.md, cost 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy.engine import make_url

from shared.db.tx import Database
from shared.messaging import timeline
from shared.messaging.relay import Relay
from shared.messaging.timeline import BUNDLE, FILL_SECONDS, Timeline
from shared.values.clock import FixedClock
from tests.services.house.test_outbox import TakingBus, count, tells
from tests.support.databases import BACKENDS
from tests.support.toy import ROUTES, toy_database

ON_SQLITE = pytest.mark.parametrize("backend", BACKENDS[:1])


@dataclass
class Running:
    """Python's clock, which a test moves."""

    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now


@dataclass
class Bundles(TakingBus):
    """A bus that remembers how many facts each bundle had; `up` says whether it takes them."""

    sizes: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.takes = lambda message: self.up and self._note(message.body.count(b'"toy.thing_happened"'))

    def _note(self, size: int) -> bool:
        self.sizes.append(size)
        return True


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Running:
    found = Running()
    monkeypatch.setattr(timeline, "time", SimpleNamespace(monotonic=found.monotonic))
    return found


def told(db: Database, *things: str) -> None:
    """Facts that the relay has told and the timeline has not."""
    tells(db, *things)
    Relay(db, TakingBus(), ROUTES).round()


@ON_SQLITE
def test_what_a_relay_before_this_one_left_is_sent_at_once(toy_db: Database, running: Running) -> None:
    told(toy_db, "a", "b")
    bus = Bundles()

    Timeline([toy_db], bus).fill(())

    assert (bus.sizes, count(toy_db, "unrecorded")) == ([2], 0)


@ON_SQLITE
def test_a_bundle_is_filled_for_its_time_however_much_comes_meanwhile(toy_db: Database, running: Running) -> None:
    bus = Bundles()
    filling = Timeline([toy_db], bus)
    filling.fill(())
    assert filling.patience(9) == 9, "nothing waits"

    for thing in "abc":
        told(toy_db, thing)
        filling.fill({"toy"})
        assert bus.sizes == []
        running.now += FILL_SECONDS / 4
    assert filling.patience(9) == pytest.approx(FILL_SECONDS / 4)
    assert filling.patience(0.01) == 0.01

    running.now = 1000 + FILL_SECONDS + 5
    assert filling.patience(9) == 0
    filling.fill(())
    assert (bus.sizes, filling.patience(9)) == ([3], 9)


@ON_SQLITE
def test_it_is_due_when_its_time_is_over_to_the_instant(toy_db: Database, monkeypatch: pytest.MonkeyPatch, running: Running) -> None:
    monkeypatch.setattr(timeline, "FILL_SECONDS", 1.0)
    bus = Bundles()
    filling = Timeline([toy_db], bus)
    filling.fill(())
    told(toy_db, "a")
    filling.fill({"toy"})

    running.now += 1.0
    filling.fill(())

    assert bus.sizes == [1]


@ON_SQLITE
def test_a_bundle_that_the_broker_did_not_take_waits_for_another_time(toy_db: Database, running: Running) -> None:
    told(toy_db, "a")
    bus = Bundles(up=False)
    filling = Timeline([toy_db], bus)

    filling.fill(())
    assert (count(toy_db, "unrecorded"), filling.patience(9)) == (1, pytest.approx(FILL_SECONDS))
    bus.up = True
    filling.fill(())
    assert bus.sizes == [], "not before its time is over once more"
    running.now += FILL_SECONDS + 1
    filling.fill(())

    assert (bus.sizes, count(toy_db, "unrecorded")) == ([1], 0)


@ON_SQLITE
def test_more_than_a_bundle_follows_without_anybody_telling(toy_db: Database, running: Running) -> None:
    for start in (0, 100):
        told(toy_db, *(f"t{number}" for number in range(start, start + 100)))
    told(toy_db, "last")
    bus = Bundles()
    filling = Timeline([toy_db], bus)

    filling.fill(())
    assert filling.patience(9) == 0, "the rest is waiting"
    filling.fill(())

    assert (bus.sizes, filling.patience(9)) == ([BUNDLE, 1], 9)


@ON_SQLITE
def test_only_the_outboxes_of_those_that_told_are_asked(toy_db: Database, running: Running, tmp_path: Path, clock: FixedClock) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"
    toy_database(url).dispose()
    other = Database("other", url, clock, durable=False)
    bus = Bundles()
    filling = Timeline([toy_db, other], bus)
    filling.fill(())
    told(toy_db, "a")
    told(other, "b")

    filling.fill({"toy"})
    running.now += FILL_SECONDS + 1
    filling.fill(())

    assert (bus.sizes, count(other, "unrecorded")) == ([1], 1)
    other.dispose()


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_a_second_relay_neither_waits_for_the_first_nor_sends_the_same(toy_db: Database, clock: FixedClock) -> None:
    told(toy_db, "a")
    url = make_url(toy_db.url).update_query_dict({"options": "-c lock_timeout=5000"})
    beside = Database("toy", url.render_as_string(hide_password=False), clock, durable=False)
    second = Bundles()

    Timeline([toy_db], Bundles(meanwhile=lambda: Timeline([beside], second).fill(()))).fill(())

    beside.dispose()
    assert (second.given, count(toy_db, "unrecorded")) == ([], 0)
