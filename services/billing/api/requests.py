"""Invoices on request: staff's and the customer's, and the drafts between asking and posting."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from services.billing.actions import requests as actions
from services.billing.actions.documents import documents_of, find_document
from services.billing.domain.invoice import INVOICE, PRO_FORMA, Invoice, InvoiceLine
from services.billing.domain.invoice_view import invoice_view
from shared.db.tx import Tx
from shared.errors import IllegalTransition, NotFound
from shared.values.address import Address
from shared.web.door import Door, write

router = APIRouter()

_BUYER: Final = {"billing_address": "address"}
Text = Annotated[str, Field(min_length=1, max_length=200)]


class Body(BaseModel):
    """Strict, and no fields that nobody asked for."""

    model_config = ConfigDict(extra="forbid", strict=True)


class WantedLine(Body):
    """Units of an order's line."""

    line_id: str
    quantity: int = Field(ge=1, le=1_000_000)


class Wanted(Body):
    """Which units an invoice is over; none named: all that are to be invoiced."""

    lines: Annotated[list[WantedLine], Field(min_length=1, max_length=1000)] | None = None

    @model_validator(mode="after")
    def each_line_once(self) -> Wanted:
        """A line that is named twice says two things."""
        if self.lines is not None and len({line.line_id for line in self.lines}) < len(self.lines):
            raise ValueError("a line is named twice")
        return self

    @property
    def units(self) -> dict[str, int] | None:
        """Quantities by line."""
        return None if self.lines is None else {line.line_id: line.quantity for line in self.lines}


class InvoiceRequest(Wanted):
    """`post: false` leaves a draft, which has no number."""

    type: Literal["invoice", "pro_forma"] = "invoice"
    post: bool = True

    @model_validator(mode="after")
    def whole_order(self) -> InvoiceRequest:
        """A pro forma is of the whole order."""
        if self.type == PRO_FORMA and self.lines is not None:
            raise ValueError("a pro forma is of the whole order")
        return self


class BuyerFields(Body):
    """Whom the invoice names, where it is not as the order says (R-INV-03)."""

    company: Text | None = None
    tax_id: Text | None = None
    billing_address: Address | None = None

    @property
    def buyer(self) -> dict[str, Any]:
        """The fields that the request names, as an invoice's buyer has them."""
        address = None if self.billing_address is None else self.billing_address.model_dump(exclude_none=True)
        named = {"company": self.company, "tax_id": self.tax_id, "billing_address": address}
        return {_BUYER.get(name, name): value for name, value in named.items() if name in self.model_fields_set}


class DraftPatch(Wanted, BuyerFields):
    """A merge patch: what may change of a draft; null takes the company or the tax id away."""


@router.post("/admin/v1/orders/{order_id}/invoices")
def request_invoice(request: Request, order_id: str, body: InvoiceRequest) -> Response:
    """An invoice of what is to be invoiced, or the one that is there (invoices.write)."""
    with write(request, "invoices.write") as door:
        if body.type == PRO_FORMA:
            return door.answer(invoice_view(*_pro_forma(door.tx, order_id)))
        asked = actions.request_invoice(door.tx, order_id, units=body.units, posting=body.post, buyer={})
        return _answer(door, asked, f"/admin/v1/invoices/{asked.invoice.id}")


@router.post("/store/v1/carts/{order_id}/invoices")
@router.post("/store/v1/orders/{order_id}/invoices")
def demand_invoice(request: Request, order_id: str, body: BuyerFields) -> Response:
    """An invoice on the customer's demand, of their own confirmed order, or the one that is there (R-INV-03)."""
    with write(request) as door:
        door.caller.need_storefront()
        door.caller.need_order(order_id)
        asked = actions.request_invoice(door.tx, order_id, units=None, posting=True, buyer=body.buyer)
        return _answer(door, asked, f"/store/v1/orders/{order_id}/documents/{asked.invoice.id}/pdf")


@router.patch("/admin/v1/invoices/{invoice_id}")
def edit_draft(request: Request, invoice_id: str, body: DraftPatch) -> Response:
    """Another quantity or buyer for a draft (invoices.write)."""
    with write(request, "invoices.write") as door:
        _need_kept(door.tx, invoice_id, "edit")
        return _answer(door, actions.edit_draft(door.tx, invoice_id, units=body.units, buyer=body.buyer))


@router.delete("/admin/v1/invoices/{invoice_id}")
def delete_draft(request: Request, invoice_id: str) -> Response:
    """Takes a draft away (invoices.write)."""
    with write(request, "invoices.write") as door:
        _need_kept(door.tx, invoice_id, "delete")
        actions.delete_draft(door.tx, invoice_id)
        return door.nothing()


@router.post("/admin/v1/invoices/{invoice_id}/post")
def post_draft(request: Request, invoice_id: str) -> Response:
    """Makes a draft a document with a number (invoices.write)."""
    with write(request, "invoices.write") as door:
        _need_kept(door.tx, invoice_id, "post")
        return _answer(door, actions.post_draft(door.tx, invoice_id))


@router.post("/admin/v1/invoices/{invoice_id}/cancel")
def cancel_draft(request: Request, invoice_id: str) -> Response:
    """Ends a draft without taking it away (invoices.write)."""
    with write(request, "invoices.write") as door:
        _need_kept(door.tx, invoice_id, "cancel")
        return _answer(door, actions.cancel_draft(door.tx, invoice_id))


def _answer(door: Door, asked: actions.Asked, location: str = "") -> Response:
    body = invoice_view(asked.invoice, asked.lines)
    return door.created(body, location) if asked.made else door.answer(body)


def _pro_forma(tx: Tx, order_id: str) -> tuple[Invoice, list[InvoiceLine]]:
    """The order's pro forma; once there is a posted document, the newest of these instead."""
    there = documents_of(tx, order_id)
    if not there:
        raise NotFound(f"there is no order {order_id} with a submission that stands")
    return find_document(tx, there[-1].id)


def _need_kept(tx: Tx, invoice_id: str, command: str) -> None:
    """A pro forma follows its order and takes no command. Raises IllegalTransition, NotFound."""
    invoice, _ = find_document(tx, invoice_id)
    if invoice.type != INVOICE:
        raise IllegalTransition(invoice.type, invoice.state, command, [])
