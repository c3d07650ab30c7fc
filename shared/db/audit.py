"""What an audit asks every service of the tables that all have: facts told and heard, work left over, history; without a lock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import BindParameter, Row, Table, bindparam, select, text

from shared.db.base import Instant, json
from shared.db.tx import Tx
from shared.values.clock import parse_rfc3339

_NAMED: Final[BindParameter[Any]] = bindparam("facts", expanding=True)
_TOLD: Final = (
    text(
        "SELECT id, event_id, fact, name, told_at FROM told WHERE id > :after AND told_at < :before AND told_at >= :since "
        "ORDER BY id LIMIT :rows"
    )
    .bindparams(bindparam("before", type_=Instant()), bindparam("since", type_=Instant()))
    .columns(told_at=Instant())
)
_TOLD_OF: Final = text("SELECT event_id, fact, name, label, envelope FROM told WHERE fact = :fact OR fact || ':' LIKE :record ORDER BY id")
_HEARD: Final = text("SELECT handler, fact FROM inbox WHERE fact IN :facts").bindparams(_NAMED)
_EXPLAINED: Final = (
    text("SELECT fact, hearers FROM dead_letters WHERE fact IN :facts AND state <> 'replayed'").bindparams(_NAMED).columns(hearers=json())
)
_OLDEST_OUTBOX: Final = text("SELECT id, event_id, fact, envelope FROM outbox ORDER BY id LIMIT 1")
_OUTBOX: Final = text("SELECT count(*) FROM outbox")
_OLDEST_UNRECORDED: Final = text(
    "SELECT u.id, t.event_id, t.fact, t.told_at FROM unrecorded u JOIN told t ON t.id = u.id ORDER BY u.id LIMIT 1"
).columns(told_at=Instant())
_UNRECORDED: Final = text("SELECT event_id FROM told WHERE id IN (SELECT id FROM unrecorded WHERE id IN :facts)").bindparams(_NAMED)
_LETTERS: Final = text(
    "SELECT id, fact, task, error, at FROM dead_letters WHERE id > :after AND state = 'open' ORDER BY id LIMIT :rows"
).columns(at=Instant())
_TIMERS: Final = (
    text(
        "SELECT kind, record_id, due_at, failures, error FROM timers WHERE (due_at < :before OR failures >= :failures) "
        "AND (kind > :kind OR (kind = :kind AND record_id > :record_id)) ORDER BY kind, record_id LIMIT :rows"
    )
    .bindparams(bindparam("before", type_=Instant()))
    .columns(due_at=Instant())
)
_HISTORY: Final = (
    text("SELECT record_id, from_state, to_state, at FROM history WHERE record_id IN :ids ORDER BY record_id, id")
    .bindparams(bindparam("ids", expanding=True))
    .columns(at=Instant())
)
_LATEST: Final = (
    text("SELECT record_id, max(at) AS at FROM history WHERE record_id IN :ids GROUP BY record_id")
    .bindparams(bindparam("ids", expanding=True))
    .columns(at=Instant())
)


def told(tx: Tx, *, after: int | None, rows: int, before: datetime, since: datetime) -> Sequence[Row[Any]]:
    """A page of facts that were at the broker `since` then and `before` then: (id, event_id, fact, name, told_at)."""
    return tx.execute(_TOLD, {"after": after or 0, "rows": rows, "before": before, "since": since}).all()


def heard(tx: Tx, facts: Collection[str]) -> set[tuple[str, str]]:
    """(handler, fact) of those of these facts that a handler here has had."""
    return {(row.handler, row.fact) for row in tx.execute(_HEARD, {"facts": list(facts)})} if facts else set()


def explained(tx: Tx, facts: Collection[str]) -> set[tuple[str, str]]:
    """(handler, fact) of those that are dead letters here: open ones are named on their own, discarded ones a person has settled."""
    rows = tx.execute(_EXPLAINED, {"facts": list(facts)}) if facts else ()
    return {(handler, row.fact) for row in rows for handler in row.hearers}


def oldest_in_outbox(tx: Tx) -> Row[Any] | None:
    """(id, event_id, fact, envelope) of the fact that waits longest for the relay."""
    return tx.execute(_OLDEST_OUTBOX).one_or_none()


def occurred_at(envelope: str) -> datetime:
    """When the fact of an outbox row happened: the row itself bears no time."""
    return parse_rfc3339(str(orjson.loads(envelope)["occurred_at"]))


def in_outbox(tx: Tx) -> int:
    """How many facts wait for the relay."""
    return int(tx.execute(_OUTBOX).scalar_one())


def oldest_unrecorded(tx: Tx) -> Row[Any] | None:
    """(id, event_id, fact, told_at) of the fact that waits longest to be sent to the timeline."""
    return tx.execute(_OLDEST_UNRECORDED).one_or_none()


def waiting_for_timeline(tx: Tx, ids: Collection[int]) -> set[str]:
    """Event ids of those of these rows of `told` that were not sent to the timeline yet."""
    return set(tx.execute(_UNRECORDED, {"facts": list(ids)}).scalars()) if ids else set()


def open_letters(tx: Tx, *, after: int | None, rows: int) -> Sequence[Row[Any]]:
    """A page of dead letters that nobody has settled: (id, fact, task, error, at)."""
    return tx.execute(_LETTERS, {"after": after or 0, "rows": rows}).all()


def late_timers(tx: Tx, *, after: tuple[str, str] | None, rows: int, before: datetime, failures: int) -> Sequence[Row[Any]]:
    """A page of timers that were due `before`, or failed so often: (kind, record_id, due_at, failures, error)."""
    kind, record_id = after or ("", "")
    return tx.execute(_TIMERS, {"kind": kind, "record_id": record_id, "rows": rows, "before": before, "failures": failures}).all()


def states(tx: Tx, table: Table, *, after: str | None, rows: int) -> Sequence[Row[Any]]:
    """A page of (id, state) of a table of records."""
    return tx.execute(select(table.c.id, table.c.state).where(table.c.id > (after or "")).order_by(table.c.id).limit(rows)).all()


def history_of(tx: Tx, ids: Collection[str]) -> Sequence[Row[Any]]:
    """(record_id, from_state, to_state, at) of these records, each in its order."""
    return tx.execute(_HISTORY, {"ids": list(ids)}).all() if ids else ()


def moved_at(tx: Tx, ids: Collection[str]) -> dict[str, datetime]:
    """When each of these records moved last."""
    return {row.record_id: row.at for row in tx.execute(_LATEST, {"ids": list(ids)})} if ids else {}


def told_of(tx: Tx, what: str) -> Sequence[Row[Any]]:
    """Facts told under this name, or told of this record: (event_id, fact, name, label, envelope), oldest first."""
    return tx.execute(_TOLD_OF, {"fact": what, "record": f"%:{what}:%"}).all()
