"""Invoices: posted, drafts and pro formas."""

from __future__ import annotations

from typing import Final, Literal, get_args

from pydantic import Field

from shared.contracts.api.public.kinds import (
    Code,
    Count,
    Currency,
    DeliveryId,
    Instant,
    InvoiceId,
    InvoiceLineId,
    Language,
    LineId,
    Money,
    OrderId,
    Page,
    Percent,
    Sha256,
    Shown,
    Sku,
)
from shared.contracts.api.public.order import TaxLine
from shared.contracts.api.public.path import (
    COUNTED,
    OWNER,
    PDF,
    Answer,
    Path,
    Query,
    Subject,
    below_orders_too,
    since_and_before,
    staff,
)
from shared.values.address import Address

InvoiceType = Literal["invoice", "pro_forma"]
InvoiceState = Literal["draft", "posted", "cancelled"]
InvoicePaymentState = Literal["not_paid", "in_payment", "partial", "paid", "reversed"]


class Party(Shown):
    """Who sold, or who bought, as it was on the day; what was not known is left out."""

    name: str = Field(default_factory=str, examples=["Sara Rad"])
    company: str = Field(default_factory=str)
    address: Address = Field(default_factory=lambda: Address(name="", line1="", city="", country="DE"))
    tax_id: str = Field(default_factory=str, examples=["DE123456789"])
    phone: str = Field(default_factory=str, examples=["+4930123456"])
    email: str = Field(default_factory=str, examples=["sara@example.org"])


class Figures(Shown):
    """A line's money."""

    discount: Money = Field(examples=["0.00"])
    voucher: Money = Field(examples=["0.00"])
    tax_rate: Percent
    net: Money = Field(examples=["25.00"])
    tax: Money = Field(examples=["4.75"])
    total: Money = Field(examples=["29.75"])


class InvoiceLine(Figures):
    """A line of the document."""

    id: InvoiceLineId
    order_line_id: LineId | None
    sku: Sku | None
    description: str = Field(examples=["Blue mug"])
    quantity: int = Field(examples=[2])
    unit_price: Money
    discount_percent: Percent = Field(examples=["0"])


class InvoiceShipping(Figures):
    """What sending costs."""

    method: Code | None = Field(examples=["standard"])
    name: str = Field(examples=["Standard"])
    price: Money = Field(examples=["4.90"])
    net: Money = Field(examples=["4.90"])
    tax: Money = Field(examples=["0.93"])
    total: Money = Field(examples=["5.83"])


class TemplateUsed(Shown):
    """What it is drawn with."""

    key: str = Field(examples=["invoice"])
    language: Language
    version: int = Field(examples=[1])


class Invoice(Shown):
    """A document. Once posted, neither it nor its PDF changes; a draft has no number, a pro forma is of its order as it is now."""

    id: InvoiceId
    type: InvoiceType
    number: str | None = Field(examples=["INV/2031/00042"])
    state: InvoiceState = Field(examples=["posted"])
    payment_state: InvoicePaymentState = Field(examples=["paid"])
    order_id: OrderId
    order_number: str = Field(examples=["SO000123"])
    delivery_id: DeliveryId | None = Field(examples=[None], description="The hand-over whose quantities it has.")
    language: Language
    currency: Currency
    seller: Party
    buyer: Party
    issued_at: Instant | None
    supplied_at: Instant | None = Field(examples=[None])
    due_at: Instant | None
    tax_note: str | None = Field(examples=[None], description="What the law wants said where no tax is taken.")
    lines: list[InvoiceLine]
    shipping: InvoiceShipping | None
    net: Money = Field(examples=["29.90"])
    tax: Money = Field(examples=["5.68"])
    total: Money = Field(examples=["35.58"])
    amount_due: Money = Field(examples=["0.00"])
    tax_lines: list[TaxLine]
    tax_rounding: Literal["per_line", "global"]
    prices_include_tax: bool
    template: TemplateUsed
    pdf_ready: bool = Field(examples=[True])
    pdf_sha256: Sha256 | None


class InvoicePage(Shown):
    """A page of invoices."""

    data: list[Invoice]
    page: Page
    count: Count


