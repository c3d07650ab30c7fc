"""Invoices, their lines and numbers, and the bytes of their PDFs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, text

from services.billing.domain.invoice import POSTED, Invoice, InvoiceLine
from services.billing.store.statements import KeysetList, insert_or
from services.billing.tables import FILES, INVOICE_LINES, INVOICES
from shared.db.rows import Rows
from shared.db.tx import Tx

ROWS: Final = Rows(INVOICES, Invoice)
_INSERT: Final = insert_or(INVOICES, "ON CONFLICT (order_id, trigger_key) DO NOTHING")
_INSERT_LINES: Final = insert(INVOICE_LINES)
_OF_ORDER: Final = ROWS.where(INVOICES.c.order_id == bindparam("order_id"), INVOICES.c.state == POSTED)
_LOCK_OF_ORDER: Final = _OF_ORDER.with_for_update()
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
LIST: Final = KeysetList(INVOICES, {"order_id": INVOICES.c.order_id, "state": INVOICES.c.state, "number": INVOICES.c.number})


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


def list_invoices(tx: Tx, filters: Mapping[str, str], *, after: Sequence[Any] | None, rows: int) -> list[Invoice]:
    """Newest first."""
    statement = LIST.statement(filters, after=after is not None)
    return ROWS.all(tx, statement, LIST.parameters(filters, after=after, rows=rows))


def keep_file(tx: Tx, *, sha256: str, media_type: str, content: bytes) -> None:
    """The bytes under their hash; the same bytes once."""
    tx.execute(_KEEP_FILE, {"sha256": sha256, "media_type": media_type, "bytes": content, "created_at": tx.now})


def file_bytes(tx: Tx, sha256: str) -> bytes:
    """The bytes of a hash that a record names."""
    return bytes(tx.execute(_FILE, {"sha256": sha256}).scalar_one())
