"""Hearing a fact: each hearer once in effect, its neighbours' failures aside."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from shared.contracts.base import Event
from shared.db import inbox
from shared.db.failures import passing
from shared.db.tx import Database
from shared.messaging import dead_letters
from shared.messaging.hearing import AlreadyDone, Handler, Hearing, JobContext
from shared.observe.logging import logger

QUICK_PAUSES: Final = (0.02, 0.1)
"""Three tries in place for a database that hiccups, in seconds between them."""
PAUSES_SECONDS: Final = (1, 2, 4, 8, 15, 30, 60)
"""Growing pauses between tries over the broker; none is longer (R-MSG-05)."""
TRIES: Final = 15
"""About nine minutes; then the hearer is parked with its error (R-MSG-03)."""

T = TypeVar("T")
log = logger("consume")


class Unreadable(Exception):
    """The message is no envelope of a known event: it belongs to the dead letters as it came."""


@dataclass(frozen=True, slots=True)
class Again:
    """Hearers still to do, after how many seconds, and how often they have failed by then."""

    hearers: tuple[str, ...]
    seconds: int
    failures: int


def consume(db: Database, heard: Sequence[tuple[Event, Sequence[Handler]]]) -> None:
    """Run those hearers of each fact that have not had it yet, in order, all in one transaction.

    The inbox rows are inserted with the effects: if a hearer raises, all is undone and the caller tries
    each alone. Of two workers holding one fact, the second waits on the inbox's primary key until the
    first has committed, then finds nothing left to do.
    """
    with db.begin(heard[0][0].cause) as tx:
        new = inbox.claim(tx, [(hearer.name, event.fact) for event, hearers in heard for hearer in hearers])
        for event, hearers in heard:
            tx.cause = event.cause
            for hearer in hearers:
                if (hearer.name, event.fact) in new:
                    hearer.run(event, tx)


def hear(hearing: Hearing, body: Mapping[str, Any], todo: Sequence[str] | None, *, attempt: int) -> Again | None:
    """What a worker does with a fact's message: all hearers together, else each alone.

    Returns what has to be tried again. A hearer that failed for good is in the dead letters when this returns.
    Raises Unreadable.
    """
    event, hearers = _heard(hearing, body, todo)
    try:
        patiently(lambda: consume(hearing.db, [(event, hearers)]))
        return None
    except Exception as error:
        if len(hearers) == 1:
            return _failed(hearing, event, body, [(hearers[0].name, error)], attempt)
    failures: list[tuple[str, Exception]] = []
    for position, hearer in enumerate(hearers):
        try:
            patiently(lambda hearer=hearer: consume(hearing.db, [(event, [hearer])]))  # type: ignore[misc]
        except Exception as error:
            failures.append((hearer.name, error))
            if isinstance(error, DBAPIError) and passing(error):
                # The database is in trouble. Those after it may build on it, and have their turn when it has had its own.
                failures += [(later.name, error) for later in hearers[position + 1 :]]
                break
    return _failed(hearing, event, body, failures, attempt)


def hear_together(hearing: Hearing, bodies: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Again]]:
    """What a worker does with the facts that one transaction told: all in one transaction, else each alone.

    Returns those of which something has to be tried again. A fact that cannot be read is in the dead letters when this returns.
    Raises Unreadable for what are no facts at all.
    """
    if not bodies or not all(isinstance(body, Mapping) for body in bodies):
        raise Unreadable(f"{hearing.service} cannot read this message: it holds no facts")
    # Orders in the order of their ids, then what is nobody's, by its own: two messages never wait for each other in a ring.
    bodies = sorted(bodies, key=lambda body: (body.get("order_id") is None, str(body.get("order_id") or body.get("aggregate_id"))))
    try:
        heard = [_heard(hearing, body, None) for body in bodies]
        patiently(lambda: consume(hearing.db, heard))
        return []
    except Exception as error:
        log.info("facts_heard_alone", facts=[body.get("fact") for body in bodies], error=repr(error))
    again = []
    for body in bodies:
        try:
            left = hear(hearing, body, None, attempt=0)
        except Unreadable as error:
            left = _park(hearing, str(body.get("fact")), body, [], error, 0)
        if left is not None:
            again.append((body, left))
    return again


def _heard(hearing: Hearing, body: Mapping[str, Any], todo: Sequence[str] | None) -> tuple[Event, list[Handler]]:
    event = read(hearing, body)
    hearers = [hearer for hearer in hearing.handlers.get(event.name, ()) if todo is None or hearer.name in todo]
    if not hearers:
        raise Unreadable(f"{hearing.service} has no hearer {todo or ''} of {event.name}")
    return event, hearers


def run_job(hearing: Hearing, name: str, body: Mapping[str, Any], *, attempt: int) -> Again | None:
    """What a worker does with a job's message. Raises Unreadable."""
    event = read(hearing, body)
    job = hearing.jobs[name]
    if not job.places.acquire(blocking=False):
        # The others of its kind take long: it comes back, and its thread is free for what does not.
        return Again((name,), 1, attempt)
    try:
        job.run(event, JobContext(hearing.db, name, event.fact, event.cause, hearing.outside))
    except AlreadyDone:
        return None
    except Exception as error:
        return _failed(hearing, event, body, [(name, error)], attempt)
    finally:
        job.places.release()
    return None


