"""Facts told by orders."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from shared.contracts.base import Actor, Amount, Event, Instructions, Model


class Who(Model):
    """The customer as the order knows them. `token_generation` is what their order token is derived from."""

    id: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    type: Literal["private", "business"] = "private"
    company: str | None = None
    tax_id: str | None = None
    tax_exempt: bool = False
    language: str
    token_generation: int


class OrderLine(Model):
    """What was bought, as it stood at submit or confirmation; amounts after the order's discounts. Rates and percents in basis points."""

    line_id: str
    sku: str
    name: str
    type: Literal["goods", "service", "digital"]
    quantity: int
    unit_price: Amount
    discount_percent_bp: int = 0
    discount: Amount
    voucher: Amount
    net: Amount
    tax: Amount
    total: Amount
    tax_rate_bp: int
    seller_id: str | None = None
    attributes: dict[str, Any] = Field(default_factory=dict)
    barcode: str | None = None
    weight_g: int = 0
    allow_backorder: bool = False
    returnable: bool = True
    return_period_days: int | None = None


class TaxLine(Model):
    """One rate of the tax summary."""

    rate_bp: int
    net: Amount
    tax: Amount


class Totals(Model):
    """Sums of the order; net + tax = total (api.md, section 5)."""

    items: Amount
    discount: Amount
    shipping: Amount
    voucher: Amount
    net: Amount
    tax: Amount
    total: Amount
    tax_lines: tuple[TaxLine, ...]


class Discount(Model):
    """An order discount and what it took off."""

    id: str
    label: str
    type: Literal["percent", "amount", "voucher"]
    value: str
    applies_to: Literal["items", "shipping", "all"]
    amount: Amount


class Shipping(Model):
    """The chosen shipping method, priced like one more line (R-MON-09)."""

    method: str
    name: str
    price: Amount
    tax_rate_bp: int
    discount: Amount
    voucher: Amount
    net: Amount
    tax: Amount
    total: Amount
    pickup: bool
    carrier: str
    lead_days_max: int | None = None


class SellerContact(Model):
    """A seller with a line in the order, and where its mail goes."""

    code: str
    name: str
    emails: tuple[str, ...]
    language: str


class Assignment(Model):
    """Who looks after the order: a team's code, the salesperson's and the manager's ids (R-ORD-42, R-ORD-44)."""

    team: str | None = None
    salesperson: str | None = None
    manager: str | None = None


class OrderEvent(Event):
    """Base of the facts about one order."""

    aggregate: ClassVar[str] = "order"
    aggregate_field: ClassVar[str] = "order_id"
    order_id: str


class OrderContent(OrderEvent):
    """The whole order, so that no hearer has to call back."""

    number: str
    submission: int
    who: Who
    currency: str
    decimals: int
    """Decimals that the order's amounts are rounded to and shown with, frozen at its creation."""
    test: bool
    prices_include_tax: bool
    tax_rounding: Literal["per_line", "global"]
    channel: str
    totals: Totals
    lines: tuple[OrderLine, ...]
    discounts: tuple[Discount, ...] = ()
    shipping: Shipping | None = None
    shipping_address: dict[str, Any] | None = None
    billing_address: dict[str, Any] | None = None
    customer_note: str | None = None
    customer_reference: str | None = None
    payment_method: str | None = None
    prepayment_percent: int = 100
    payment_terms_days: int | None = None
    """Of the customer's account; null: the shop's (R-INV-16)."""
    sellers: tuple[SellerContact, ...] = ()
    submitted_at: str | None = None
    created_at: str

    def label(self) -> str:
        return self.number


class OrderCreated(OrderEvent):
    """The first line, or a cart without one: the order exists from here on (R-ORD-01)."""

    name = "orders.order_created"
    channel: str
    customer_id: str | None = None
    language: str
    currency: str


class OrderUpdated(OrderEvent):
    """An edit of a quotation. Totals may have changed."""

    name = "orders.order_updated"
    order_version: int
    total: Amount
    currency: str
    last_activity_at: str


