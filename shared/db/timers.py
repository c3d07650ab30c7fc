"""What is due later: rows with `due_at`, one per kind and record. No broker keeps time for us (R-MSG-05)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, text

from shared.db.base import Instant, dumps, json
from shared.db.tx import Database, Tx

_SET: Final = text(
    "INSERT INTO timers (kind, record_id, due_at, payload) VALUES (:kind, :record_id, :due_at, :payload) "
    "ON CONFLICT (kind, record_id) DO UPDATE SET due_at = excluded.due_at, payload = excluded.payload, failures = 0, error = NULL"
).bindparams(bindparam("due_at", type_=Instant()), bindparam("payload", type_=json()))
_CANCEL: Final = text("DELETE FROM timers WHERE kind = :kind AND record_id = :record_id")
_DUE_TEXT: Final = (
    "SELECT kind, record_id, due_at, payload, failures FROM timers WHERE due_at <= :now AND kind IN (SELECT value FROM {kinds}) "
    "ORDER BY due_at, kind, record_id LIMIT 1 {lock}"
)
_COLUMNS: Final[dict[str, Any]] = {"due_at": Instant(), "payload": json()}
_PG_DUE: Final = (
    text(_DUE_TEXT.format(kinds="json_array_elements_text(CAST(:kinds AS json)) AS t(value)", lock="FOR UPDATE SKIP LOCKED"))
    .bindparams(bindparam("now", type_=Instant()))
    .columns(**_COLUMNS)
)
_SQLITE_DUE: Final = (
    text(_DUE_TEXT.format(kinds="json_each(:kinds)", lock="")).bindparams(bindparam("now", type_=Instant())).columns(**_COLUMNS)
)
_POSTPONE: Final = text(
    "UPDATE timers SET due_at = :due_at, failures = failures + 1, error = :error WHERE kind = :kind AND record_id = :record_id"
).bindparams(bindparam("due_at", type_=Instant()))
_NEXT: Final = text("SELECT min(due_at) AS due_at FROM timers").columns(due_at=Instant())

RETRY_SECONDS: Final = (5, 30, 120, 600)
"""Pauses after a timer's function failed; the last one repeats, for ever: nothing due is given up."""


@dataclass(frozen=True, slots=True)
class Timer:
    """One row that has come due. `record_id` is what it was set for."""

    kind: str
    record_id: str
    due_at: datetime
    payload: Mapping[str, Any]
    failures: int = 0


TimerFunction = Callable[[Timer, Tx], None]


def set_timer(tx: Tx, kind: str, record_id: str, *, due_at: datetime, payload: Mapping[str, Any] | None = None) -> None:
    """Sets or moves the one timer of this kind and record."""
    tx.execute(_SET, {"kind": kind, "record_id": record_id, "due_at": due_at, "payload": dict(payload or {})})


def cancel_timer(tx: Tx, kind: str, record_id: str) -> None:
    """Takes the timer away; none there: nothing."""
    tx.execute(_CANCEL, {"kind": kind, "record_id": record_id})


def run_timer(database: Database, functions: Mapping[str, TimerFunction]) -> tuple[Timer, Exception | None] | None:
    """Runs the one timer that is most overdue, in one transaction: claim, act, delete. Two runners are harmless.

    Returns it and what went wrong, or None when nothing is due. A failed one is postponed, never lost.
    """
    timer: Timer | None = None
    try:
        with database.begin() as tx:
            statement = _PG_DUE if tx.dialect == "postgresql" else _SQLITE_DUE
            row = tx.execute(statement, {"now": tx.now, "kinds": dumps(sorted(functions))}).one_or_none()
            if row is None:
                return None
            timer = Timer(row.kind, row.record_id, row.due_at, row.payload, row.failures)
            # Deleted first: the function may set the same timer anew.
            cancel_timer(tx, timer.kind, timer.record_id)
            functions[timer.kind](timer, tx)
        return timer, None
    except Exception as error:
        if timer is None:
            raise
        with database.begin() as tx:
            pause = RETRY_SECONDS[min(timer.failures, len(RETRY_SECONDS) - 1)]
            parameters = {"kind": timer.kind, "record_id": timer.record_id, "error": f"{type(error).__name__}: {error}"}
            tx.execute(_POSTPONE, parameters | {"due_at": tx.now + timedelta(seconds=pause)})
        return timer, error


def next_due(tx: Tx) -> datetime | None:
    """When the earliest timer is due; None without one."""
    due_at: datetime | None = tx.execute(_NEXT).scalar_one()
    return due_at
