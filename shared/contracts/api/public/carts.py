"""Carts, and orders in their customers' hands."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from shared.contracts.api.public.deliveries import CustomersParcel
from shared.contracts.api.public.documents import Document
from shared.contracts.api.public.kinds import Code, Currency, Money, Page, Percent, Shown
from shared.contracts.api.public.order import CustomersOrder, NewCart
from shared.contracts.api.public.path import CUSTOMER, OWNER, STOREFRONT, Answer, Path, Subject, below_orders_too
from shared.contracts.api.public.payments import CustomersPayment, PayablePayment


class OfferedShipping(Shown):
    """A way to send this cart, and for how much."""

    code: Code = Field(examples=["standard"])
    name: str = Field(examples=["Standard"])
    price: Money = Field(examples=["4.90"])
    tax_rate: Percent
    total: Money = Field(examples=["5.83"])
    currency: Currency
    pickup: bool
    pickup_points: list[Code] = Field(examples=[[]], description="Where the goods can be fetched; what `pickup_point` takes.")


class OfferedShippings(Shown):
    """All of them, in the shop's order."""

    data: list[OfferedShipping]


class OfferedMethod(Shown):
    """A way to pay. `reason`, there only when it is not available, is a word for machines; `instructions` are there if the shop has any."""

    code: Code = Field(examples=["card"])
    name: str = Field(examples=["Card"])
    kind: Literal["online", "offline"]
    available: bool = Field(examples=[True])
    reason: str = Field(default_factory=str, examples=["country"])
    instructions: str = Field(default_factory=str, examples=["Pay to the account below and name the reference."])


class OfferedMethods(Shown):
    """All of them, in the shop's order."""

    data: list[OfferedMethod] = Field(examples=[[{"code": "card", "name": "Card", "kind": "online", "available": True}]])


class Submitted(Shown):
    """The order, and what is to be paid for it; `payment` is null when nothing is due."""

    order: CustomersOrder
    payment: PayablePayment | None


class OwnOrderPage(Shown):
    """A page of a customer's own orders."""

    data: list[CustomersOrder]
    page: Page


class OrderWithParts(CustomersOrder):
    """The order with what other services know of it. A part whose service is down is null and named in `unavailable`."""

    payments: list[CustomersPayment] | None
    parcels: list[CustomersParcel] | None
    documents: list[Document] | None
    returns: list[object] = Field(examples=[[]])
    unavailable: list[str] = Field(default_factory=list, examples=[[]])


_ADDRESS: Final = {"name": "Sara Rad", "line1": "Hauptstr. 1", "city": "Berlin", "postal_code": "10115", "country": "DE"}
_ETAG: Final = ("ETag",)
_EDITED: Final = {200: Answer(shape=CustomersOrder, says="The cart as it is now.", headers=_ETAG)}
_EDITS: Final = ("illegal_transition", "payment_in_progress")

SUBJECT: Final = Subject(
    name="Carts",
    says="From the first line to the submit. Every path below /store/v1/carts/{order_id} also answers below /store/v1/orders/{order_id}.",
    paths=(
        Path(
            at="POST /store/v1/carts",
            name="create_cart",
            summary="Make a cart",
            who=STOREFRONT,
            takes={"currency": "EUR", "language": "en", "lines": [{"sku": "mug-blue", "quantity": 2}]},
            answers={201: Answer(shape=NewCart, says="The cart, with its token.", headers=("ETag", "Location"))},
            errors=("unknown_sku", "currency_mismatch", "quantity_too_large", "shipping_method_unavailable"),
        ),
        Path(
            at="GET /store/v1/carts/current",
            name="get_current_cart",
            summary="Look at the signed-in customer's cart",
            who=CUSTOMER,
            answers={200: Answer(shape=CustomersOrder, says="The cart.", headers=_ETAG)},
            errors=("not_found",),
        ),
        Path(
            at="GET /store/v1/orders",
            name="list_own_orders",
            summary="List the signed-in customer's orders",
            who=CUSTOMER,
            answers={200: Answer(shape=OwnOrderPage, says="A page, newest first.")},
            paged=True,
        ),
        Path(
            at="GET /store/v1/carts/{order_id}",
            name="get_cart",
            summary="Look at a cart",
            who=OWNER,
            answers={200: Answer(shape=CustomersOrder, says="The cart.", headers=_ETAG)},
        ),
        Path(
            at="GET /store/v1/orders/{order_id}",
            name="get_own_order",
            summary="Look at an order with its payments, parcels and documents",
            says="A part whose service is down is null, and named in `unavailable`.",
            who=OWNER,
            answers={200: Answer(shape=OrderWithParts, says="The order.", headers=_ETAG)},
            errors=("validation_failed",),
        ),
        *below_orders_too(
            Path(
                at="PATCH /store/v1/carts/{order_id}",
                name="change_cart",
                summary="Set contact, addresses, shipping and notes",
                who=OWNER,
                takes={"email": "sara@example.org", "name": "Sara Rad", "shipping_address": _ADDRESS, "shipping_method": "standard"},
                answers=_EDITED,
                versioned=True,
                errors=(*_EDITS, "shipping_method_unavailable"),
            ),
            Path(
                at="POST /store/v1/carts/{order_id}/lines",
                name="add_line",
                summary="Put units of a product in",
                who=OWNER,
                takes={"sku": "mug-blue", "quantity": 1},
                answers=_EDITED,
                versioned=True,
                errors=(*_EDITS, "unknown_sku", "currency_mismatch", "quantity_too_large"),
            ),
            Path(
                at="PATCH /store/v1/carts/{order_id}/lines/{line_id}",
                name="count_line",
                summary="Set a line's quantity; 0 takes it out",
                who=OWNER,
                takes={"quantity": 3},
                answers=_EDITED,
                versioned=True,
                errors=(*_EDITS, "quantity_too_large"),
            ),
            Path(
                at="DELETE /store/v1/carts/{order_id}/lines/{line_id}",
                name="remove_line",
                summary="Take a line out",
                who=OWNER,
                answers=_EDITED,
                versioned=True,
                errors=_EDITS,
            ),
            Path(
                at="GET /store/v1/carts/{order_id}/shipping_methods",
                name="list_offered_shipping_methods",
                summary="List what the cart may be sent by",
                who=OWNER,
                answers={200: Answer(shape=OfferedShippings, says="The methods, with their prices for this cart.")},
            ),
            Path(
                at="GET /store/v1/carts/{order_id}/payment_methods",
                name="list_offered_payment_methods",
                summary="List what the cart may be paid with",
                says="All active methods; one that cannot be used for this cart says why.",
                who=OWNER,
                answers={200: Answer(shape=OfferedMethods, says="The methods, and why one is not available.")},
            ),
            Path(
                at="POST /store/v1/carts/{order_id}/submit",
                name="submit_cart",
                summary="Order what is in the cart",
                says="Prices and stock are looked at again, the goods are held, the payment is opened. Repeated with the same method it "
                "gives the same order and its payment. `expected_total` is what the customer was shown: it refuses any other.",
                who=OWNER,
                takes={"payment_method": "card", "expected_total": "35.58"},
                answers={200: Answer(shape=Submitted, says="The submitted order and the payment to be made.", headers=_ETAG)},
                versioned=True,
                errors=(
                    *_EDITS,
                    "cart_incomplete",
                    "payment_method_unavailable",
                    "out_of_stock",
                    "price_changed",
                    "customer_blocked",
                    "money_precision",
                    "provider_unavailable",
                ),
            ),
        ),
    ),
)