class OrderSubmitted(OrderContent):
    """Checked out: priced, numbered, closed for editing. One per submission.

    `duplicate_of`: an order of the same customer, lines and total within ten minutes before (R-ORD-16).
    """

    name = "orders.order_submitted"
    once_per = ("order_id", "submission")
    duplicate_of: str | None = None


class OrderSent(OrderEvent):
    """Waits for the customer's answer: for an offline payment, or for a yes to what staff offered (O5). Once of each, per submission."""

    name = "orders.order_sent"
    once_per = ("order_id", "submission", "by")
    number: str
    submission: int
    who: Who
    currency: str
    decimals: int
    total: Amount
    by: Literal["payment", "staff"]
    reference: str | None = None
    """What the customer has to name when paying."""
    instructions: Instructions | None = None
    deadline_at: str | None = None
    valid_until: str | None = None
    to: str | None = None
    """Where staff send the offer, if not to the order's own address."""
    message: str | None = None
    """What staff say with it."""


class OrderConfirmed(OrderContent):
    """Binding: paid, authorised, or confirmed by staff. Told once per order and submission (R-ORD-33)."""

    name = "orders.order_confirmed"
    once_per = ("order_id", "submission")
    confirmed_by: Literal["auto", "staff"]
    confirmed_at: str
    paid: bool
    """Money for all of it is there."""
    reference: str | None = None
    """Of an unpaid one: what the customer has to name when paying."""
    instructions: Instructions | None = None
    """Of an unpaid one: how to pay (R-NOT-09)."""
    deadline_at: str | None = None
    assignment: Assignment | None = None
    expected_at: str | None = None
    """When the method's lead time is over, in the store's working days."""


class OrderReopened(OrderEvent):
    """Open for editing again. `submission` is the one that ended; nothing of another is touched by it."""

    name = "orders.order_reopened"
    number: str | None = None
    submission: int
    reason: str | None = None


class OrderCancelled(OrderEvent):
    """It will not be delivered."""

    name = "orders.order_cancelled"
    number: str | None = None
    who: Who
    reason: str
    state_before: str
    submission: int
    notify: bool = True
    note: str | None = None
    """What staff say of it among themselves."""


class OrderHeld(OrderEvent):
    """Not confirmed by itself, not started, not handed over until it is released (O13, R-ORD-50)."""

    name = "orders.order_held"
    number: str | None = None
    reason: str
    note: str | None = None


class OrderReleased(OrderEvent):
    """Its hold is over."""

    name = "orders.order_released"
    number: str | None = None
    note: str | None = None


class OrderLate(OrderEvent):
    """The promise is passed, or the hours that the shop allows itself (R-DLV-22). Told once per order and promise."""

    name = "orders.order_late"
    once_per = ("order_id", "late_since")
    number: str
    promised_at: str | None = None
    late_since: str
    hours: int | None = None
    """Of `delivery.late_after_hours`, where nothing was promised."""


class PaymentReminderDue(OrderEvent):
    """An offline payment was not seen yet, and the method says to remind of it, once (R-ORD-54)."""

    name = "orders.payment_reminder_due"
    once_per = ("order_id", "submission")
    number: str
    submission: int
    who: Who
    amount: Amount
    currency: str
    decimals: int
    reference: str
    instructions: Instructions | None = None
    deadline_at: str | None = None


class OrderStatusChanged(OrderEvent):
    """The display status moved; never money, stock or documents by itself (R-STA-01)."""

    name = "orders.order_status_changed"
    status_before: str
    status: str
    by: Literal["event", "staff"]


class OrderCompleted(OrderEvent):
    """Delivered, invoiced, settled, nothing open (R-ORD-62)."""

    name = "orders.order_completed"
    once_per = ("order_id",)
    closed_at: str


class SettingsChanged(Event):
    """The shop's settings have a new version; services that were down copy it from here."""

    name = "orders.settings_changed"
    aggregate: ClassVar[str] = "settings"
    aggregate_field: ClassVar[str] = "settings_id"
    once_per = ("settings_version",)
    settings_id: str = "settings"
    settings_version: int
    values: dict[str, Any]
    by: Actor
