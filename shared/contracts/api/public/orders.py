"""Orders for staff and integrations."""

from __future__ import annotations

from typing import Final, Literal, get_args

from pydantic import Field, RootModel

from shared.contracts.api.public.deliveries import Delivery
from shared.contracts.api.public.invoices import Invoice
from shared.contracts.api.public.kinds import Count, OrderId, Page, Shown
from shared.contracts.api.public.order import DeliveryStatus, InvoiceStatus, Order, OrderState, PaymentStatus, ReturnStatus
from shared.contracts.api.public.path import COUNTED, Answer, Path, Query, Subject, flag, since_and_before, sorted_by, staff
from shared.contracts.api.public.payments import Payment
from shared.contracts.api.public.sellers_order import SellersOrder


class OrderPage(Shown):
    """A page of orders."""

    data: list[Order] | list[SellersOrder]
    page: Page
    count: Count


class IncludedParts(Order):
    """The order with the parts that `include` names. A part whose service is down is null and named in `unavailable`."""

    payments: list[Payment] | None = Field(default_factory=list)
    invoices: list[Invoice] | None = Field(default_factory=list)
    deliveries: list[Delivery] | None = Field(default_factory=list)
    unavailable: list[str] = Field(default_factory=list, examples=[[]])


class SellersParts(SellersOrder):
    """A seller's order with their deliveries, if `include` names them."""

    deliveries: list[Delivery] | None = Field(default_factory=list)
    unavailable: list[str] = Field(default_factory=list, examples=[[]])


class ShownOrder(RootModel[IncludedParts | SellersParts]):
    """The order; to sellers reduced to what is theirs."""


class ViewCounts(Shown):
    """How many orders each view shows."""

    carts: int = Field(examples=[4])
    abandoned: int = Field(examples=[1])
    unpaid: int = Field(examples=[2])
    to_confirm: int = Field(examples=[2])
    to_ship: int = Field(examples=[7])
    on_hold: int = Field(examples=[0])
    late: int = Field(examples=[0])
    payment_problem: int = Field(examples=[0])
    returns: int = Field(examples=[0])
    done: int = Field(examples=[120])


class ScanAction(Shown):
    """What is done most with such a record, and whether this caller may."""

    name: str = Field(examples=["confirm"])
    method: Literal["GET", "POST", "PUT"] = Field(examples=["POST"])
    href: str = Field(examples=["/admin/v1/orders/ord_01KAVR5Z3M8QW4T7R2N5V0C1DE/confirm"])
    allowed: bool = Field(examples=[True])
    required_permission: str = Field(examples=["orders.confirm"])


class Scanned(Shown):
    """The one record with this code. A product belongs to no order."""

    type: Literal["order", "invoice", "delivery", "parcel", "product"]
    id: str = Field(examples=["ord_01KAVR5Z3M8QW4T7R2N5V0C1DE"], description="Its id; of a product, the sku.")
    order_id: OrderId | None
    href: str = Field(examples=["/admin/v1/orders/ord_01KAVR5Z3M8QW4T7R2N5V0C1DE"])
    actions: list[ScanAction]


VIEWS: Final = tuple(ViewCounts.model_fields)
_RECORDING: Final = ("duplicate_receipt", "payment_method_unavailable", "money_precision", "currency_mismatch")
_HELD: Final = ("illegal_transition",)
_ONE: Final = {200: Answer(shape=Order, says="The order as it is now.", headers=("ETag",))}

