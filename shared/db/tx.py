"""A transaction: connection, outbox, history and one `now`, committed together or not at all."""

from __future__ import annotations

import select as sockets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Boolean, Connection, Executable, text
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.engine import CursorResult, make_url
from sqlalchemy.exc import DisconnectionError

from shared.contracts.base import SYSTEM, Cause, Envelope, Event, encode
from shared.db.base import FairLock, Instant, dumps, make_engine
from shared.lifecycle import Move, Record
from shared.values.clock import Clock, rfc3339
from shared.values.ids import new_id

_PG_FLUSH: Final = text(
    """
    WITH h AS (
        INSERT INTO history (record_type, record_id, order_id, from_state, to_state, command, reason, actor, correlation_id, at)
        SELECT record_type, record_id, order_id, from_state, to_state, command, reason, actor, correlation_id, at
        FROM json_to_recordset(CAST(:history AS json)) AS x(record_type text, record_id text, order_id text, from_state text,
            to_state text, command text, reason text, actor jsonb, correlation_id text, at timestamptz)
    ), o AS (
        INSERT INTO outbox (event_id, fact, name, label, envelope, together)
        SELECT event_id, fact, name, label, envelope, together
        FROM json_to_recordset(CAST(:outbox AS json)) AS y(event_id text, fact text, name text, label text, envelope text, together text)
        ORDER BY event_id
    )
    SELECT pg_notify(CAST(:channel AS text), '') FROM relay WHERE sleeping AND CAST(:telling AS boolean)
    """
)
# One statement for all that a transaction tells and remembers (messaging.md, cost 4). NOTIFY takes a lock of the whole
# database at commit, so it is sent only when the relay says that it sleeps.

_SQLITE_OUTBOX: Final = text(
    "INSERT INTO outbox (event_id, fact, name, label, envelope, together) VALUES (:event_id, :fact, :name, :label, :envelope, :together)"
)
_SQLITE_HISTORY: Final = text(
    "INSERT INTO history (record_type, record_id, order_id, from_state, to_state, command, reason, actor, correlation_id, at) "
    "VALUES (:record_type, :record_id, :order_id, :from_state, :to_state, :command, :reason, :actor, :correlation_id, :at)"
)
_CLOCK: Final = text("SELECT now, running FROM clock WHERE id = 1").columns(now=Instant(), running=Boolean())


class UnsavedRecord(AssertionError):
    """A record moved along an arrow in this transaction and was never saved: a bug of the action."""


class Tx:
    """Handed down from the door that opened it; never opened and never committed below."""

    def __init__(self, database: Database, connection: Connection, now: datetime, cause: Cause) -> None:
        self.database = database
        self.connection = connection
        self.now = now
        self.cause = cause
        self.locked: dict[str, Any] = {}
        """What a store has locked already, by record id: a second hearer works on the same record, and asks nothing."""
        self._outbox: list[dict[str, Any]] = []
        self._history: list[dict[str, Any]] = []
        self._loaded: list[Record] = []
        self._changes: dict[int, dict[str, Any]] = {}
        self._endings: dict[str, tuple[Callable[[Tx], None], Cause]] = {}

    def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Runs a statement of a store."""
        return self.connection.execute(statement, parameters)

    @property
    def dialect(self) -> str:
        """`postgresql` or `sqlite`; asked by the few statements that exist in two forms."""
        return self.connection.dialect.name

    @property
    def read_only(self) -> bool:
        """Whether it was opened for looking only (`Database.read`)."""
        return bool(self.connection.get_execution_options().get("read_only", False))

    def publish(self, event: Event, *, of: Record | None = None, seq: int = 0) -> str:
        """Tells a fact, once, with this transaction; returns the event's id. `of` is its record, saved before."""
        envelope = Envelope(
            id=new_id("evt"),
            type=event.name,
            version=event.version,
            aggregate_type=event.aggregate,
            aggregate_id=event.aggregate_id,
            aggregate_seq=of.seq if of is not None else seq,
            order_id=getattr(event, "order_id", None),
            occurred_at=rfc3339(self.now),
            actor=self.cause.actor,
            correlation_id=self.cause.correlation_id,
            causation_id=self.cause.causation_id,
            fact=event.identity(of.seq if of is not None else seq),
            change=self._changes.pop(id(of), None) if of is not None else None,
        )
        self._outbox.append(
            {
                "event_id": envelope.id,
                "fact": envelope.fact,
                "name": event.name,
                "label": event.label(),
                "envelope": encode(event, envelope),
                "together": envelope.order_id or (self._outbox[0]["event_id"] if self._outbox else envelope.id),
            }
        )
        return envelope.id

    def at_end(self, key: str, act: Callable[[Tx], None]) -> None:
        """Has `act` run before the commit: once for each `key`, however many hearers ask, and under the cause of the last that did."""
        self._endings[key] = (act, self.cause)

    def watch(self, record: Record) -> None:
        """Called by stores for each record they give out: one that moves must be saved before the commit."""
        self._loaded.append(record)

    def remember(self, record: Record, *, order_id: str | None) -> None:
        """Called by stores that save a record: its moves become history, and the next fact about it carries them."""
        if not record.moves:
            return
        at = rfc3339(self.now)
        for move in record.moves:
            self._history.append(self._history_row(record, move, order_id, at))
        first, last = record.moves[0], record.moves[-1]
        change = {"from": first.from_state, "to": last.to_state, "command": last.command, "reason": last.reason}
        self._changes[id(record)] = {key: value for key, value in change.items() if value is not None}
        record.moves.clear()

    def _history_row(self, record: Record, move: Move, order_id: str | None, at: str) -> dict[str, Any]:
        return {
            "record_type": record.LIFECYCLE.name,
            "record_id": record.id,
            "order_id": order_id,
            "from_state": move.from_state,
            "to_state": move.to_state,
            "command": move.command,
            "reason": move.reason,
            "actor": self.cause.actor.model_dump(exclude_none=True),
            "correlation_id": self.cause.correlation_id,
            "at": at,
        }

    def flush(self) -> bool:
        """Does what waits for the end, then writes what was told and remembered: the last statement before the commit.

        Returns whether anything was told. Raises UnsavedRecord, and what the endings raise.
        """
        while self._endings:
            act, self.cause = self._endings.pop(next(iter(self._endings)))
            act(self)
        for record in self._loaded:
            if record.moves:
                raise UnsavedRecord(f"{record.LIFECYCLE.name} {record.id} moved to {record.state} and was not saved")
        if not self._outbox and not self._history:
            return False
        if self.dialect == "postgresql":
            self.execute(
                _PG_FLUSH,
                {
                    "history": dumps(self._history),
                    "outbox": dumps(self._outbox),
                    "channel": self.database.channel,
                    "telling": bool(self._outbox),
                },
            )
        else:
            if self._history:
                now = self.now.replace(tzinfo=None).isoformat(" ", "microseconds")
                self.execute(_SQLITE_HISTORY, [{**row, "actor": dumps(row["actor"]), "at": now} for row in self._history])
            if self._outbox:
                self.execute(_SQLITE_OUTBOX, self._outbox)
        return bool(self._outbox)


