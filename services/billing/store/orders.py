"""The copies of orders. Locking one locks all that belongs to the order."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, bindparam, exists, select, update

from services.billing.domain.standing import Order
from services.billing.store.statements import insert_or
from services.billing.tables import INVOICES, ORDERS
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

_UNINVOICED: Final = select(ORDERS).where(
    ORDERS.c.content.is_not(None),
    ORDERS.c.submission > ORDERS.c.ended_submission,
    ORDERS.c.submission > ORDERS.c.cancelled_submission,
    ~exists().where(INVOICES.c.order_id == ORDERS.c.order_id, INVOICES.c.state == "posted"),
)
_FILTERS: Final = {"order_id": ORDERS.c.order_id, "customer_id": ORDERS.c.content["who"]["id"].as_string()}


def lock_order(tx: Tx, order_id: str) -> Order:
    """The order's copy, locked until the end of the transaction; an empty one is made for an order not heard of yet.

    Asked for again in one transaction it is the same object, with all that was done to it.
    """
    known = tx.locked.get(order_id)
    if isinstance(known, Order):
        return known
    row = tx.execute(_LOCK, {"order_id": order_id}).one_or_none()
    if row is None:
        tx.execute(_INSERT, dataclasses.asdict(Order(order_id=order_id)))
        row = tx.execute(_LOCK, {"order_id": order_id}).one()
    order = tx.locked[order_id] = Order(**dict(zip(_NAMES, row, strict=True)))
    return order


def get_order(tx: Tx, order_id: str) -> Order | None:
    """The order's copy, for reading; None when billing has not heard of it."""
    row = tx.execute(_BY_ID, {"order_id": order_id}).one_or_none()
    return None if row is None else Order(**dict(zip(_NAMES, row, strict=True)))


def save_order(tx: Tx, order: Order) -> None:
    """Writes a locked copy back."""
    values = {name: getattr(order, name) for name in _NAMES if name != "order_id"}
    tx.execute(_UPDATE, values | {"key_order_id": order.order_id})


def list_uninvoiced(tx: Tx, filters: Mapping[str, Collection[str]], *, after: str | None, rows: int) -> list[Order]:
    """Submitted orders without a posted document, newest first; `filters`: `order_id`, `customer_id`."""
    parameters: dict[str, Any] = {f"filter_{name}": list(values) for name, values in filters.items()}
    statement = _uninvoiced(frozenset(filters), after is not None)
    found = tx.execute(statement, parameters | {"after": after, "rows": rows})
    return [Order(**dict(zip(_NAMES, row, strict=True))) for row in found]


@cache
def _uninvoiced(names: frozenset[str], after: bool) -> Select[Any]:
    statement = _UNINVOICED
    for name in sorted(names):
        statement = statement.where(_FILTERS[name].in_(bindparam(f"filter_{name}", expanding=True)))
    if after:
        statement = statement.where(ORDERS.c.order_id < bindparam("after"))
    return statement.order_by(ORDERS.c.order_id.desc()).limit(bindparam("rows"))
