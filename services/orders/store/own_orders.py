"""Orders that are somebody's: a customer's own, and those in which a seller has a line (R-ACC-01, R-ACC-06)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, bindparam, exists, func, or_, select

from services.orders.domain.order import CONFIRMED, QUOTATION, QUOTATION_SENT, Purchase
from services.orders.store.orders import ROWS, get_purchase, purchases_of
from services.orders.tables import ORDER_LINES, ORDERS
from shared.db.keyset import page_of
from shared.db.tx import Tx
from shared.errors import NotFound
from shared.values.clock import rfc3339

_OF_CUSTOMER: Final = ORDERS.c.customer_id == bindparam("customer_id")
_SHOWN: Final = or_(ORDERS.c.submitted_at.is_not(None), ORDERS.c.confirmed_at.is_not(None), ORDERS.c.state == QUOTATION_SENT)
_CURRENT: Final = ROWS.where(
    _OF_CUSTOMER,
    ORDERS.c.state == QUOTATION,
    ORDERS.c.submitted_at.is_(None),
    order_by=(ORDERS.c.last_activity_at.desc(), ORDERS.c.id.desc()),
)
_OWED: Final = select(func.sum(ORDERS.c.outstanding)).where(
    _OF_CUSTOMER, ORDERS.c.state == CONFIRMED, ORDERS.c.currency == bindparam("currency")
)


def customers_orders(tx: Tx, customer_id: str, *, after: tuple[datetime, str] | None, rows: int) -> list[Purchase]:
    """Those that were submitted, sent or confirmed, newest first (api.md, 13.16)."""
    return _page(tx, [ORDERS.c.customer_id == customer_id, _SHOWN], after=after, rows=rows)


def owed_by(tx: Tx, customer_id: str, currency: str) -> int:
    """What the customer's confirmed orders still wait for, minor units."""
    return int(tx.execute(_OWED, {"customer_id": customer_id, "currency": currency}).scalar_one() or 0)


def current_cart(tx: Tx, customer_id: str) -> Purchase:
    """The open cart that the customer touched last. Raises NotFound."""
    order = ROWS.first(tx, _CURRENT, {"customer_id": customer_id})
    if order is None:
        raise NotFound("there is no open cart")
    return purchases_of(tx, [order])[0]


def sellers_orders(
    tx: Tx,
    seller_id: str,
    filters: Mapping[str, Collection[str]],
    *,
    number: str | None,
    after: tuple[datetime, str] | None,
    rows: int,
) -> list[Purchase]:
    """Confirmed orders with a line of the seller's, newest first, whole. `filters`: values by column; `number`: how it begins."""
    has_line = exists().where(ORDER_LINES.c.order_id == ORDERS.c.id, ORDER_LINES.c.seller_id == seller_id)
    conditions = [ORDERS.c.state == CONFIRMED, has_line, *(ORDERS.c[name].in_(values) for name, values in filters.items())]
    if number is not None:
        conditions.append(ORDERS.c.number.istartswith(number, autoescape=True))
    return _page(tx, conditions, after=after, rows=rows)


def sellers_order(tx: Tx, seller_id: str, order_id: str) -> Purchase:
    """The order, whole, if it is confirmed and has a line of the seller's. Raises NotFound."""
    purchase = get_purchase(tx, order_id)
    if purchase.order.state != CONFIRMED or all(line.seller_id != seller_id for line in purchase.lines):
        raise NotFound(f"there is no order {order_id}")
    return purchase


def order_key(purchase: Purchase) -> tuple[str, str]:
    """An order's place in these lists, as their cursors hold it."""
    return rfc3339(purchase.order.created_at), purchase.order.id


def _page(tx: Tx, conditions: Sequence[ColumnElement[bool]], *, after: tuple[datetime, str] | None, rows: int) -> list[Purchase]:
    statement = page_of(select(ORDERS).where(*conditions), (ORDERS.c.created_at, ORDERS.c.id), after=after, rows=rows)
    return purchases_of(tx, ROWS.all(tx, statement))
