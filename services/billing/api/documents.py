"""Documents for customers: a list with signed links, and the PDFs."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.billing.actions.documents import documents_of, find_document
from services.billing.api.invoices import paper_of, pdf_answer
from services.billing.api.links import document_url, link_holds
from services.billing.domain.invoice import POSTED, PRO_FORMA
from services.billing.domain.invoice_view import document_view
from shared.errors import NotFound
from shared.observe.logging import logger
from shared.web.door import json_response, read, running

router = APIRouter(prefix="/store/v1")
log = logger("billing.documents")


@router.get("/carts/{order_id}/documents")
@router.get("/orders/{order_id}/documents")
def list_documents(request: Request, order_id: str) -> Response:
    """The order's posted documents, its pro forma before there is one; each `url` opens one for five minutes, without any header."""
    house, at = running(request), int(time.time())
    with read(request) as door:
        door.caller.need_storefront()
        door.caller.need_order(order_id)
        invoices = documents_of(door.tx, order_id)
    return json_response({"data": [document_view(invoice, url=document_url(house, invoice, now_unix=at)) for invoice in invoices]})


@router.get("/carts/{order_id}/documents/{document_id}/pdf")
@router.get("/orders/{order_id}/documents/{document_id}/pdf")
def document_pdf(request: Request, order_id: str, document_id: str, expires: str = "", signature: str = "") -> Response:
    """The PDF, by a signed link or for whom the order is open; for everybody else there is none (R-ACC-01)."""
    by_link = link_holds(running(request), order_id, document_id, expires=expires, signature=signature, now_unix=int(time.time()))
    with read(request) as door:
        if not by_link:
            door.caller.need_order(order_id)
        invoice, lines = find_document(door.tx, document_id)
        if invoice.order_id != order_id or (invoice.state != POSTED and invoice.type != PRO_FORMA):
            # In the words of one that is not there at all.
            raise NotFound(f"there is no invoice {document_id}")
        paper = paper_of(door.tx, invoice, lines)
        by = "link" if by_link else door.caller.type
    log.info("document_downloaded", document_id=document_id, order_id=order_id, by=by)
    return pdf_answer(invoice, paper, request)
