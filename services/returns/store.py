"""Every query of returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, insert, select, text

from services.returns.domain.returnable import Arrival, BoughtLine
from services.returns.tables import ARRIVALS, HANDED_OVER, LINES, ORDERS
from shared.db.tx import Tx

_TAKE_ORDER: Final = text(
    "INSERT INTO orders (order_id, submission) VALUES (:order_id, :submission) ON CONFLICT (order_id) DO UPDATE "
    "SET submission = excluded.submission WHERE orders.submission < excluded.submission RETURNING submission"
)
_KNOWN: Final = select(ORDERS.c.submission).where(ORDERS.c.order_id == bindparam("order_id"))
_CLEAR_LINES: Final = delete(LINES).where(LINES.c.order_id == bindparam("key"))
_ADD_LINES: Final = insert(LINES)
_ADD_HANDED_OVER: Final = insert(HANDED_OVER)
_ADD_ARRIVALS: Final = insert(ARRIVALS)
_LINE_NAMES: Final = ("line_id", "position", "sku", "name", "type", "returnable", "return_period_days")
_LINES: Final = select(*(LINES.c[name] for name in _LINE_NAMES)).where(LINES.c.order_id == bindparam("order_id")).order_by(LINES.c.position)
_DELIVERED: Final = (
    select(HANDED_OVER.c.line_id, func.sum(HANDED_OVER.c.quantity).label("quantity"))
    .where(HANDED_OVER.c.order_id == bindparam("order_id"))
    .group_by(HANDED_OVER.c.line_id)
)
_ARRIVALS: Final = select(ARRIVALS.c.line_id, ARRIVALS.c.quantity, ARRIVALS.c.at).where(ARRIVALS.c.order_id == bindparam("order_id"))


def copy_lines(tx: Tx, order_id: str, submission: int, lines: Sequence[BoughtLine]) -> None:
    """Takes what was bought, unless a later submission is copied already."""
    if tx.execute(_TAKE_ORDER, {"order_id": order_id, "submission": submission}).one_or_none() is None:
        return
    tx.execute(_CLEAR_LINES, {"key": order_id})
    rows = [{"order_id": order_id, **{name: getattr(line, name) for name in _LINE_NAMES}} for line in lines]
    if rows:
        tx.execute(_ADD_LINES, rows)


def add_handed_over(tx: Tx, delivery_id: str, order_id: str, quantities: Mapping[str, int]) -> None:
    """Units by line that a delivery handed over."""
    rows = [{"delivery_id": delivery_id, "order_id": order_id, "line_id": line, "quantity": units} for line, units in quantities.items()]
    if rows:
        tx.execute(_ADD_HANDED_OVER, rows)


def add_arrivals(tx: Tx, parcel_id: str, order_id: str, quantities: Mapping[str, int], *, at: datetime) -> None:
    """Units by line that a parcel brought to the customer."""
    rows: list[dict[str, Any]] = [
        {"parcel_id": parcel_id, "order_id": order_id, "line_id": line, "quantity": units, "at": at} for line, units in quantities.items()
    ]
    if rows:
        tx.execute(_ADD_ARRIVALS, rows)


def is_known(tx: Tx, order_id: str) -> bool:
    """Whether the order was heard to be confirmed."""
    return tx.execute(_KNOWN, {"order_id": order_id}).one_or_none() is not None


def lines_of(tx: Tx, order_id: str) -> list[BoughtLine]:
    """What was bought, in the order's order."""
    return [BoughtLine(*tuple(row)) for row in tx.execute(_LINES, {"order_id": order_id})]


def delivered_of(tx: Tx, order_id: str) -> dict[str, int]:
    """Units handed over, by line."""
    return {row.line_id: int(row.quantity) for row in tx.execute(_DELIVERED, {"order_id": order_id})}


def arrivals_of(tx: Tx, order_id: str) -> dict[str, list[Arrival]]:
    """What arrived, by line."""
    found: dict[str, list[Arrival]] = {}
    for row in tx.execute(_ARRIVALS, {"order_id": order_id}):
        found.setdefault(row.line_id, []).append(Arrival(row.quantity, row.at))
    return found
