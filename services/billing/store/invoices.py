"""Invoices, their lines and numbers, and the bytes of their PDFs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, exists, insert, select, text

from services.billing.domain.invoice import DRAFT, INVOICE, ITEM, POSTED, SHIPPING, Invoice, InvoiceLine
from services.billing.domain.invoice_plan import Invoiced
from services.billing.store.statements import KeysetList, insert_or
from services.billing.tables import FILES, INVOICE_LINES, INVOICES
from shared.db.rows import Rows
from shared.db.tx import Tx

ROWS: Final = Rows(INVOICES, Invoice)
_INSERT: Final = insert_or(INVOICES, "ON CONFLICT (order_id, trigger_key) DO NOTHING")
_INSERT_LINES: Final = insert(INVOICE_LINES)
_OF_ORDER: Final = ROWS.where(
    INVOICES.c.order_id == bindparam("order_id"),
    INVOICES.c.state == POSTED,
    # As they were posted: a draft may have waited longer than another was in the world.
    order_by=(INVOICES.c.issued_at, INVOICES.c.id),
)
_LOCK_OF_ORDER: Final = _OF_ORDER.with_for_update()
_DRAFTS: Final = ROWS.where(INVOICES.c.order_id == bindparam("order_id"), INVOICES.c.state == DRAFT)
_KEYS: Final = select(INVOICES.c.trigger_key).where(INVOICES.c.order_id == bindparam("order_id"), INVOICES.c.type == INVOICE)
_CLOSED: Final = select(exists().where(INVOICES.c.order_id == bindparam("order_id"), INVOICES.c.state == POSTED, INVOICES.c.closes))
_INVOICED: Final = (
    select(
        INVOICES.c.id,
        INVOICES.c.trigger_key,
        INVOICES.c.total,
        INVOICE_LINES.c.kind,
        INVOICE_LINES.c.order_line_id,
        INVOICE_LINES.c.quantity,
    )
    .join(INVOICE_LINES, INVOICE_LINES.c.invoice_id == INVOICES.c.id)
    .where(INVOICES.c.order_id == bindparam("order_id"), INVOICES.c.state == POSTED, INVOICES.c.type == INVOICE)
)
_DELETE: Final = delete(INVOICES).where(INVOICES.c.id == bindparam("key_id"))
_DELETE_LINES: Final = delete(INVOICE_LINES).where(INVOICE_LINES.c.invoice_id == bindparam("key_id"))
_LINES: Final = (
    select(INVOICE_LINES)
    .where(INVOICE_LINES.c.invoice_id.in_(bindparam("invoice_ids", expanding=True)))
    .order_by(INVOICE_LINES.c.invoice_id, INVOICE_LINES.c.position)
)
_LINE_NAMES: Final = [str(column.name) for column in INVOICE_LINES.columns]
_TAKE_NUMBER: Final = text(
    "INSERT INTO invoice_series (type, year, next) VALUES (:type, :year, 2) "
    "ON CONFLICT (type, year) DO UPDATE SET next = invoice_series.next + 1 RETURNING next - 1"
)
_KEEP_FILE: Final = insert_or(FILES, "ON CONFLICT (sha256) DO NOTHING")
_FILE: Final = select(FILES.c.bytes).where(FILES.c.sha256 == bindparam("sha256"))
LIST: Final = KeysetList(
    INVOICES,
    {
        **{name: INVOICES.c[name] for name in ("order_id", "type", "state", "payment_state", "customer_id", "number")},
        "issued_at[gte]": INVOICES.c.issued_at,
        "issued_at[lt]": INVOICES.c.issued_at,
    },
)


def insert_invoice(tx: Tx, invoice: Invoice, lines: Sequence[InvoiceLine]) -> bool:
    """A new document with its lines. False, and nothing is written, when its order has one for this trigger (R-INV-01)."""
    invoice.seq = 1
    if tx.execute(_INSERT, {name: getattr(invoice, name) for name in ROWS.names}).rowcount == 0:
        return False
    tx.execute(_INSERT_LINES, [dataclasses.asdict(line) for line in lines])
    tx.remember(invoice, order_id=invoice.order_id)
    tx.watch(invoice)
    return True


def take_number(tx: Tx, invoice_type: str, year: int) -> int:
    """The next number of the series. Its row stays locked until the end of the transaction, so this comes last (R-INV-05).

    A transaction that fails gives its number back: the numbers are contiguous.
    """
    return int(tx.execute(_TAKE_NUMBER, {"type": invoice_type, "year": year}).scalar_one())


def replace_lines(tx: Tx, invoice: Invoice, lines: Sequence[InvoiceLine]) -> None:
    """Other lines for a draft that is locked."""
    tx.execute(_DELETE_LINES, {"key_id": invoice.id})
    tx.execute(_INSERT_LINES, [dataclasses.asdict(line) for line in lines])


def delete_draft(tx: Tx, invoice: Invoice) -> None:
    """A draft that is locked, and its lines."""
    tx.execute(_DELETE_LINES, {"key_id": invoice.id})
    tx.execute(_DELETE, {"key_id": invoice.id})


def is_closed(tx: Tx, order_id: str) -> bool:
    """Whether posted invoices hold all that can be invoiced of the order; that stays so."""
    return bool(tx.execute(_CLOSED, {"order_id": order_id}).scalar_one())


def invoiced_of(tx: Tx, order_id: str) -> Invoiced:
    """What posted invoices hold of the order. It is locked: only under its lock is anything posted."""
    totals: dict[str, int] = {}
    units: dict[str, int] = {}
    keys, shipping = set(), False
    for row in tx.execute(_INVOICED, {"order_id": order_id}):
        totals[row.id] = row.total
        keys.add(row.trigger_key)
        shipping = shipping or row.kind == SHIPPING
        if row.kind == ITEM:
            units[row.order_line_id] = units.get(row.order_line_id, 0) + row.quantity
    return Invoiced(keys=frozenset(keys), units=units, shipping=shipping, total=sum(totals.values()))


def trigger_keys_of(tx: Tx, order_id: str) -> list[str]:
    """What all the order's invoices were made for, drafts too."""
    return list(tx.execute(_KEYS, {"order_id": order_id}).scalars())