SUBJECT: Final = Subject(
    name="Orders",
    says="Orders for staff and integrations.",
    paths=(
        Path(
            at="GET /admin/v1/orders",
            name="list_orders",
            summary="List orders",
            who=staff("orders.read"),
            says="Every order from its first line on, newest first unless `sort` says otherwise. Sellers see confirmed ones with a line of "
            "theirs, reduced to what is theirs, and may ask for `state`, `delivery_status` and a number in `q` only.",
            answers={200: Answer(shape=OrderPage, says="A page.")},
            paged=True,
            queries=(
                Query(name="state", one_of=get_args(OrderState)),
                Query(name="payment_status", one_of=get_args(PaymentStatus)),
                Query(name="status", says="The display status.", example="awaiting_payment"),
                Query(name="delivery_status", one_of=get_args(DeliveryStatus)),
                Query(name="invoice_status", one_of=get_args(InvoiceStatus)),
                Query(name="return_status", one_of=get_args(ReturnStatus)),
                Query(name="channel", says="The publishable key's channel, or phone, api, import.", example="web"),
                Query(name="team", example="phone"),
                Query(name="salesperson", example="usr_01KAVR5Z3M8QW4T7R2N5V0C1DE"),
                Query(name="manager", example="usr_01KAVR5Z3M8QW4T7R2N5V0C1DE"),
                flag("unassigned", "Whether nobody looks after it: no team, no salesperson, no manager."),
                Query(name="tag", example="vip"),
                Query(name="seller_id", says="Orders with a line of this seller's.", example="potters"),
                Query(name="customer_id", example="cus_01KAVR5Z3M8QW4T7R2N5V0C1DE"),
                flag("held", "Whether it is held."),
                flag("late", "Whether what was promised is passed."),
                flag("duplicate", "Whether it seems to repeat another order."),
                flag("submitted", "Whether the customer, or staff, has submitted it."),
                Query(name="view", says="What is to be done, as `GET /admin/v1/orders/counts` counts it.", one_of=VIEWS, several=False),
                Query(
                    name="q",
                    says="Looked for in numbers of the order and its records, references, e-mail, phone and name; all words must be found.",
                    several=False,
                    example="SO000123",
                ),
                *since_and_before("created_at"),
                *since_and_before("confirmed_at"),
                sorted_by("created_at", "confirmed_at", "total", "last_activity_at"),
                COUNTED,
            ),
        ),
        Path(
            at="GET /admin/v1/orders/counts",
            name="count_orders",
            summary="Count the orders of each view",
            who=staff("orders.read"),
            answers={200: Answer(shape=ViewCounts, says="How many orders each view shows.")},
            errors=("not_found",),
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
            ),
        ),
        Path(
            at="GET /admin/v1/orders/{order_id}",
            name="get_order",
            summary="Look at an order",
            says="With the parts that `include` names. A part whose service is down is null, and named in `unavailable`. Sellers see their "
            "lines and what these come to, and may include deliveries.",
            who=staff("orders.read"),
            answers={200: Answer(shape=ShownOrder, says="The order.", headers=("ETag",))},
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
            answers=_ONE,
            errors=("illegal_transition", "cart_incomplete"),
            versioned=True,
        ),
        Path(
            at="POST /admin/v1/orders/{order_id}/cancel",
            name="cancel_order",
            summary="Cancel an order",
            who=staff("orders.cancel"),
            takes={"reason": "customer_request", "note": "called this morning", "notify": True},
            answers=_ONE,
            errors=("illegal_transition", "return_first"),
            versioned=True,
        ),
        Path(
            at="POST /admin/v1/orders/{order_id}/confirm",
            name="confirm_order",
            summary="Confirm an order",
            says="Says that the order is binding. Its goods must be there unless `accept_shortage`, and are reserved; `record_payment` is "
            "money that came with it. A confirmed order is answered as it is.",
            who=staff("orders.confirm"),
            takes={"record_payment": {"method": "cash", "amount": "35.58", "receipt_number": "4711"}},
            answers=_ONE,
            versioned=True,
            errors=(
                "illegal_transition",
                "order_held",
                "cart_incomplete",
                "out_of_stock",
                *_RECORDING,
            ),
        ),
        Path(
            at="POST /admin/v1/orders/{order_id}/payments",
            name="record_payment",
            summary="Record money that came without the provider",
            says="It settles the order's open offline payment of that method; of less than its amount the rest stays open. The same "
            "receipt, method and amount again is the same payment. Money for a cancelled order is recorded as orphaned.",
            who=staff("payments.record"),
            takes={"method": "wire", "amount": "35.58", "receipt_number": "2031-05-01/17", "paid_at": "2031-05-01", "bank": "Sparkasse"},
            answers={
                201: Answer(shape=Payment, says="The payment, captured.", headers=("Location",)),
                200: Answer(shape=Payment, says="It was recorded before."),
            },
            errors=("illegal_transition", *_RECORDING),
        ),
        Path(
            at="POST /admin/v1/orders/{order_id}/hold",
            name="hold_order",
            summary="Hold an order: nothing goes on until it is released",
            says="Money that comes is recorded all the same. One that is held stays held for its first reason.",
            who=staff("orders.write"),
            takes={"reason": "address to be checked", "note": "the postman asked"},
            answers=_ONE,
            versioned=True,
            errors=_HELD,
        ),
        Path(
            at="POST /admin/v1/orders/{order_id}/release",
            name="release_order",
            summary="Release a held order",
            who=staff("orders.write"),
            takes={"note": "the address is right"},
            answers=_ONE,
            versioned=True,
            errors=_HELD,
        ),
        Path(
            at="GET /admin/v1/scan/{code}",
            name="scan",
            summary="Find the one record with a scanned or typed code",
            who=staff("orders.read"),
            answers={200: Answer(shape=Scanned, says="The record, and what is done most with such a one.")},
        ),
    ),
)
