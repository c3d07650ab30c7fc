"""Orders for staff and integrations."""

from __future__ import annotations

from typing import Final, get_args

from pydantic import Field

from shared.contracts.api.public.deliveries import Delivery
from shared.contracts.api.public.invoices import Invoice
from shared.contracts.api.public.kinds import Page, Shown
from shared.contracts.api.public.order import DeliveryStatus, InvoiceStatus, Order, OrderState, PaymentStatus
from shared.contracts.api.public.path import Answer, Path, Query, Subject, flag, since_and_before, staff
from shared.contracts.api.public.payments import Payment


class OrderPage(Shown):
    """A page of orders."""

    data: list[Order]
    page: Page


class IncludedParts(Order):
    """The order with the parts that `include` names. A part whose service is down is null and named in `unavailable`."""

    payments: list[Payment] | None = Field(default_factory=list)
    invoices: list[Invoice] | None = Field(default_factory=list)
    deliveries: list[Delivery] | None = Field(default_factory=list)
    unavailable: list[str] = Field(default_factory=list, examples=[[]])


SUBJECT: Final = Subject(
    name="Orders",
    says="Orders for staff and integrations.",
    paths=(
        Path(
            at="GET /admin/v1/orders",
            name="list_orders",
            summary="List orders",
            who=staff("orders.read"),
            answers={200: Answer(shape=OrderPage, says="A page, newest first unless `sort` says otherwise.")},
            paged=True,
            errors=("not_found",),
            queries=(
                Query(name="state", one_of=get_args(OrderState)),
                Query(name="payment_status", one_of=get_args(PaymentStatus)),
                Query(name="delivery_status", one_of=get_args(DeliveryStatus)),
                Query(name="invoice_status", one_of=get_args(InvoiceStatus)),
                Query(name="channel", says="The publishable key's channel, or phone, api, import.", example="web"),
                flag("submitted", "Whether the customer, or staff, has submitted it."),
                *since_and_before("created_at"),
                *since_and_before("confirmed_at"),
                Query(name="sort", says="`-` in front: descending.", one_of=("-created_at", "created_at"), several=False),
            ),
        ),
        Path(
            at="POST /admin/v1/orders",
            name="create_order",
            summary="Write down an order for a customer",
            who=staff("orders.write"),
            takes={
                "customer": {"name": "Sara Rad", "phone": "+4930123456"},
                "lines": [{"sku": "mug-blue", "quantity": 2, "unit_price": "11.00", "price_reason": "chipped box"}],
                "shipping_method": "standard",
                "external_id": "till-4711",
            },
            answers={201: Answer(shape=Order, says="The order, a quotation with a number.", headers=("ETag", "Location"))},
            errors=(
                "already_exists",
                "unknown_sku",
                "currency_mismatch",
                "quantity_too_large",
                "money_precision",
                "shipping_method_unavailable",
                "not_found",
            ),
        ),
        Path(
            at="GET /admin/v1/orders/{order_id}",
            name="get_order",
            summary="Look at an order",
            says="With the parts that `include` names. A part whose service is down is null, and named in `unavailable`.",
            who=staff("orders.read"),
            answers={200: Answer(shape=IncludedParts, says="The order.", headers=("ETag",))},
            queries=(
                Query(
                    name="include", says="Parts to show; each needs its own read permission.", one_of=("payments", "invoices", "deliveries")
                ),
            ),
        ),
        Path(
            at="POST /admin/v1/orders/{order_id}/send",
            name="send_quotation",
            summary="Send a quotation",
            who=staff("orders.write"),
            takes={"to": "sara@example.org", "message": "As talked about on the phone: with engraving."},
            answers={200: Answer(shape=Order, says="The order, sent; one that was sent before is unchanged.", headers=("ETag",))},
            errors=("illegal_transition", "cart_incomplete"),
            versioned=True,
        ),
        Path(
            at="POST /admin/v1/orders/{order_id}/cancel",
            name="cancel_order",
            summary="Cancel an order",
            who=staff("orders.cancel"),
            takes={"reason": "customer_request", "note": "called this morning", "notify": True},
            answers={200: Answer(shape=Order, says="The order, cancelled; one that was cancelled before is unchanged.", headers=("ETag",))},
            errors=("illegal_transition", "return_first"),
            versioned=True,
        ),
    ),
)
