"""Payments, read and locked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, or_, select

from services.billing.domain.payment import Payment
from services.billing.domain.standing import Standing
from services.billing.store.orders import lock_order
from services.billing.store.statements import KeysetList
from services.billing.tables import PAYMENTS
from shared.db.rows import Rows
from shared.db.tx import Tx
from shared.errors import NotFound

ROWS: Final = Rows(PAYMENTS, Payment)
_OF_ORDER: Final = ROWS.where(PAYMENTS.c.order_id == bindparam("order_id"))
_OF_ORDERS: Final = ROWS.where(PAYMENTS.c.order_id.in_(bindparam("order_ids", expanding=True)))
_LOCK_OF_ORDER: Final = ROWS.where(PAYMENTS.c.order_id == bindparam("order_id"), lock=True)
_PLACE_BY_NEWS: Final = (
    select(PAYMENTS.c.id, PAYMENTS.c.order_id)
    .where(or_(PAYMENTS.c.provider_ref == bindparam("ref"), PAYMENTS.c.id == bindparam("hint")))
    .order_by((PAYMENTS.c.provider_ref == bindparam("ref")).desc().nulls_last())
    .limit(1)
)
_ORDER_OF: Final = select(PAYMENTS.c.order_id).where(PAYMENTS.c.id == bindparam("id"))
LIST: Final = KeysetList(
    PAYMENTS,
    {
        "order_id": PAYMENTS.c.order_id,
        "state": PAYMENTS.c.state,
        "method": PAYMENTS.c.method,
        "provider_ref": PAYMENTS.c.provider_ref,
    },
)


def lock_standing(tx: Tx, order_id: str) -> Standing:
    """The order and all its payments, locked in this order."""
    order = lock_order(tx, order_id)
    return Standing(order, ROWS.all(tx, _LOCK_OF_ORDER, {"order_id": order_id}))


def lock_standing_of(tx: Tx, payment_id: str) -> Standing:
    """The order of a payment and all its payments, locked. Raises NotFound."""
    order_id = tx.execute(_ORDER_OF, {"id": payment_id}).scalar_one_or_none()
    if order_id is None:
        raise NotFound(f"there is no payment {payment_id}")
    return lock_standing(tx, order_id)


def payments_of(tx: Tx, order_id: str) -> list[Payment]:
    """All payments of an order, oldest first, for reading."""
    return ROWS.all(tx, _OF_ORDER, {"order_id": order_id})


def payments_of_orders(tx: Tx, order_ids: Collection[str]) -> dict[str, list[Payment]]:
    """All payments of several orders, oldest first, for reading."""
    found: dict[str, list[Payment]] = {order_id: [] for order_id in order_ids}
    for payment in ROWS.all(tx, _OF_ORDERS, {"order_ids": list(order_ids)}) if found else ():
        found[payment.order_id].append(payment)
    return found


def find_by_news(tx: Tx, *, ref: str | None, hint: str | None) -> tuple[str, str] | None:
    """Ids of the payment that has this intent, else of the one that the intent's metadata name, and of its order; not locked."""
    row = tx.execute(_PLACE_BY_NEWS, {"ref": ref, "hint": hint}).one_or_none()
    return None if row is None else (row.id, row.order_id)


def list_payments(tx: Tx, filters: Mapping[str, str], *, after: Sequence[Any] | None, rows: int) -> list[Payment]:
    """Newest first."""
    statement = LIST.statement(filters, after=after is not None)
    return ROWS.all(tx, statement, LIST.parameters(filters, after=after, rows=rows))