def hear_bundle(hearing: Hearing, bodies: Sequence[Mapping[str, Any]], *, attempt: int) -> Again | None:
    """Many facts for the one bulk hearer; unique by event id, so that a bundle told twice changes nothing."""
    assert hearing.bulk is not None
    record = hearing.bulk
    try:
        with hearing.db.begin() as tx:
            record(bodies, tx)
        return None
    except Exception as error:
        if passing(error) and attempt < TRIES:
            return Again((), PAUSES_SECONDS[min(attempt, len(PAUSES_SECONDS) - 1)], attempt + 1)
        if len(bodies) > 1:
            for body in bodies:
                hear_bundle(hearing, [body], attempt=TRIES)
            return None
        fact = str(bodies[0].get("fact")) if bodies else ""
        return _park(hearing, fact, bodies, ["notifications.record_events"], error, attempt)


def read(hearing: Hearing, body: Mapping[str, Any]) -> Event:
    """The event of a message. Raises Unreadable."""
    try:
        return hearing.events[body["type"]].from_envelope(body)
    except (KeyError, TypeError, ValidationError) as error:
        raise Unreadable(f"{hearing.service} cannot read this message: {type(error).__name__}: {error}") from error


def patiently(act: Callable[[], T]) -> T:
    """Calls `act`, up to three times while the database hiccups (connection lost, deadlock, serialisation)."""
    for pause in QUICK_PAUSES:
        try:
            return act()
        except DBAPIError as error:
            if not passing(error):
                raise
            time.sleep(pause)
    return act()


def _failed(
    hearing: Hearing, event: Event, body: Mapping[str, Any], failures: Sequence[tuple[str, Exception]], attempt: int
) -> Again | None:
    again: list[str] = []
    for name, error in failures:
        if passing(error) and (attempt < TRIES or isinstance(error, DBAPIError)):
            log.info("hearer_tried_again", handler=name, fact=event.fact, attempt=attempt, error=repr(error))
            again.append(name)
        elif _park(hearing, event.fact, body, [name], error, attempt) is not None:
            again.append(name)
    if not again:
        return None
    return Again(tuple(again), PAUSES_SECONDS[min(attempt, len(PAUSES_SECONDS) - 1)], attempt + 1)


def _park(hearing: Hearing, fact: str, body: Any, hearers: list[str], error: Exception, attempt: int) -> Again | None:
    log.error("hearer_parked", handler=hearers, fact=fact, error=repr(error))
    try:
        with hearing.db.begin() as tx:
            dead_letters.park(
                tx,
                fact=fact,
                task=hearing.service,
                hearers=hearers,
                body=body,
                error=repr(error),
                trace="".join(traceback.format_exception(error)),
            )
    except Exception as away:
        # Not even the dead letter could be written: the broker keeps the message.
        log.error("dead_letter_not_written", handler=hearers, fact=fact, error=repr(away))
        return Again(tuple(hearers), PAUSES_SECONDS[min(attempt, len(PAUSES_SECONDS) - 1)], attempt + 1)
    return None
