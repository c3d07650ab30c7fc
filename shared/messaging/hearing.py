"""Handlers and jobs of one service, as its worker sees them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from shared.contracts.base import Cause, Event
from shared.db import inbox
from shared.db.tx import Database, Tx

HandlerFunction = Callable[[Any, Tx], None]


class AlreadyDone(Exception):
    """Another run of the job has finished it; this one ends without a trace."""


@dataclass(frozen=True)
class JobContext:
    """What a job gets: short transactions, and the outside world through the service's adapters.

    A job asks and decides in `begin()`, calls outside without any transaction, and writes what came of it in
    `finish()`, where its inbox row is claimed: killed in between it runs again with the same keys.
    """

    db: Database
    job: str
    fact: str | None
    """None when a route runs the job's function itself: its own record says that it is done."""
    cause: Cause
    outside: Any

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """A short transaction before or between calls."""
        with self.db.begin(self.cause) as tx:
            yield tx

    @contextmanager
    def finish(self) -> Iterator[Tx]:
        """The last transaction. Raises AlreadyDone inside `run_job`, which ends the job there."""
        with self.db.begin(self.cause) as tx:
            if self.fact is not None and not inbox.claim(tx, [(self.job, self.fact)]):
                raise AlreadyDone
            yield tx


JobFunction = Callable[[Any, JobContext], None]


@dataclass(frozen=True)
class Job:
    """Outside work, with a message and a queue of its own. `at_once` runs in one process at most: a slow outside
    system never takes all threads."""

    run: JobFunction
    queue: str
    at_once: int = 4
    places: threading.BoundedSemaphore = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", threading.BoundedSemaphore(self.at_once))


class Handler(NamedTuple):
    """A hearer by name: `delivery.reserve_stock`."""

    name: str
    run: HandlerFunction


BULK_TASK: Final = "notifications.record_events"
TIMELINE_QUEUE: Final = "notifications.timeline"


def facts_task(service: str) -> str:
    """The task that takes the facts one transaction told to a service; `<service>.on_<fact>` takes one."""
    return f"{service}.on_facts"


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """One service's ears: which of its functions hears which event, its database, its outside world."""

    service: str
    db: Database
    events: Mapping[str, type[Event]]
    """Event class by name, of all events that the service hears."""
    handlers: Mapping[str, Sequence[Handler]]
    """Handlers by event name, in the order of the choreography."""
    jobs: Mapping[str, Job]
    """Jobs by full name, `billing.render_invoice`."""
    job_events: Mapping[str, Sequence[str]]
    """Job names by event name."""
    outside: Any = None
    bulk: Callable[[Sequence[Mapping[str, Any]], Tx], None] | None = None
    """`record_events`: hears every fact, many in one message."""

    @property
    def queues(self) -> list[str]:
        """Queues this service's workers read."""
        own = [self.service, *sorted({job.queue for job in self.jobs.values()})]
        return [*own, TIMELINE_QUEUE] if self.bulk is not None else own
