"""Messages of the embedded bus in one SQLite file. Delivered is leased, acknowledged is deleted."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import psutil

DELIVERY_LIMIT: Final = 20
"""A message that killed its worker this often is unreadable, as on RabbitMQ."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, payload TEXT NOT NULL,
    not_before REAL NOT NULL DEFAULT 0, lease TEXT, deliveries INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS ix_messages_ready ON messages (queue, not_before, id) WHERE lease IS NULL;
CREATE TABLE IF NOT EXISTS dead (id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, payload TEXT NOT NULL, reason TEXT NOT NULL);
"""


class Leased(NamedTuple):
    """A message in somebody's hands."""

    id: int
    queue: str
    payload: str


class BusFile:
    """The file, shared by all threads of a process: one connection, one writer at a time.

    `arrived` is set when a message may be ready, so that nobody has to poll.
    """

    _open: Final[dict[Path, BusFile]] = {}
    _open_guard: Final = threading.Lock()

    @classmethod
    def at(cls, path: Path) -> BusFile:
        """The one instance of this process for the file."""
        with cls._open_guard:
            found = cls._open.get(path)
            if found is None or found.pid != os.getpid():
                found = cls._open[path] = cls(path)
            return found

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.pid = os.getpid()
        self.owner = f"{self.pid}:{psutil.Process().create_time()}"
        self.arrived = threading.Condition()
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "temp_store=MEMORY"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(_SCHEMA)
        self.void_dead_leases()

    def void_dead_leases(self) -> None:
        """Gives back what processes that are gone had in their hands: at once, not after a time-out."""
        with self._lock:
            owners = [row[0] for row in self._connection.execute("SELECT DISTINCT lease FROM messages WHERE lease IS NOT NULL")]
            gone = [(owner,) for owner in owners if not _lives(owner)]
            self._connection.executemany("UPDATE messages SET lease = NULL WHERE lease = ?", gone)
        if gone:
            self.wake()

    def wake(self) -> None:
        """Tells waiting consumers to look."""
        with self.arrived:
            self.arrived.notify_all()

    def put(self, messages: Sequence[tuple[str, str, float]], *, unrouted: Collection[str] = ()) -> None:
        """Takes (queue, payload, not before: unix seconds) for good, all or none. `unrouted`: queues nobody has."""
        live = [message for message in messages if message[0] not in unrouted]
        lost = [(queue, payload, "no queue of that name") for queue, payload, _ in messages if queue in unrouted]
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany("INSERT INTO messages (queue, payload, not_before) VALUES (?, ?, ?)", live)
                self._connection.executemany("INSERT INTO dead (queue, payload, reason) VALUES (?, ?, ?)", lost)
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
        self.wake()

    def take(self, queues: Sequence[str]) -> Leased | None:
        """Leases the oldest ready message of these queues."""
        places = ",".join("?" * len(queues))
        with self._lock:
            row = self._connection.execute(
                f"UPDATE messages SET lease = ?, deliveries = deliveries + 1 WHERE id = (SELECT id FROM messages WHERE lease IS NULL "
                f"AND queue IN ({places}) AND not_before <= ? ORDER BY id LIMIT 1) RETURNING id, queue, payload, deliveries",
                (self.owner, *queues, time.time()),
            ).fetchone()
        if row is None:
            return None
        if row[3] > DELIVERY_LIMIT:
            self.bury(row[0], f"delivered {DELIVERY_LIMIT} times without an acknowledgement")
            return self.take(queues)
        return Leased(row[0], row[1], row[2])

    def seconds_until_ready(self, queues: Sequence[str]) -> float | None:
        """How long until a delayed message of these queues is ready; None without one."""
        places = ",".join("?" * len(queues))
        with self._lock:
            row = self._connection.execute(
                f"SELECT min(not_before) FROM messages WHERE lease IS NULL AND queue IN ({places})", tuple(queues)
            ).fetchone()
        return None if row[0] is None else max(0.0, float(row[0]) - time.time())

    def delete(self, message_id: int) -> None:
        """Acknowledges."""
        with self._lock:
            self._connection.execute("DELETE FROM messages WHERE id = ?", (message_id,))
        self.wake()

    def give_back(self, message_id: int) -> None:
        """Back to its place in the queue."""
        with self._lock:
            self._connection.execute("UPDATE messages SET lease = NULL WHERE id = ?", (message_id,))
        self.wake()

    def bury(self, message_id: int, reason: str) -> None:
        """Moves a message that cannot be read to the dead ones."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute(
                "INSERT INTO dead (queue, payload, reason) SELECT queue, payload, ? FROM messages WHERE id = ?", (reason, message_id)
            )
            self._connection.execute("DELETE FROM messages WHERE id = ?", (message_id,))
            self._connection.execute("COMMIT")
        self.wake()

    def dead(self) -> list[tuple[int, str, str, str]]:
        """(id, queue, payload, reason) of the unreadable ones."""
        with self._lock:
            return self._connection.execute("SELECT id, queue, payload, reason FROM dead ORDER BY id LIMIT 100").fetchall()

    def forget_dead(self, dead_id: int) -> None:
        """After it was written down elsewhere."""
        with self._lock:
            self._connection.execute("DELETE FROM dead WHERE id = ?", (dead_id,))

    def size(self, queue: str) -> int:
        """Messages of a queue, leased ones too."""
        with self._lock:
            return int(self._connection.execute("SELECT count(*) FROM messages WHERE queue = ?", (queue,)).fetchone()[0])

    def purge(self, queue: str) -> int:
        """Throws a queue's messages away; returns how many."""
        with self._lock:
            return self._connection.execute("DELETE FROM messages WHERE queue = ?", (queue,)).rowcount


def _lives(owner: str) -> bool:
    pid, _, started = owner.partition(":")
    try:
        process = psutil.Process(int(pid))
        return process.create_time() == float(started) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
