"""What is known of an order, and its lock."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import bindparam, select, text, update

from services.delivery.domain.order import OrderStanding
from services.delivery.tables import ORDERS
from shared.db.base import json
from shared.db.tx import Tx

_COLUMNS: Final = [str(column.name) for column in ORDERS.columns]
_LOCK: Final = text(
    "INSERT INTO orders (order_id, ended_submission, hold_seq, held, due_seq, due_held, review_open, reviews) "
    "VALUES (:order_id, 0, 0, false, 0, false, false, '{}') "
    f"ON CONFLICT (order_id) DO UPDATE SET order_id = excluded.order_id RETURNING {', '.join(_COLUMNS)}"
).columns(**{str(column.name): column.type for column in ORDERS.columns})
_END: Final = (
    update(ORDERS)
    .where(ORDERS.c.order_id == bindparam("key"), ORDERS.c.ended_submission < bindparam("submission"))
    .values(ended_submission=bindparam("submission"))
)
_HOLDS: Final = (
    update(ORDERS)
    .where(ORDERS.c.order_id == bindparam("key"))
    .values(
        {
            name: bindparam(name, type_=json() if name == "reviews" else None)
            for name in _COLUMNS
            if name not in ("order_id", "ended_submission")
        }
    )
)
_GET: Final = select(ORDERS).where(ORDERS.c.order_id.in_(bindparam("ids", expanding=True)))


def lock_order(tx: Tx, order_id: str) -> OrderStanding:
    """Locks the order, known or not, until the transaction ends; a second hearer of the same fact asks nothing."""
    key = f"order {order_id}"
    if key not in tx.locked:
        tx.locked[key] = _standing(tx.execute(_LOCK, {"order_id": order_id}).one())
    standing: OrderStanding = tx.locked[key]
    return standing


def end_submission(tx: Tx, order: OrderStanding, submission: int) -> None:
    """From now on nothing is held or delivered for this submission and earlier ones, however late its facts come."""
    order.ended_submission = max(order.ended_submission, submission)
    tx.execute(_END, {"key": order.order_id, "submission": submission})


def save_holds(tx: Tx, order: OrderStanding) -> None:
    """Writes why the goods of a locked order are to stay, or that they may go."""
    values = {name: getattr(order, name) for name in _COLUMNS if name not in ("order_id", "ended_submission")}
    tx.execute(_HOLDS, values | {"key": order.order_id})


def hold_reasons_of(tx: Tx, ids: Collection[str]) -> dict[str, list[str]]:
    """Why the goods of each of these orders are to stay."""
    found: dict[str, list[str]] = {order_id: [] for order_id in ids}
    if ids:
        for row in tx.execute(_GET, {"ids": sorted(ids)}):
            found[row.order_id] = _standing(row).hold_reasons
    return found


def _standing(row: Any) -> OrderStanding:
    return OrderStanding(**dict(zip(_COLUMNS, row, strict=True)))
