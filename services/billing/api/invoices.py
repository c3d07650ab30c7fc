"""Invoices for staff."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.billing.domain.invoice import Invoice
from services.billing.domain.invoice_view import invoice_view
from services.billing.errors import DocumentNotReady
from services.billing.store import invoices as store
from shared.db.tx import Tx
from shared.web.door import json_response, read
from shared.web.listing import choices_of, listing

router = APIRouter(prefix="/admin/v1")


@router.get("/invoices")
def list_invoices(request: Request) -> Response:
    """Newest first; `order_id`, `state`, `number`."""
    asked = listing(request, store.LIST.filters, key=(str,))
    choices_of(asked.filters, "state", Invoice.LIFECYCLE.states)
    with read(request, "invoices.read") as door:
        invoices = store.list_invoices(door.tx, asked.filters, after=asked.after, rows=asked.rows)
        lines = store.lines_of(door.tx, invoices)
        return json_response(
            asked.page(
                invoices,
                lambda invoice: invoice_view(invoice, lines[invoice.id]),
                lambda invoice: (invoice.id,),
                count=lambda: store.LIST.count(door.tx, asked.filters),
            )
        )


@router.get("/invoices/{invoice_id}")
def get_invoice(request: Request, invoice_id: str) -> Response:
    """One document."""
    with read(request, "invoices.read") as door:
        invoice = store.ROWS.get(door.tx, invoice_id)
        return json_response(invoice_view(invoice, store.lines_of(door.tx, [invoice])[invoice.id]))


@router.get("/invoices/{invoice_id}/pdf")
def get_invoice_pdf(request: Request, invoice_id: str) -> Response:
    """Its PDF."""
    with read(request, "invoices.read") as door:
        return pdf_answer(door.tx, store.ROWS.get(door.tx, invoice_id), request)


def pdf_answer(tx: Tx, invoice: Invoice, request: Request) -> Response:
    """The bytes as they were first drawn, with their hash as ETag. Raises DocumentNotReady."""
    if invoice.pdf_sha256 is None:
        raise DocumentNotReady(str(invoice.number))
    etag = f'"{invoice.pdf_sha256}"'
    headers = {
        "ETag": etag,
        "Content-Disposition": f'inline; filename="{str(invoice.number).replace("/", "-")}.pdf"',
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    if etag in (part.strip() for part in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    return Response(store.file_bytes(tx, invoice.pdf_sha256), headers=headers, media_type="application/pdf")
