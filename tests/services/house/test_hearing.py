"""What becomes of a fact that is heard: once in effect, its neighbours' failures aside, and nothing given up that may pass (R-MSG-03)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from shared.db.tx import Database, Tx
from shared.errors import NotFound, Unavailable
from shared.messaging.consume import TRIES, Again, Unreadable, hear, hear_bundle, hear_together, run_job
from shared.messaging.dead_letters import DeadLetter, open_letters
from shared.messaging.hearing import AlreadyDone, Handler, Hearing, Job
from tests.support.driver import envelope_of
from tests.support.toy import ThingHappened, toy_hearing

AWAY = OperationalError("SELECT 1", {}, psycopg.OperationalError("the server is gone"))
"""Passes by itself."""
BROKEN = IntegrityError("INSERT", {}, psycopg.errors.UniqueViolation("twice"))
"""Does not."""


@pytest.fixture
def hearing(toy_db: Database) -> Hearing:
    return toy_hearing(toy_db)


def thing(name: str) -> dict[str, Any]:
    return envelope_of(ThingHappened(thing_id=name))


def does(name: str, act: Callable[[], None] = lambda: None) -> Handler:
    """A hearer that writes down its effect, and then acts."""

    def run(event: ThingHappened, tx: Tx) -> None:
        tx.execute(text("INSERT INTO effects (hearer, fact) VALUES (:hearer, :fact)"), {"hearer": name, "fact": event.thing_id})
        act()

    return Handler(f"toy.{name}", run)


def raises(error: Exception, *, times: int = 1_000_000) -> Callable[[], None]:
    left = [times]

    def act() -> None:
        if left[0] > 0:
            left[0] -= 1
            raise error

    return act


def with_hearers(hearing: Hearing, *hearers: Handler) -> Hearing:
    return replace(hearing, handlers={ThingHappened.name: list(hearers)})


def effects(hearing: Hearing) -> list[tuple[str, str]]:
    """Hearers and facts, in the order in which they were done."""
    with hearing.db.read() as tx:
        return [(row.hearer, row.fact.rpartition(":")[2]) for row in tx.execute(text("SELECT hearer, fact FROM effects ORDER BY id"))]


def letters(hearing: Hearing) -> list[DeadLetter]:
    with hearing.db.read() as tx:
        return open_letters(tx)


def parked(hearing: Hearing) -> list[list[str]]:
    return [list(letter.hearers) for letter in letters(hearing)]


def test_a_hearer_that_had_the_fact_alone_leaves_it_to_its_neighbours(hearing: Hearing) -> None:
    assert hear(hearing, thing("a"), ["toy.second"], attempt=0) is None

    for _ in range(2):
        assert hear(hearing, thing("a"), None, attempt=0) is None

    assert effects(hearing) == [("second", "a"), ("first", "a"), ("third", "a")]
    assert letters(hearing) == []


def test_all_hearers_fail_together_and_then_each_for_itself(hearing: Hearing) -> None:
    of_three = with_hearers(hearing, does("first"), does("second", raises(NotFound("early"))), does("third", raises(ZeroDivisionError())))

    assert hear(of_three, thing("a"), None, attempt=0) == Again(("toy.second",), 1, 1)
    assert effects(hearing) == [("first", "a")]
    assert parked(hearing) == [["toy.third"]]


def test_whoever_comes_after_one_that_the_database_failed_waits_for_it(hearing: Hearing) -> None:
    """They may build on it: an order was confirmed by what another hearer should have noted before, and was not (R-ORD-33)."""
    of_three = with_hearers(hearing, does("first"), does("second", raises(AWAY, times=6)), does("third"))

    assert hear(of_three, thing("a"), None, attempt=0) == Again(("toy.second", "toy.third"), 1, 1)
    assert effects(hearing) == [("first", "a")]

    assert hear(of_three, thing("a"), ["toy.second", "toy.third"], attempt=1) is None
    assert effects(hearing) == [("first", "a"), ("second", "a"), ("third", "a")]


def test_whoever_comes_after_one_that_the_database_refused_has_their_turn(hearing: Hearing) -> None:
    of_three = with_hearers(hearing, does("first"), does("second", raises(BROKEN)), does("third"))

    assert hear(of_three, thing("a"), None, attempt=0) is None

    assert (effects(hearing), parked(hearing)) == ([("first", "a"), ("third", "a")], [["toy.second"]])


def test_one_that_fails_alone_is_not_run_a_second_time_for_it(hearing: Hearing) -> None:
    ran: list[int] = []

    def fail() -> None:
        ran.append(1)
        raise ZeroDivisionError

    assert hear(with_hearers(hearing, does("first", fail)), thing("a"), None, attempt=0) is None
    assert (len(ran), parked(hearing)) == (1, [["toy.first"]])


def test_a_database_that_hiccups_is_asked_three_times_in_place(hearing: Hearing) -> None:
    assert hear(with_hearers(hearing, does("first", raises(AWAY, times=2))), thing("a"), None, attempt=0) is None
    assert hear(with_hearers(hearing, does("first", raises(AWAY, times=3))), thing("b"), None, attempt=0) == Again(("toy.first",), 1, 1)

    assert effects(hearing) == [("first", "a")]
    assert letters(hearing) == []


def test_what_the_database_refuses_is_not_asked_again(hearing: Hearing) -> None:
    assert hear(with_hearers(hearing, does("first", raises(BROKEN, times=1))), thing("a"), None, attempt=0) is None

    assert (effects(hearing), parked(hearing)) == ([], [["toy.first"]])


def test_a_database_that_is_away_is_waited_for_however_long(hearing: Hearing) -> None:
    """Only what is outside is given up after its tries: while the database is away nothing could be parked either."""
    without_database = with_hearers(hearing, does("first", raises(AWAY)))
    without_carrier = with_hearers(hearing, does("first", raises(Unavailable("carrier"))))

    assert hear(without_database, thing("a"), None, attempt=TRIES + 5) == Again(("toy.first",), 60, TRIES + 6)
    assert hear(without_carrier, thing("a"), None, attempt=TRIES - 1) == Again(("toy.first",), 60, TRIES)
    assert hear(without_carrier, thing("a"), None, attempt=TRIES) is None
    assert parked(hearing) == [["toy.first"]]


def test_what_cannot_even_be_parked_stays_with_the_broker(hearing: Hearing) -> None:
    def fail() -> None:
        hearing.db.engine = away.engine
        raise ZeroDivisionError

    away = Database("toy", "sqlite:////nowhere/at/all.db", hearing.db.clock, durable=False)
    engine = hearing.db.engine

    again = hear(with_hearers(hearing, does("first", fail)), thing("a"), None, attempt=0)

    hearing.db.engine = engine
    assert again == Again(("toy.first",), 1, 1)
    assert letters(hearing) == []


@pytest.mark.parametrize("body", [{}, {"type": "toy.nothing"}, {"type": "toy.thing_happened"}])
def test_what_is_no_fact_is_unreadable(hearing: Hearing, body: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        hear(hearing, body, None, attempt=0)


def test_a_fact_that_none_of_the_named_hears_is_unreadable(hearing: Hearing) -> None:
    """A hearer that a new release renamed: its message must not vanish as if it were done."""
    with pytest.raises(Unreadable):
        hear(hearing, thing("a"), ["toy.fourth"], attempt=0)


@pytest.mark.parametrize("bodies", [[], ["no fact"], [{"type": "toy.thing_happened"}, "no fact"]])
def test_a_bundle_of_what_are_no_facts_is_unreadable(hearing: Hearing, bodies: list[Any]) -> None:
    with pytest.raises(Unreadable):
        hear_together(hearing, bodies)


def test_facts_told_together_are_heard_in_the_order_of_their_records(hearing: Hearing) -> None:
    """Two bundles that lock the same records then never wait for each other in a ring."""
    assert hear_together(with_hearers(hearing, does("first")), [thing("c"), thing("a"), thing("b")]) == []

    assert effects(hearing) == [("first", "a"), ("first", "b"), ("first", "c")]


def test_facts_of_orders_are_heard_before_those_of_nobody(hearing: Hearing) -> None:
    of_order = thing("z") | {"order_id": "ord_9"}

    assert hear_together(with_hearers(hearing, does("first")), [thing("a"), of_order]) == []

    assert effects(hearing) == [("first", "z"), ("first", "a")]


def test_of_facts_told_together_only_what_failed_comes_back(hearing: Hearing) -> None:
    def fail_for_b(event: ThingHappened, _tx: Tx) -> None:
        if event.thing_id == "b":
            raise NotFound("early")

    bodies = [thing("a"), thing("b"), {"type": "toy.nothing", "aggregate_id": "c", "fact": "toy.nothing:c"}]

    again = hear_together(with_hearers(hearing, does("first"), Handler("toy.picky", fail_for_b)), bodies)

    assert again == [(bodies[1], Again(("toy.picky",), 1, 1))]
    assert effects(hearing) == [("first", "a"), ("first", "b")]
    assert [(letter.fact, list(letter.hearers)) for letter in letters(hearing)] == [("toy.nothing:c", [])]


def job(hearing: Hearing, act: Callable[[], None], *, at_once: int = 4) -> Hearing:
    return replace(hearing, jobs={"toy.job": Job(lambda _event, _ctx: act(), queue="toy.outside", at_once=at_once)})


def test_a_job_whose_places_are_taken_comes_back_and_has_not_failed(hearing: Hearing) -> None:
    """The same count of failures: waiting for a place never parks it."""
    busy = job(hearing, lambda: None, at_once=1)
    with busy.jobs["toy.job"].places:
        assert run_job(busy, "toy.job", thing("a"), attempt=3) == Again(("toy.job",), 1, 3)

    assert run_job(busy, "toy.job", thing("a"), attempt=3) is None


def test_a_job_gives_its_place_back_whatever_becomes_of_it(hearing: Hearing) -> None:
    failing = job(hearing, raises(Unavailable("carrier"), times=2), at_once=1)

    assert run_job(failing, "toy.job", thing("a"), attempt=0) == Again(("toy.job",), 1, 1)
    assert run_job(failing, "toy.job", thing("a"), attempt=1) == Again(("toy.job",), 2, 2)
    assert run_job(failing, "toy.job", thing("a"), attempt=2) is None
    assert letters(hearing) == []


def test_a_job_that_another_run_has_finished_ends_without_a_trace(hearing: Hearing) -> None:
    assert run_job(job(hearing, raises(AlreadyDone())), "toy.job", thing("a"), attempt=0) is None
    assert letters(hearing) == []


def test_a_job_that_failed_for_good_is_parked(hearing: Hearing) -> None:
    assert run_job(job(hearing, raises(ZeroDivisionError())), "toy.job", thing("a"), attempt=0) is None
    assert parked(hearing) == [["toy.job"]]


def recording(hearing: Hearing, act: Callable[[Sequence[Any]], None]) -> Hearing:
    def record(bodies: Sequence[Any], tx: Tx) -> None:
        for body in bodies:
            does("timeline").run(ThingHappened.from_envelope(body), tx)
        act(bodies)

    return replace(hearing, bulk=record)


def test_a_bundle_waits_for_what_passes(hearing: Hearing) -> None:
    def fail(_bodies: Sequence[Any]) -> None:
        raise AWAY

    bodies = [thing("a"), thing("b")]

    assert hear_bundle(recording(hearing, fail), bodies, attempt=0) == Again((), 1, 1)
    assert (effects(hearing), letters(hearing)) == ([], [])


def test_of_a_bundle_only_what_fails_for_good_is_parked(hearing: Hearing) -> None:
    def fail(bodies: Sequence[Any]) -> None:
        if any(body["aggregate_id"] == "b" for body in bodies):
            raise ZeroDivisionError

    assert hear_bundle(recording(hearing, fail), [thing("a"), thing("b"), thing("c")], attempt=0) is None

    assert effects(hearing) == [("timeline", "a"), ("timeline", "c")]
    assert [(letter.fact, list(letter.hearers)) for letter in letters(hearing)] == [
        ("toy.thing_happened:b", ["notifications.record_events"])
    ]


def test_a_bundle_that_never_passes_is_parked_after_its_tries(hearing: Hearing) -> None:
    def fail(_bodies: Sequence[Any]) -> None:
        raise AWAY

    assert hear_bundle(recording(hearing, fail), [thing("a")], attempt=TRIES - 1) == Again((), 60, TRIES)
    assert hear_bundle(recording(hearing, fail), [thing("a")], attempt=TRIES) is None
    assert [letter.fact for letter in letters(hearing)] == ["toy.thing_happened:a"]
