"""The copies of orders. Locking one locks all that belongs to the order."""

from __future__ import annotations

import dataclasses
from typing import Final

from sqlalchemy import bindparam, select, update

from services.billing.domain.standing import Order
from services.billing.store.statements import insert_or
from services.billing.tables import ORDERS
from shared.db.tx import Tx

_NAMES: Final = [str(column.name) for column in ORDERS.columns]
_BY_ID: Final = select(ORDERS).where(ORDERS.c.order_id == bindparam("order_id"))
_LOCK: Final = _BY_ID.with_for_update()
_INSERT: Final = insert_or(ORDERS, "ON CONFLICT (order_id) DO NOTHING")
_UPDATE: Final = (
    update(ORDERS)
    .where(ORDERS.c.order_id == bindparam("key_order_id"))
    .values({name: bindparam(name) for name in _NAMES if name != "order_id"})
)


def lock_order(tx: Tx, order_id: str) -> Order:
    """The order's copy, locked until the end of the transaction; an empty one is made for an order not heard of yet."""
    row = tx.execute(_LOCK, {"order_id": order_id}).one_or_none()
    if row is None:
        tx.execute(_INSERT, dataclasses.asdict(Order(order_id=order_id)))
        row = tx.execute(_LOCK, {"order_id": order_id}).one()
    return Order(**dict(zip(_NAMES, row, strict=True)))


def get_order(tx: Tx, order_id: str) -> Order | None:
    """The order's copy, for reading; None when billing has not heard of it."""
    row = tx.execute(_BY_ID, {"order_id": order_id}).one_or_none()
    return None if row is None else Order(**dict(zip(_NAMES, row, strict=True)))


def save_order(tx: Tx, order: Order) -> None:
    """Writes a locked copy back."""
    values = {name: getattr(order, name) for name in _NAMES if name != "order_id"}
    tx.execute(_UPDATE, values | {"key_order_id": order.order_id})