def drafts_of(tx: Tx, order_id: str) -> list[Invoice]:
    """Drafts of an order, oldest first, for reading."""
    return ROWS.all(tx, _DRAFTS, {"order_id": order_id})


def invoices_of(tx: Tx, order_id: str) -> list[Invoice]:
    """Posted documents of an order, oldest first, for reading."""
    return ROWS.all(tx, _OF_ORDER, {"order_id": order_id})


def lock_invoices_of(tx: Tx, order_id: str) -> list[Invoice]:
    """Posted documents of an order, oldest first, locked; the order is locked before."""
    return ROWS.all(tx, _LOCK_OF_ORDER, {"order_id": order_id})


def lines_of(tx: Tx, invoices: Sequence[Invoice]) -> dict[str, list[InvoiceLine]]:
    """Lines by invoice id."""
    found: dict[str, list[InvoiceLine]] = {invoice.id: [] for invoice in invoices}
    if found:
        for row in tx.execute(_LINES, {"invoice_ids": list(found)}):
            found[row.invoice_id].append(InvoiceLine(**dict(zip(_LINE_NAMES, row, strict=True))))
    return found


def list_invoices(tx: Tx, filters: Mapping[str, Any], *, after: Sequence[Any] | None, rows: int) -> list[Invoice]:
    """Newest first."""
    statement = LIST.statement(filters, after=after is not None)
    return ROWS.all(tx, statement, LIST.parameters(filters, after=after, rows=rows))


def keep_file(tx: Tx, *, sha256: str, media_type: str, content: bytes) -> None:
    """The bytes under their hash; the same bytes once."""
    tx.execute(_KEEP_FILE, {"sha256": sha256, "media_type": media_type, "bytes": content, "created_at": tx.now})


def file_bytes(tx: Tx, sha256: str) -> bytes:
    """The bytes of a hash that a record names."""
    return bytes(tx.execute(_FILE, {"sha256": sha256}).scalar_one())
