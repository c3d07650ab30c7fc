"""The one row per order that every action on the order goes through."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, text, update

from services.delivery.tables import ORDERS
from shared.db.tx import Tx

_LOCK: Final = text(
    "INSERT INTO orders (order_id, ended_submission) VALUES (:order_id, 0) "
    "ON CONFLICT (order_id) DO UPDATE SET order_id = excluded.order_id RETURNING ended_submission"
)
_END: Final = (
    update(ORDERS)
    .where(ORDERS.c.order_id == bindparam("key"), ORDERS.c.ended_submission < bindparam("submission"))
    .values(ended_submission=bindparam("submission"))
)


def lock_order(tx: Tx, order_id: str) -> int:
    """Locks the order, known or not, until the transaction ends; returns the last submission of it that ended, 0 if none did."""
    ended: int = tx.execute(_LOCK, {"order_id": order_id}).scalar_one()
    return ended


def end_submission(tx: Tx, order_id: str, submission: int) -> None:
    """From now on nothing is held or delivered for this submission and earlier ones, however late its facts come."""
    tx.execute(_END, {"key": order_id, "submission": submission})
