"""The log of all facts: one writer at a time, so that whoever reads it by position skips nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Select, bindparam, func, or_, select, text

from services.notifications.tables import EVENTS
from shared.db.base import Instant, dumps, json
from shared.db.tx import Tx
from shared.values.clock import parse_rfc3339

_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('notifications.events', 0))")
_PG_INSERT: Final = text(
    """
    INSERT INTO events
        (event_id, order_id, type, aggregate_type, aggregate_id, seq, occurred_at, actor, correlation_id, causation_id, envelope)
    SELECT event_id, order_id, type, aggregate_type, aggregate_id, seq, occurred_at, actor, correlation_id, causation_id, envelope
    FROM json_to_recordset(CAST(:rows AS json)) AS x(event_id text, order_id text, type text, aggregate_type text, aggregate_id text,
        seq bigint, occurred_at timestamptz, actor jsonb, correlation_id text, causation_id text, envelope jsonb)
    ORDER BY event_id
    ON CONFLICT (event_id) DO NOTHING
    """
)
_SQLITE_INSERT: Final = text(
    "INSERT INTO events (event_id, order_id, type, aggregate_type, aggregate_id, seq, occurred_at, actor, correlation_id, causation_id, "
    "envelope) VALUES (:event_id, :order_id, :type, :aggregate_type, :aggregate_id, :seq, :occurred_at, :actor, :correlation_id, "
    ":causation_id, :envelope) ON CONFLICT (event_id) DO NOTHING"
).bindparams(bindparam("occurred_at", type_=Instant()), bindparam("actor", type_=json()), bindparam("envelope", type_=json()))
_OF_ORDER: Final = select(EVENTS.c.envelope).where(EVENTS.c.order_id == bindparam("order_id")).order_by(EVENTS.c.event_id)
_POSITION: Final = select(EVENTS.c.position).where(EVENTS.c.event_id == bindparam("event_id"))
_TOLD: Final = (
    select(EVENTS.c.envelope)
    .where(
        or_(EVENTS.c.order_id == bindparam("order_id"), EVENTS.c.aggregate_id == bindparam("record_id")),
        EVENTS.c.event_id > bindparam("after"),
        EVENTS.c.type.in_(bindparam("types", expanding=True)),
    )
    .order_by(EVENTS.c.event_id)
)
_SUBMITTED: Final = select(func.max(EVENTS.c.event_id)).where(
    EVENTS.c.order_id == bindparam("order_id"),
    EVENTS.c.event_id < bindparam("before"),
    EVENTS.c.type.in_(("orders.order_submitted", "orders.order_sent")),
)


def record(tx: Tx, envelopes: Sequence[Mapping[str, Any]]) -> None:
    """Keeps the facts that are not there yet, by event id.

    A position must not be seen before a lower one: the transaction that gives it holds a lock until its commit. SQLite has
    one writer anyway. The rows are sorted, so that two bundles in opposite order never wait for each other in a ring.
    Raises KeyError for what is no envelope.
    """
    rows = sorted((_row(envelope) for envelope in envelopes), key=lambda row: str(row["event_id"]))
    if tx.dialect == "postgresql":
        lock(tx)
        tx.execute(_PG_INSERT, {"rows": dumps(rows)})
    else:
        tx.execute(_SQLITE_INSERT, [{**row, "occurred_at": parse_rfc3339(row["occurred_at"])} for row in rows])


def _row(envelope: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "event_id": envelope["id"],
        "order_id": envelope.get("order_id"),
        "type": envelope["type"],
        "aggregate_type": envelope["aggregate_type"],
        "aggregate_id": envelope["aggregate_id"],
        "seq": envelope["aggregate_seq"],
        "occurred_at": envelope["occurred_at"],
        "actor": envelope["actor"],
        "correlation_id": envelope["correlation_id"],
        "causation_id": envelope.get("causation_id"),
        "envelope": envelope,
    }


def of_order(tx: Tx, order_id: str) -> list[dict[str, Any]]:
    """Envelopes of an order's facts, cause before effect."""
    return [row.envelope for row in tx.execute(_OF_ORDER, {"order_id": order_id})]


def position_of(tx: Tx, event_id: str) -> int | None:
    """Where a fact stands in the feed."""
    position: int | None = tx.execute(_POSITION, {"event_id": event_id}).scalar_one_or_none()
    return position


def after(tx: Tx, position: int, *, types: Sequence[str] | None, order_id: str | None, limit: int) -> list[dict[str, Any]]:
    """Up to `limit` envelopes behind `position`, in the order of the feed."""
    parameters: dict[str, Any] = {"position": position, "limit": limit}
    if types is not None:
        parameters["types"] = list(types)
    if order_id is not None:
        parameters["order_id"] = order_id
    return [row.envelope for row in tx.execute(_feed(types is not None, order_id is not None), parameters)]


@lru_cache(maxsize=4)
def _feed(by_type: bool, by_order: bool) -> Select[Any]:
    statement = select(EVENTS.c.envelope).where(EVENTS.c.position > bindparam("position"))
    if by_type:
        statement = statement.where(EVENTS.c.type.in_(bindparam("types", expanding=True)))
    if by_order:
        statement = statement.where(EVENTS.c.order_id == bindparam("order_id"))
    return statement.order_by(EVENTS.c.position).limit(bindparam("limit"))


def told(tx: Tx, types: Sequence[str], *, after: str, record_id: str, order_id: str | None = None) -> list[dict[str, Any]]:
    """Envelopes of these facts about the record, or about any record of the order, told after the event id `after`."""
    parameters = {"types": list(types), "after": after, "record_id": record_id, "order_id": order_id}
    return [row.envelope for row in tx.execute(_TOLD, parameters)]


def submitted_at(tx: Tx, order_id: str | None, *, before: str) -> str:
    """Event id of the order's last submission or sending before that event; before all others when none is known."""
    return tx.execute(_SUBMITTED, {"order_id": order_id, "before": before}).scalar_one() or ""


def lock(tx: Tx) -> None:
    """Until the commit no fact is added to the log; SQLite has one writer anyway."""
    if tx.dialect == "postgresql":
        tx.execute(_LOCK)
