"""Invoices and pro formas for staff to look at."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.billing.actions.documents import Sheet, find_document, list_pro_formas, sheet_of
from services.billing.domain.invoice import INVOICE, PAYMENT_STATES, PRO_FORMA, TYPES, Invoice, InvoiceLine
from services.billing.domain.invoice_view import invoice_view
from services.billing.errors import DocumentNotReady
from services.billing.jobs.rendering import draw
from services.billing.store import invoices as store
from shared.db.tx import Tx
from shared.errors import ErrorItem, SeveralInvalid
from shared.values.clock import parse_rfc3339
from shared.web.door import json_response, read, running
from shared.web.listing import choices_of, listing

router = APIRouter(prefix="/admin/v1")
_INSTANTS: Final = ("issued_at[gte]", "issued_at[lt]")
_DRAWING: Final = threading.BoundedSemaphore(4)
"""Drawn on demand at once: whoever comes on top is asked to come again, and does not wait on a thread that others need."""


@router.get("/invoices")
def list_invoices(request: Request) -> Response:
    """Newest first (invoices.read). Pro formas, made anew for each look, are listed when `type` names them."""
    asked = listing(request, store.LIST.filters, key=(str,))
    choices_of(asked.filters, "state", Invoice.LIFECYCLE.states)
    choices_of(asked.filters, "payment_state", PAYMENT_STATES)
    types = choices_of(asked.filters, "type", TYPES) or [INVOICE]
    filters: dict[str, Any] = dict(asked.filters) | {
        name: _instant(name, asked.filters[name]) for name in _INSTANTS if name in asked.filters
    }
    with read(request, "invoices.read") as door:
        invoices = store.list_invoices(door.tx, filters, after=asked.after, rows=asked.rows)
        lines = store.lines_of(door.tx, invoices)
        found = [(invoice, lines[invoice.id]) for invoice in invoices]
        counted: Callable[[], int] | None = partial(store.LIST.count, door.tx, filters)
        if PRO_FORMA in types:
            found += list_pro_formas(door.tx, filters, after=asked.after, rows=asked.rows)
            found = sorted(found, key=lambda one: one[0].id, reverse=True)[: asked.rows]
            # Nobody keeps them: to count them is to make them all.
            counted = None
        return json_response(asked.page(found, lambda one: invoice_view(*one), lambda one: (one[0].id,), count=counted))


@router.get("/invoices/{invoice_id}")
def get_invoice(request: Request, invoice_id: str) -> Response:
    """One document (invoices.read)."""
    with read(request, "invoices.read") as door:
        return json_response(invoice_view(*find_document(door.tx, invoice_id)))


@router.get("/invoices/{invoice_id}/pdf")
def get_invoice_pdf(request: Request, invoice_id: str) -> Response:
    """Its PDF (invoices.read)."""
    with read(request, "invoices.read") as door:
        invoice, lines = find_document(door.tx, invoice_id)
        paper = paper_of(door.tx, invoice, lines)
    return pdf_answer(invoice, paper, request)


def paper_of(tx: Tx, invoice: Invoice, lines: list[InvoiceLine]) -> bytes | Sheet:
    """The bytes that are kept, or what is to be drawn on demand. Raises DocumentNotReady."""
    if invoice.drawn_on_demand:
        return sheet_of(tx, invoice, lines)
    if invoice.pdf_sha256 is None:
        raise DocumentNotReady(str(invoice.number))
    return store.file_bytes(tx, invoice.pdf_sha256)


def pdf_answer(invoice: Invoice, paper: bytes | Sheet, request: Request) -> Response:
    """The PDF with its hash as ETag; what is drawn on demand is drawn here, when the transaction is over. Raises DocumentNotReady."""
    pdf = _drawn(invoice, paper, request) if isinstance(paper, Sheet) else paper
    etag = f'"{invoice.pdf_sha256 or hashlib.sha256(pdf).hexdigest()}"'
    name = str(invoice.number).replace("/", "-") if invoice.number else f"{invoice.order_number}-{invoice.type}"
    headers = {
        "ETag": etag,
        "Content-Disposition": f'inline; filename="{name}.pdf"',
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        # A browser's own viewer is not to be kept from its parts.
        "Content-Security-Policy": "frame-ancestors 'none'",
    }
    if etag in (part.strip() for part in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    return Response(pdf, headers=headers, media_type="application/pdf")


def _drawn(invoice: Invoice, sheet: Sheet, request: Request) -> bytes:
    if not _DRAWING.acquire(blocking=False):
        raise DocumentNotReady(invoice.order_number)
    try:
        return draw(sheet, running(request).outside)
    finally:
        _DRAWING.release()


def _instant(name: str, text: str) -> datetime:
    try:
        return parse_rfc3339(text)
    except ValueError:
        raise SeveralInvalid.of([ErrorItem(f"/{name}", "validation_failed", "is no RFC 3339 time with an offset")]) from None
