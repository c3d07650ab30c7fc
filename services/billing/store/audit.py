"""What an audit asks billing: money and documents of many orders at once, without snapshots, read without a lock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, or_, select

from services.billing.domain.invoice import INVOICE, ITEM, POSTED
from services.billing.domain.payment import AUTHORIZED, Payment
from services.billing.domain.provider_event import EVENT_FAILED, RECEIVED, UNMATCHED
from services.billing.domain.standing import Order
from services.billing.store.payments import payments_of_orders
from services.billing.tables import INVOICE_LINES, INVOICE_SERIES, INVOICES, ORDERS, PAYMENTS, PROVIDER_EVENTS
from shared.db.tx import Tx

_ORDER_NAMES: Final = [str(column.name) for column in ORDERS.columns]
_HEADS: Final = select(*(column for column in ORDERS.c if column.name != "content")).where(
    ORDERS.c.order_id.in_(bindparam("ids", expanding=True))
)
_WHOLE: Final = select(ORDERS).where(ORDERS.c.order_id.in_(bindparam("ids", expanding=True)))
_ORDER_IDS: Final = (
    select(ORDERS.c.order_id).where(ORDERS.c.order_id > bindparam("after")).order_by(ORDERS.c.order_id).limit(bindparam("rows"))
)
_DOCUMENT: Final = tuple(
    INVOICES.c[name]
    for name in (
        "id",
        "order_id",
        "state",
        "type",
        "number",
        "trigger_key",
        "net",
        "tax",
        "total",
        "paid",
        "closes",
        "issued_at",
        "pdf_sha256",
        "created_at",
    )
)
_DOCUMENTS: Final = (
    select(*_DOCUMENT)
    .where(INVOICES.c.order_id.in_(bindparam("ids", expanding=True)))
    # As money is given to them: the oldest first.
    .order_by(INVOICES.c.order_id, INVOICES.c.issued_at, INVOICES.c.id)
)
_SUMS: Final = (
    select(
        INVOICE_LINES.c.invoice_id,
        func.sum(INVOICE_LINES.c.net).label("net"),
        func.sum(INVOICE_LINES.c.tax).label("tax"),
        func.sum(INVOICE_LINES.c.total).label("total"),
    )
    .join(INVOICES, INVOICES.c.id == INVOICE_LINES.c.invoice_id)
    .where(INVOICES.c.order_id.in_(bindparam("ids", expanding=True)))
    .group_by(INVOICE_LINES.c.invoice_id)
)
_UNITS: Final = (
    select(INVOICES.c.order_id, INVOICE_LINES.c.kind, INVOICE_LINES.c.order_line_id, func.sum(INVOICE_LINES.c.quantity).label("quantity"))
    .join(INVOICES, INVOICES.c.id == INVOICE_LINES.c.invoice_id)
    .where(INVOICES.c.order_id.in_(bindparam("ids", expanding=True)), INVOICES.c.state == POSTED, INVOICES.c.type == INVOICE)
    .group_by(INVOICES.c.order_id, INVOICE_LINES.c.kind, INVOICE_LINES.c.order_line_id)
)
_SERIES: Final = select(INVOICE_SERIES.c.type, INVOICE_SERIES.c.year, INVOICE_SERIES.c.next)
_NUMBERS: Final = (
    select(INVOICES.c.id, INVOICES.c.order_id, INVOICES.c.type, INVOICES.c.number, INVOICES.c.issued_at, INVOICES.c.pdf_sha256)
    .where(INVOICES.c.id > bindparam("after"), INVOICES.c.state == POSTED)
    .order_by(INVOICES.c.id)
    .limit(bindparam("rows"))
)
_CAPTURES: Final = (
    select(PAYMENTS.c.id, PAYMENTS.c.order_id, PAYMENTS.c.capture_asked)
    .where(PAYMENTS.c.id > bindparam("after"), PAYMENTS.c.state == AUTHORIZED, PAYMENTS.c.capture_asked.is_not(None))
    .order_by(PAYMENTS.c.id)
    .limit(bindparam("rows"))
)
_UNAPPLIED: Final = (
    select(func.count()).select_from(PROVIDER_EVENTS).where(PROVIDER_EVENTS.c.state.in_((RECEIVED, UNMATCHED, EVENT_FAILED)))
)
_STILL_OPEN: Final = (
    select(PAYMENTS.c.id, PAYMENTS.c.order_id, PAYMENTS.c.state)
    .join(ORDERS, ORDERS.c.order_id == PAYMENTS.c.order_id)
    .where(
        PAYMENTS.c.id > bindparam("after"),
        PAYMENTS.c.received.is_(None),
        or_(
            (PAYMENTS.c.submission <= ORDERS.c.cancelled_submission) & PAYMENTS.c.state.in_(("created", "pending", "authorized", "failed")),
            (PAYMENTS.c.submission == ORDERS.c.ended_submission) & PAYMENTS.c.state.in_(("created", "failed")),
        ),
    )
    .order_by(PAYMENTS.c.id)
    .limit(bindparam("rows"))
)


def order_ids(tx: Tx, *, after: str | None, rows: int) -> Sequence[Row[Any]]:
    """A page of (order_id): every order that billing has heard of."""
    return tx.execute(_ORDER_IDS, {"after": after or "", "rows": rows}).all()


def heads_of(tx: Tx, ids: Collection[str]) -> dict[str, Order]:
    """The copies of these orders without their content."""
    names = [name for name in _ORDER_NAMES if name != "content"]
    rows = tx.execute(_HEADS, {"ids": list(ids)})
    return {row.order_id: Order(**dict(zip(names, row, strict=True))) for row in rows}


def whole_orders(tx: Tx, ids: Collection[str]) -> dict[str, Order]:
    """The copies of these orders with their content."""
    if not ids:
        return {}
    return {row.order_id: Order(**dict(zip(_ORDER_NAMES, row, strict=True))) for row in tx.execute(_WHOLE, {"ids": list(ids)})}


def payments_of(tx: Tx, ids: Collection[str]) -> dict[str, list[Payment]]:
    """Payments by order, oldest first."""
    return payments_of_orders(tx, ids)


def documents_of(tx: Tx, ids: Collection[str]) -> dict[str, list[Row[Any]]]:
    """Invoices by order, drafts too, as they were posted."""
    found: dict[str, list[Row[Any]]] = {order_id: [] for order_id in ids}
    for row in tx.execute(_DOCUMENTS, {"ids": list(ids)}):
        found[row.order_id].append(row)
    return found


def line_sums_of(tx: Tx, ids: Collection[str]) -> dict[str, tuple[int, int, int]]:
    """(net, tax, total) of the lines of each invoice of these orders, minor units."""
    return {row.invoice_id: (int(row.net), int(row.tax), int(row.total)) for row in tx.execute(_SUMS, {"ids": list(ids)})}


def invoiced_units_of(tx: Tx, ids: Collection[str]) -> dict[str, dict[str, int]]:
    """Units by order and order line on posted invoices; the shipping's stand under ""."""
    found: dict[str, dict[str, int]] = {order_id: {} for order_id in ids}
    for row in tx.execute(_UNITS, {"ids": list(ids)}):
        key = row.order_line_id if row.kind == ITEM else ""
        found[row.order_id][key] = found[row.order_id].get(key, 0) + int(row.quantity)
    return found


def series(tx: Tx) -> dict[tuple[str, int], int]:
    """The next number of each (type, year)."""
    return {(row.type, row.year): row.next for row in tx.execute(_SERIES)}


def posted(tx: Tx, *, after: str | None, rows: int) -> Sequence[Row[Any]]:
    """A page of posted documents: (id, order_id, type, number, issued_at, pdf_sha256)."""
    return tx.execute(_NUMBERS, {"after": after or "", "rows": rows}).all()


def asked_captures(tx: Tx, *, after: str | None, rows: int) -> Sequence[Row[Any]]:
    """A page of authorized payments of which an amount was asked for and not taken yet."""
    return tx.execute(_CAPTURES, {"after": after or "", "rows": rows}).all()


def open_after_the_end(tx: Tx, *, after: str | None, rows: int) -> Sequence[Row[Any]]:
    """A page of payments that could still be paid though their order was cancelled, or their submission reopened."""
    return tx.execute(_STILL_OPEN, {"after": after or "", "rows": rows}).all()


def unapplied_events(tx: Tx) -> int:
    """How many provider events came to nothing so far: unmatched ones wait for a payment, failed ones for a person."""
    return int(tx.execute(_UNAPPLIED).scalar_one())
