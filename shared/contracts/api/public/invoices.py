"""Invoices, and documents in customers' hands."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from shared.contracts.api.public.kinds import (
    Code,
    Currency,
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
from shared.contracts.api.public.path import HOLDER, OWNER, PDF, Answer, Path, Query, Subject, below_orders_too, staff
from shared.values.address import Address

InvoiceType = Literal["invoice"]


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
    """A document. Once posted, neither it nor its PDF changes."""

    id: InvoiceId
    type: InvoiceType
    number: str | None = Field(examples=["INV/2031/00042"])
    state: Literal["draft", "posted"] = Field(examples=["posted"])
    payment_state: Literal["not_paid", "in_payment", "partial", "paid", "reversed"] = Field(examples=["paid"])
    order_id: OrderId
    order_number: str = Field(examples=["SO000123"])
    language: Language
    currency: Currency
    seller: Party
    buyer: Party
    issued_at: Instant | None
    due_at: Instant | None
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


class Document(Shown):
    """A document as customers see it. `url` opens it for five minutes, without any header."""

    id: InvoiceId
    type: InvoiceType
    number: str | None = Field(examples=["INV/2031/00042"])
    issued_at: Instant | None
    total: Money = Field(examples=["35.58"])
    currency: Currency
    url: str = Field(
        examples=[
            "https://shop.example/store/v1/orders/ord_01KAVR5Z3M8QW4T7R2N5V0C1DE/documents/inv_01KAVR5Z3M8QW4T7R2N5V0C1DE/pdf?expires=1935411905&signature=3a7b"
        ]
    )


class Documents(Shown):
    """All of an order."""

    data: list[Document]


_PDF: Final = {
    200: Answer(media_type=PDF, says="The PDF; its ETag is its SHA-256, and it never changes.", headers=("ETag", "Content-Disposition")),
    304: Answer(says="It is the one named in If-None-Match.", headers=("ETag",)),
}
_IF_NONE_MATCH: Final = {"If-None-Match": "The ETag of a PDF that one has already."}

SUBJECT: Final = Subject(
    name="Invoices",
    says="Documents and their PDFs.",
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
                Query(name="state", one_of=("draft", "posted")),
                Query(name="number", example="INV/2031/00042"),
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
            answers=_PDF,
            errors=("document_not_ready",),
            headers=_IF_NONE_MATCH,
        ),
        *below_orders_too(
            Path(
                at="GET /store/v1/carts/{order_id}/documents",
                name="list_documents",
                summary="List an order's documents",
                who=OWNER,
                answers={200: Answer(shape=Documents, says="The posted ones.")},
            ),
            Path(
                at="GET /store/v1/carts/{order_id}/documents/{document_id}/pdf",
                name="get_document_pdf",
                summary="Get a document's PDF",
                who=HOLDER,
                answers=_PDF,
                errors=("document_not_ready",),
                headers=_IF_NONE_MATCH,
                queries=(
                    Query(name="expires", says="Of a signed link: Unix time of its end.", several=False, example="1935411905"),
                    Query(name="signature", says="Of a signed link.", several=False, example="3a7b"),
                ),
            ),
        ),
    ),
)