PDF_OR_NOT_CHANGED: Final = {
    200: Answer(media_type=PDF, says="The PDF; its ETag is its SHA-256, and it never changes.", headers=("ETag", "Content-Disposition")),
    304: Answer(says="It is the one named in If-None-Match.", headers=("ETag",)),
}
IF_NONE_MATCH: Final = {"If-None-Match": "The ETag of a PDF that one has already."}

_MADE_OR_THERE: Final = {
    201: Answer(shape=Invoice, says="The document that was made.", headers=("Location",)),
    200: Answer(shape=Invoice, says="What is there already, or the pro forma."),
}


def _command(name: str, summary: str, *errors: str) -> Path:
    return Path(
        at=f"POST /admin/v1/invoices/{{invoice_id}}/{name}",
        name=f"{name}_invoice",
        summary=summary,
        who=staff("invoices.write"),
        answers={200: Answer(shape=Invoice, says="The document as it is now.")},
        errors=("illegal_transition", *errors),
    )


SUBJECT: Final = Subject(
    name="Invoices",
    says="What the shop's books say, and what waits to be posted.",
    paths=(
        Path(
            at="GET /admin/v1/invoices",
            name="list_invoices",
            summary="List invoices",
            who=staff("invoices.read"),
            answers={200: Answer(shape=InvoicePage, says="A page, newest first.")},
            paged=True,
            queries=(
                Query(name="order_id", example="ord_01KAVR5Z3M8QW4T7R2N5V0C1DE"),
                Query(name="type", says="Without it: invoice. Pro formas are not counted.", one_of=get_args(InvoiceType)),
                Query(name="state", one_of=get_args(InvoiceState)),
                Query(name="payment_state", one_of=get_args(InvoicePaymentState)),
                Query(name="customer_id", example="cus_01KAVR5Z3M8QW4T7R2N5V0C1DE"),
                Query(name="number", example="INV/2031/00042"),
                *since_and_before("issued_at"),
                COUNTED,
            ),
        ),
        Path(
            at="GET /admin/v1/invoices/{invoice_id}",
            name="get_invoice",
            summary="Look at an invoice",
            who=staff("invoices.read"),
            answers={200: Answer(shape=Invoice, says="The invoice.")},
        ),
        Path(
            at="GET /admin/v1/invoices/{invoice_id}/pdf",
            name="get_invoice_pdf",
            summary="Get an invoice's PDF",
            who=staff("invoices.read"),
            answers=PDF_OR_NOT_CHANGED,
            errors=("document_not_ready",),
            headers=IF_NONE_MATCH,
        ),
        Path(
            at="POST /admin/v1/orders/{order_id}/invoices",
            name="request_invoice",
            summary="Ask for an invoice, a draft or a pro forma",
            who=staff("invoices.write"),
            takes={"type": "invoice", "post": True},
            answers=_MADE_OR_THERE,
            errors=("illegal_transition", "nothing_to_invoice", "quantity_too_large"),
        ),
        Path(
            at="PATCH /admin/v1/invoices/{invoice_id}",
            name="edit_draft_invoice",
            summary="Change a draft's quantities or buyer",
            who=staff("invoices.write"),
            takes={"company": "Rad & Daughters"},
            answers={200: Answer(shape=Invoice, says="The draft as it is now.")},
            errors=("document_immutable", "illegal_transition", "quantity_too_large"),
        ),
        Path(
            at="DELETE /admin/v1/invoices/{invoice_id}",
            name="delete_draft_invoice",
            summary="Take a draft away",
            who=staff("invoices.write"),
            answers={204: Answer(says="It is gone.")},
            errors=("document_immutable", "illegal_transition"),
        ),
        _command("post", "Make a draft a document with a number", "quantity_too_large"),
        _command("cancel", "End a draft, which stays to be seen"),
        *below_orders_too(
            Path(
                at="POST /store/v1/carts/{order_id}/invoices",
                name="demand_invoice",
                summary="Ask for the invoice of one's own order",
                who=OWNER,
                takes={"company": "Rad & Daughters", "tax_id": "DE123456789"},
                answers=_MADE_OR_THERE,
                errors=("illegal_transition", "nothing_to_invoice"),
            ),
        ),
    ),
)
