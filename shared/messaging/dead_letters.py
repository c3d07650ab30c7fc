"""Work that failed for good, kept with its error until a person has looked: outlives the broker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, text

from shared.db.base import Instant, json
from shared.db.tx import Tx

_PARK: Final = text(
    "INSERT INTO dead_letters (fact, task, hearers, body, error, traceback, state, at) "
    "VALUES (:fact, :task, :hearers, :body, :error, :traceback, 'open', :at)"
).bindparams(bindparam("hearers", type_=json()), bindparam("body", type_=json()), bindparam("at", type_=Instant()))
_OPEN: Final = text(
    "SELECT id, fact, task, hearers, body, error, traceback, at FROM dead_letters WHERE state = 'open' ORDER BY id"
).columns(hearers=json(), body=json(), at=Instant())
_SETTLE: Final = text("UPDATE dead_letters SET state = :state WHERE id = :id AND state = 'open'")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One of them. `hearers` is empty when the message could not be read at all."""

    id: int
    fact: str
    task: str
    hearers: Sequence[str]
    body: Any
    error: str
    traceback: str
    at: datetime


def park(tx: Tx, *, fact: str, task: str, hearers: Sequence[str], body: Any, error: str, trace: str) -> None:
    """Writes down what failed, why, and for whom."""
    tx.execute(
        _PARK,
        {
            "fact": fact,
            "task": task,
            "hearers": list(hearers),
            "body": body,
            "error": error[:2000],
            "traceback": trace[-8000:],
            "at": tx.now,
        },
    )


def open_letters(tx: Tx) -> list[DeadLetter]:
    """Those nobody has settled, oldest first."""
    return [DeadLetter(*tuple(row)) for row in tx.execute(_OPEN)]


def settle(tx: Tx, letter_id: int, *, state: str) -> bool:
    """Marks it `replayed` or `discarded`; False when it was settled before."""
    return tx.execute(_SETTLE, {"id": letter_id, "state": state}).rowcount == 1
