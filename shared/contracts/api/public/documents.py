"""Documents in customers' hands."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from shared.contracts.api.public.invoices import IF_NONE_MATCH, PDF_OR_NOT_CHANGED, InvoiceType
from shared.contracts.api.public.kinds import Currency, Instant, InvoiceId, Money, Shown
from shared.contracts.api.public.path import HOLDER, OWNER, Answer, Path, Query, Subject, below_orders_too


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


SUBJECT: Final = Subject(
    name="Documents",
    says="What customers get as PDF.",
    paths=(
        *below_orders_too(
            Path(
                at="GET /store/v1/carts/{order_id}/documents",
                name="list_documents",
                summary="List an order's documents",
                who=OWNER,
                answers={200: Answer(shape=Documents, says="The posted ones; until there is one, the pro forma.")},
            ),
            Path(
                at="GET /store/v1/carts/{order_id}/documents/{document_id}/pdf",
                name="get_document_pdf",
                summary="Get a document's PDF",
                who=HOLDER,
                answers=PDF_OR_NOT_CHANGED,
                errors=("document_not_ready",),
                headers=IF_NONE_MATCH,
                queries=(
                    Query(name="expires", says="Of a signed link: Unix time of its end.", several=False, example="1935411905"),
                    Query(name="signature", says="Of a signed link.", several=False, example="3a7b"),
                ),
            ),
        ),
    ),
)
