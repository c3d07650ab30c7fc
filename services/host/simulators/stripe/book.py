"""All that the simulator knows, in one SQLite file.

WAL, one transaction for each call: what was answered is in the file, whenever the process is killed. The calls are short and
block the event loop for less than a millisecond, which is cheaper than a thread.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS_A_KEY_LIVES = 24 * 60 * 60

_SCHEMA = """
create table if not exists intents (id text primary key, body text not null) without rowid;
create table if not exists events (id text primary key, body blob not null) without rowid;
create table if not exists answers (
    key text primary key, request text not null, status integer not null, body blob not null, kept_at real not null
);
create index if not exists answers_by_age on answers (kept_at);
create table if not exists deliveries (
    id integer primary key, event_id text not null references events, attempts integer not null, due_at real not null
);
create index if not exists deliveries_by_due on deliveries (due_at);
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a call with an idempotency key. `request`: a digest of that call."""

    request: str
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to the webhook, after `attempts` in vain."""

    id: int
    attempts: int
    body: bytes


class Book:
    """The simulator's file. Any thread may use it; one at a time does."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = normal")
        self._connection.execute("pragma busy_timeout = 5000")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def begin(self) -> Iterator[None]:
        """One transaction: all of it is in the file when the block ends, and nothing when it raises."""
        with self._lock:
            self._connection.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")

    def answer(self, key: str, *, now: float) -> Answer | None:
        """The answer kept for `key`, for a day."""
        with self._lock:
            self._connection.execute("delete from answers where kept_at < ?", (now - SECONDS_A_KEY_LIVES,))
            row = self._connection.execute("select request, status, body from answers where key = ?", (key,)).fetchone()
        return Answer(*row) if row else None

    def keep_answer(self, key: str, answer: Answer, *, now: float) -> None:
        with self._lock:
            self._connection.execute("insert into answers values (?, ?, ?, ?, ?)", (key, answer.request, answer.status, answer.body, now))

    def intent(self, ref: str) -> dict[str, Any] | None:
        with self._lock:
            row = self._connection.execute("select body from intents where id = ?", (ref,)).fetchone()
        intent: dict[str, Any] | None = json.loads(row[0]) if row else None
        return intent

    def save_intent(self, intent: dict[str, Any]) -> None:
        with self._lock:
            self._connection.execute("insert or replace into intents values (?, ?)", (intent["id"], json.dumps(intent)))

    def save_event(self, event_id: str, body: bytes) -> None:
        with self._lock:
            self._connection.execute("insert into events values (?, ?)", (event_id, body))

    def has_event(self, event_id: str) -> bool:
        with self._lock:
            return self._connection.execute("select 1 from events where id = ?", (event_id,)).fetchone() is not None

    def schedule(self, event_id: str, *, due_at: float) -> None:
        """The event shall be delivered, once more each time that this is asked."""
        with self._lock:
            self._connection.execute("insert into deliveries (event_id, attempts, due_at) values (?, 0, ?)", (event_id, due_at))

    def due(self, *, now: float, limit: int) -> list[Delivery]:
        """The oldest deliveries whose time has come."""
        with self._lock:
            rows = self._connection.execute(
                "select d.id, d.attempts, e.body from deliveries d join events e on e.id = d.event_id "
                "where d.due_at <= ? order by d.due_at, d.id limit ?",
                (now, limit),
            ).fetchall()
        return [Delivery(*row) for row in rows]

    def next_due_at(self) -> float | None:
        """When the next delivery is due, in Unix seconds; None when there is none."""
        with self._lock:
            at: float | None = self._connection.execute("select min(due_at) from deliveries").fetchone()[0]
        return at

    def delivered(self, delivery_id: int) -> None:
        with self._lock:
            self._connection.execute("delete from deliveries where id = ?", (delivery_id,))

    def postpone(self, delivery_id: int, *, due_at: float) -> None:
        with self._lock:
            self._connection.execute("update deliveries set attempts = attempts + 1, due_at = ? where id = ?", (due_at, delivery_id))
