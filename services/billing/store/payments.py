"""Payments, read and locked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select, bindparam, case, or_, select

from services.billing.domain.payment import Payment
from services.billing.domain.standing import Standing
from services.billing.store.orders import lock_order
from services.billing.store.statements import KeysetList, insert_or
from services.billing.tables import PAYMENTS, RECEIPTS
from shared.db.keyset import count_of
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
_CALLED: Final = (PAYMENTS.c.number, PAYMENTS.c.reference, PAYMENTS.c.provider_ref, PAYMENTS.c.receipt_number)
_ON_DELIVERY: Final = (
    select(PAYMENTS.c.id).where(PAYMENTS.c.order_id == bindparam("order_id"), PAYMENTS.c.capture == "on_delivery").limit(1)
)
_CLAIM_RECEIPT: Final = insert_or(RECEIPTS, "ON CONFLICT (method, number) DO UPDATE SET number = receipts.number RETURNING payment_id")
LIST: Final = KeysetList(
    PAYMENTS,
    {
        "order_id": PAYMENTS.c.order_id,
        "state": PAYMENTS.c.state,
        "method": PAYMENTS.c.method,
        "provider_ref": PAYMENTS.c.provider_ref,
        "receipt_number": PAYMENTS.c.receipt_number,
        "review": PAYMENTS.c.review,
        "dispute": PAYMENTS.c.dispute,
        "orphaned": case((PAYMENTS.c.orphaned, "true"), else_="false"),
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


def has_captures_on_delivery(tx: Tx, order_id: str) -> bool:
    """Whether any money of the order is to be taken with its hand-overs; not locked."""
    return tx.execute(_ON_DELIVERY, {"order_id": order_id}).first() is not None


def claim_receipt(tx: Tx, method: str, number: str, payment_id: str) -> str:
    """The id of the payment that has this receipt number: this one, if nobody was before it (R-PAY-14).

    A second claim at the same instant waits here until the first has committed.
    """
    return str(tx.execute(_CLAIM_RECEIPT, {"method": method, "number": number, "payment_id": payment_id}).scalar_one())


def list_payments(tx: Tx, filters: Mapping[str, str], *, after: Sequence[Any] | None, rows: int) -> list[Payment]:
    """Newest first. `q`: what the payment, its order or its receipt is called."""
    statement, filters = _matching(filters, after=after is not None)
    return ROWS.all(tx, statement, LIST.parameters(filters, after=after, rows=rows))


def count_payments(tx: Tx, filters: Mapping[str, str]) -> int:
    """How many there are."""
    statement, filters = _matching(filters, after=False)
    return count_of(tx, statement, LIST.parameters(filters, after=None, rows=0))


def _matching(filters: Mapping[str, str], *, after: bool) -> tuple[Select[Any], Mapping[str, str]]:
    others = {name: value for name, value in filters.items() if name != "q"}
    statement = LIST.statement(others, after=after)
    called = filters.get("q", "").strip()
    if called:
        names = [called, called.upper()]
        statement = statement.where(or_(*(column.in_(names) for column in _CALLED)))
    return statement, others
