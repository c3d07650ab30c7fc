"""Moves: why each quantity is what it is (R-STK-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, insert, select

from services.delivery.domain.shelf import StockMove
from services.delivery.tables import DELIVERIES, STOCK_MOVES
from shared.db.keyset import count_of, page_of
from shared.db.tx import Tx

_MOVE: Final = STOCK_MOVES.c
_ADD: Final = insert(STOCK_MOVES)


class ListedMove(NamedTuple):
    """A move as it is kept."""

    id: str
    sku: str
    warehouse: str
    location: str
    quantity: int
    reason: str
    delivery_id: str | None
    note: str | None
    actor: dict[str, Any]
    at: datetime


_LISTED: Final = select(*(_MOVE[name] for name in ListedMove._fields))


def add(tx: Tx, made: Sequence[StockMove]) -> None:
    """Keeps moves with their actor."""
    actor = tx.cause.actor.model_dump(exclude_none=True)
    tx.execute(_ADD, [{**move._asdict(), "actor": actor, "at": tx.now} for move in made])


def get(tx: Tx, move_id: str) -> ListedMove:
    """One move that is there."""
    return ListedMove(*tuple(tx.execute(_LISTED.where(_MOVE.id == move_id)).one()))


def list_moves(tx: Tx, filters: Mapping[str, Sequence[str]], *, after: str | None, limit: int) -> list[ListedMove]:
    """Newest first; `filters` by sku, reason, delivery_id, and the order of a delivery."""
    statement = page_of(_matching(filters), (_MOVE.id,), after=None if after is None else (after,), rows=limit)
    return [ListedMove(*tuple(row)) for row in tx.execute(statement)]


def count_moves(tx: Tx, filters: Mapping[str, Sequence[str]]) -> int:
    """How many there are."""
    return count_of(tx, _matching(filters))


def _matching(filters: Mapping[str, Sequence[str]]) -> Select[Any]:
    conditions: list[ColumnElement[bool]] = [_MOVE[name].in_(values) for name, values in filters.items() if name != "order_id"]
    if "order_id" in filters:
        conditions.append(_MOVE.delivery_id.in_(select(DELIVERIES.c.id).where(DELIVERIES.c.order_id.in_(filters["order_id"]))))
    return _LISTED.where(*conditions)
