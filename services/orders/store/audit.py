"""What an audit asks orders: pages of orders with all that they were told, rising by id, read without a lock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, bindparam, select

from services.orders.domain.order import Purchase
from services.orders.domain.parts import NO_PARTS, Part, Parts
from services.orders.store.orders import ROWS, purchases_of
from services.orders.tables import AVAILABILITY, ORDERS, PARTS
from shared.db.tx import Tx

_PAGE: Final = select(ORDERS.c.id).where(ORDERS.c.id > bindparam("after")).order_by(ORDERS.c.id).limit(bindparam("rows"))
_SOME: Final = ROWS.where(ORDERS.c.id.in_(bindparam("ids", expanding=True)))
_KNOWN: Final = select(ORDERS.c.id).where(ORDERS.c.id.in_(bindparam("ids", expanding=True)))
_PARTS: Final = (
    select(PARTS.c.order_id, PARTS.c.kind, PARTS.c.record_id, PARTS.c.seq, PARTS.c["values"].label("told"))
    .where(PARTS.c.order_id.in_(bindparam("ids", expanding=True)))
    .order_by(PARTS.c.order_id, PARTS.c.kind, PARTS.c.record_id)
)
_AVAILABILITY: Final = (
    select(AVAILABILITY.c.sku, AVAILABILITY.c.seq, AVAILABILITY.c.available)
    .where(AVAILABILITY.c.sku > bindparam("after"))
    .order_by(AVAILABILITY.c.sku)
    .limit(bindparam("rows"))
)


class Audited(NamedTuple):
    """An order as it stands, and all that the other services told of it."""

    id: str
    purchase: Purchase
    parts: Parts


def order_ids(tx: Tx, *, after: str | None, rows: int) -> Sequence[Row[Any]]:
    """A page of (id)."""
    return tx.execute(_PAGE, {"after": after or "", "rows": rows}).all()


def orders_of(tx: Tx, ids: Collection[str]) -> list[Audited]:
    """These orders; one that is not there is left out."""
    orders = ROWS.all(tx, _SOME, {"ids": list(ids)})
    told: dict[str, list[Part]] = {}
    for row in tx.execute(_PARTS, {"ids": list(ids)}):
        told.setdefault(row.order_id, []).append(Part(row.kind, row.record_id, row.seq, row.told))
    parts = {order_id: Parts.of(found) for order_id, found in told.items()}
    return [Audited(found.order.id, found, parts.get(found.order.id, NO_PARTS)) for found in purchases_of(tx, orders)]


def known(tx: Tx, ids: Collection[str]) -> set[str]:
    """Those of `ids` that are orders."""
    return set(tx.execute(_KNOWN, {"ids": list(ids)}).scalars())


def availability(tx: Tx, *, after: str | None, rows: int) -> Sequence[Row[Any]]:
    """A page of (sku, seq, available): what carts are warned by."""
    return tx.execute(_AVAILABILITY, {"after": after or "", "rows": rows}).all()
