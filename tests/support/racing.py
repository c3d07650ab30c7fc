"""Races: acts that begin at one moment, and on PostgreSQL go on one statement at a time, in an order drawn from a seed."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeVar

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from shared.db.failures import passing
from shared.db.migrate import app_role
from shared.db.tx import Database
from tests.support.driver import ServiceDriver

T = TypeVar("T")
PATIENCE_SECONDS: Final = 60
LOOK_SECONDS: Final = 0.002
CONDUCTED_SECONDS: Final = 5
"""After that all go on by themselves: half of what a lock is waited for, so that a slow machine fails no test."""
SEEDS: Final = pytest.mark.parametrize("seed", range(2))
"""Marks a test that is run with several orders of statements."""
_racer: ContextVar[int | None] = ContextVar("racer", default=None)
_BLOCKED: Final = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def at_once(acts: Sequence[Callable[[], T]]) -> list[T]:
    """What each of them came to, each in a thread of its own, all begun at one moment. Raises what the first of them raised."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], T]) -> T:
        start.wait(PATIENCE_SECONDS)
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def interleaved(db: Database, acts: Sequence[Callable[[], T]], *, seed: int) -> list[T]:
    """As `at_once`, on PostgreSQL with every statement of the acts put into one random order, the same for the same seed.

    Before each statement and each commit a racer stands until all others stand, wait for a lock, or are through; then one of those
    that stand is drawn. So each moment between two statements is met by the others sooner or later, on one machine as on many.
    SQLite has one writer: there is no moment within a transaction, and the seed decides who begins.
    """
    if db.engine.dialect.name != "postgresql":
        order = random.Random(seed).sample(range(len(acts)), len(acts))
        found = at_once([acts[position] for position in order])
        return [found[order.index(position)] for position in range(len(acts))]
    conductor = _Conductor(db, len(acts), seed)
    with ExitStack() as connected:  # before the race: to connect is given five seconds, and is no part of it
        for _ in acts:
            connected.enter_context(db.engine.connect())
    with conductor.conducting():
        return at_once([partial(conductor.race, number, act) for number, act in enumerate(acts)])


@contextmanager
def beside(driver: ServiceDriver) -> Iterator[ServiceDriver]:
    """The same service in another process: with connections, and on SQLite a lock of writers, of its own."""
    role = app_role(driver.service.name) if driver.db.engine.dialect.name == "postgresql" else None
    db = Database(driver.service.name, driver.db.url, driver.clock, test_mode=driver.db.test_mode, role=role, durable=False)
    try:
        yield replace(driver, db=db)
    finally:
        db.dispose()


@contextmanager
def troubles(db: Database) -> Iterator[list[str]]:
    """Errors of the database that the house would have tried again in silence: deadlocks, time-outs, conflicts."""
    found: list[str] = []

    def note(context: Any) -> None:
        error = context.sqlalchemy_exception
        if isinstance(error, DBAPIError) and passing(error):
            found.append(f"{type(error.orig).__name__}: {error.orig}")

    event.listen(db.engine, "handle_error", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "handle_error", note)


class _Conductor:
    """Lets one racer go at a time. A racer is the context of an act, whatever thread its route runs in."""

    def __init__(self, db: Database, racers: int, seed: int) -> None:
        self._db = db
        self._random = random.Random(seed)
        self._change = threading.Condition()
        self._racing = set(range(racers))
        self._standing: dict[int, threading.Event] = {}
        self._until = time.monotonic() + CONDUCTED_SECONDS

    def race(self, number: int, act: Callable[[], T]) -> T:
        token = _racer.set(number)
        try:
            return act()
        finally:
            _racer.reset(token)
            with self._change:
                self._racing.discard(number)
                self._change.notify()

    @contextmanager
    def conducting(self) -> Iterator[None]:
        def stand(*_: Any) -> None:
            self._stand()

        hooks = [(self._db.engine, name) for name in ("before_cursor_execute", "commit")]
        for target, name in hooks:
            event.listen(target, name, stand)
        thread = threading.Thread(target=self._conduct, daemon=True)
        thread.start()
        try:
            yield
        finally:
            with self._change:
                self._racing.clear()
                self._change.notify()
            thread.join(PATIENCE_SECONDS)
            for target, name in hooks:
                event.remove(target, name, stand)

    def _stand(self) -> None:
        racer = _racer.get()
        if racer is None:
            return
        go = threading.Event()
        with self._change:
            self._standing[racer] = go
            self._change.notify()
        go.wait(max(0.0, self._until - time.monotonic()))
        with self._change:
            self._standing.pop(racer, None)

    def _conduct(self) -> None:
        url = self._db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as looking:
            while True:
                with self._change:
                    if not self._racing:
                        return
                    moving = len(self._racing) - len(self._standing)
                if moving and self._blocked(looking) < moving:
                    with self._change:
                        if len(self._racing) - len(self._standing) == moving:
                            self._change.wait(LOOK_SECONDS)
                    continue
                with self._change:
                    if self._standing:
                        self._standing.pop(self._random.choice(sorted(self._standing))).set()
                    else:
                        self._change.wait(LOOK_SECONDS)

    def _blocked(self, looking: psycopg.Connection[Any]) -> int:
        row = looking.execute(_BLOCKED).fetchone()
        return 0 if row is None else int(row[0])