class Database:
    """One service's database: opens transactions. The only place that commits."""

    def __init__(
        self,
        service: str,
        url: str,
        clock: Clock,
        *,
        pool_size: int = 8,
        test_mode: bool = False,
        role: str | None = None,
        durable: bool = True,
    ) -> None:
        self.service = service
        self.url = url
        self.clock = clock
        self.test_mode = test_mode
        self.channel = f"cartwright_{service}"
        self.told = threading.Event()
        """Something was told since a relay in this process looked last; `bell` is what that relay waits on."""
        self.bell: threading.Event | None = None
        backend = make_url(url).get_backend_name()
        self.engine = make_engine(url, schema=service if backend == "postgresql" else None, role=role, pool_size=pool_size, durable=durable)
        self._reader = self.engine.execution_options(read_only=True)
        self._turn = FairLock() if backend == "sqlite" else None
        if backend == "postgresql":
            sqlalchemy_event.listen(self.engine, "checkout", _refuse_closed)

    @contextmanager
    def begin(self, cause: Cause | None = None) -> Iterator[Tx]:
        """A transaction that commits at the end of the block and rolls back when it raises.

        Raises what the block raises, UnsavedRecord, and SQLAlchemy's errors when the database is away.
        """
        if self._turn is None:
            with self._begun(cause) as tx:
                yield tx
            return
        with self._turn, self._begun(cause) as tx:
            yield tx

    @contextmanager
    def _begun(self, cause: Cause | None) -> Iterator[Tx]:
        with self.engine.begin() as connection:
            tx = Tx(self, connection, self._now(connection), cause or Cause(SYSTEM, new_id("cor")))
            yield tx
            telling = tx.flush()
        if telling:
            self.wake_relay()

    def wake_relay(self) -> None:
        """Rings for a relay in the same process; others are notified by PostgreSQL."""
        self.told.set()
        if self.bell is not None:
            self.bell.set()

    @contextmanager
    def read(self, cause: Cause | None = None) -> Iterator[Tx]:
        """A transaction for looking only; what it tells or moves is lost, so it must do neither."""
        with self._reader.connect() as connection, connection.begin():
            yield Tx(self, connection, self._now(connection), cause or Cause(SYSTEM, new_id("cor")))

    def _now(self, connection: Connection) -> datetime:
        if self.test_mode:
            row = connection.execute(_CLOCK).one_or_none()
            if row is not None and not row.running:
                stopped: datetime = row.now
                return stopped
        return self.clock.now()

    def dispose(self) -> None:
        """Closes the pooled connections."""
        self.engine.dispose()


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    # An idle connection with something to read was closed by the server; one system call instead of a ping.
    poll = sockets.poll()
    poll.register(connection.fileno(), sockets.POLLIN)
    if connection.closed or poll.poll(0):
        raise DisconnectionError("the server closed this connection")
