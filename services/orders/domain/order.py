"""An order, from the first product in a cart to the last parcel: one record for life (R-ORD-01), its lines and its discounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any, ClassVar, Final, Literal

from shared.lifecycle import Lifecycle, Record
from shared.values.money import Precision

QUOTATION: Final = "quotation"
QUOTATION_SENT: Final = "quotation_sent"
CONFIRMED: Final = "confirmed"
CANCELLED: Final = "cancelled"

STATES: Final = ("quotation", "quotation_sent", "confirmed", "cancelled")
PAYMENT_STATUSES: Final = ("none", "unpaid", "pending", "authorized", "partial", "paid", "overpaid", "partially_refunded", "refunded")
DELIVERY_STATUSES: Final = ("none", "pending", "started", "partial", "full", "returned")
INVOICE_STATUSES: Final = ("none", "to_invoice", "invoiced")
RETURN_STATUSES: Final = ("none", "requested", "in_progress", "partial", "full")

ORDER_LIFECYCLE: Final = Lifecycle(
    "order",
    {
        (QUOTATION, "edit"): QUOTATION,
        (QUOTATION, "submit"): QUOTATION,
        (QUOTATION, "reopen"): QUOTATION,
        (QUOTATION, "mark_sent"): QUOTATION_SENT,
        (QUOTATION, "send"): QUOTATION_SENT,
        (QUOTATION, "confirm"): CONFIRMED,
        (QUOTATION, "expire"): CANCELLED,
        (QUOTATION, "cancel"): CANCELLED,
        (QUOTATION, "hold"): QUOTATION,
        (QUOTATION, "release"): QUOTATION,
        (QUOTATION_SENT, "submit"): QUOTATION_SENT,
        (QUOTATION_SENT, "mark_sent"): QUOTATION_SENT,
        (QUOTATION_SENT, "reopen"): QUOTATION,
        (QUOTATION_SENT, "confirm"): CONFIRMED,
        (QUOTATION_SENT, "expire"): CANCELLED,
        (QUOTATION_SENT, "cancel"): CANCELLED,
        (QUOTATION_SENT, "hold"): QUOTATION_SENT,
        (QUOTATION_SENT, "release"): QUOTATION_SENT,
        (CONFIRMED, "cancel"): CANCELLED,
        (CONFIRMED, "hold"): CONFIRMED,
        (CONFIRMED, "release"): CONFIRMED,
    },
)
"""Section 2 of lifecycles.md: O2 to O7, O9 (whose release is a reopen), O10, O13. A sent offer is sent again by how it is to be paid."""


@dataclass(kw_only=True)
class Order(Record):
    """The order itself. Amounts are ISO minor units, rates basis points; `Precision` and tax mode are frozen at creation (R-MON-13).

    `version` counts commands and edits, for `ETag` and `If-Match`; what other services tell never raises it.
    """

    LIFECYCLE: ClassVar[Lifecycle] = ORDER_LIFECYCLE

    state: str = QUOTATION
    version: int = 1
    number: str | None = None
    submission: int = 1
    """The running submission, or the one that a submit begins."""
    token_generation: int = 1
    channel: str
    language: str
    test: bool
    staff_priced: bool = False
    """Made or sent by staff: prices stand as they are, and customers change neither lines nor shipping (R-ORD-69, R-MON-13)."""
    offered: bool = False
    """Sent by staff, and its customer was not told yet how to pay."""
    currency: str
    decimals: int
    prices_include_tax: bool
    tax_rounding: Literal["per_line", "global"]
    prepayment_percent: int
    external_id: str | None = None
    customer_id: str | None = None
    """The account it belongs to: made while signed in, or assigned by staff; an equal e-mail gives nothing (R-ACC-01)."""
    team: str | None = None
    salesperson: str | None = None
    manager: str | None = None
    assignment_source: Literal["rule", "manual", "none"] = "none"
    tags: list[str] = field(default_factory=list)
    customer_type: Literal["private", "business"] = "private"
    customer_name: str | None = None
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    tax_id: str | None = None
    tax_exempt: bool = False
    shipping_address: dict[str, Any] | None = None
    billing_address: dict[str, Any] | None = None
    customer_note: str | None = None
    note: str | None = None
    """Staff's own: no customer sees it by any path (R-ORD-67)."""
    customer_reference: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    payment_method: str | None = None
    shipping_method: str | None = None
    shipping_name: str | None = None
    shipping_price: int = 0
    shipping_rate_bp: int = 0
    shipping_discount: int = 0
    shipping_voucher: int = 0
    shipping_net: int = 0
    shipping_tax: int = 0
    shipping_total: int = 0
    shipping_pickup: bool = False
    shipping_carrier: str | None = None
    shipping_lead_days_max: int | None = None
    shipping_cut_off: str | None = None
    """`14:00`, store time: what is confirmed later counts from the next working day."""
    pickup_point: str | None = None
    items: int = 0
    discount: int = 0
    shipping: int = 0
    voucher: int = 0
    net: int = 0
    tax: int = 0
    total: int = 0
    tax_lines: list[dict[str, int]] = field(default_factory=list)
    """{rate_bp, net, tax} for each rate."""
    authorized: int = 0
    captured: int = 0
    refunded: int = 0
    outstanding: int = 0
    status: str = "cart"
    payment_status: str = "none"
    delivery_status: str = "none"
    invoice_status: str = "none"
    return_status: str = "none"
    delivery_ready: bool = False
    """One of its deliveries can be handed over."""
    payment_problem: bool = False
    """Money that a person has to look at."""
    created_at: datetime
    last_activity_at: datetime
    submitted_at: datetime | None = None
    confirmed_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    closed_at: datetime | None = None
    hold_reason: str | None = None
    """Held while there is one: not confirmed by itself, not started, not handed over (O13)."""
    hold_note: str | None = None
    held_by: dict[str, Any] | None = None
    """The Actor."""
    held_at: datetime | None = None
    valid_until: datetime | None = None
    payment_deadline_at: datetime | None = None
    invoice_trigger: Literal["on_confirm", "on_payment", "on_delivery", "on_request"] | None = None
    """What makes its invoice, frozen at confirmation."""
    promised_at: datetime | None = None
    expected_at: datetime | None = None
    late: bool = False
    duplicate_of: str | None = None
    """The order that this one seems to repeat (R-ORD-16)."""
    fingerprint: str | None = None
    """Of customer, lines and total at submit, for the next order to be compared with."""

    @property
    def precision(self) -> Precision:
        """The decimals its amounts are rounded to and shown with."""
        return Precision(self.currency, self.decimals)

    @property
    def submitted(self) -> bool:
        """Checked out and not reopened since."""
        return self.submitted_at is not None

    @property
    def open(self) -> bool:
        """A cart that can be edited as it is."""
        return self.state == QUOTATION and not self.submitted

    @property
    def undecided(self) -> bool:
        """Neither binding nor over."""
        return self.state in (QUOTATION, QUOTATION_SENT)

    @property
    def held(self) -> bool:
        """Kept from going on until it is released (O13)."""
        return self.hold_reason is not None

    @property
    def due(self) -> int:
        """What a submit asks for, and what confirms: total × prepayment percent, rounded (R-ORD-36)."""
        return self.precision.round(Fraction(self.total * self.prepayment_percent, 100))

    @property
    def shipping_country(self) -> str | None:
        """Where the goods go."""
        return self.shipping_address["country"] if self.shipping_address else None

    @property
    def billing_country(self) -> str | None:
        """Where the invoice goes."""
        return self.billing_address["country"] if self.billing_address else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line. `net`, `tax` and `total` are after all discounts; the quantities with a prefix follow what other services tell."""

    id: str
    order_id: str
    position: int
    sku: str
    name: str
    type: Literal["goods", "service", "digital"]
    quantity: int
    unit_price: int
    list_price: int
    discount_bp: int = 0
    rate_bp: int
    discount: int = 0
    voucher: int = 0
    net: int = 0
    tax: int = 0
    total: int = 0
    seller_id: str | None
    returnable: bool
    return_period_days: int | None
    weight_g: int
    allow_backorder: bool
    attributes: Mapping[str, Any]
    barcode: str | None
    price_reason: str | None = None
    quantity_reserved: int = 0
    quantity_delivered: int = 0
    quantity_cancelled: int = 0
    quantity_invoiced: int = 0

    @property
    def goods(self) -> bool:
        """Whether a delivery brings it."""
        return self.type == "goods"


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """An order discount. `value` is basis points of a percent, else minor units; `amount` is what it takes off."""

    id: str
    order_id: str
    position: int
    label: str
    type: Literal["percent", "amount", "voucher"]
    value: int
    applies_to: Literal["items", "shipping", "all"]
    amount: int = 0


@dataclass(slots=True)
class Purchase:
    """An order with all that hangs on it."""

    order: Order
    lines: Sequence[Line] = ()
    discounts: Sequence[Discount] = ()
    stored_lines: Sequence[Line] = ()
    """As the store read them: the difference to `lines` is what it writes."""
    stored_discounts: Sequence[Discount] = ()
    stored_searched: Mapping[str, Any] = field(default_factory=dict)
    """What it is found by, as the store wrote it."""

    @property
    def goods(self) -> list[Line]:
        """The lines that a delivery brings."""
        return [line for line in self.lines if line.goods]

    @property
    def skus(self) -> list[str]:
        """Each sku once, sorted."""
        return sorted({line.sku for line in self.lines})

    @property
    def weight_g(self) -> int:
        """Grams of all goods."""
        return sum(line.weight_g * line.quantity for line in self.goods)
