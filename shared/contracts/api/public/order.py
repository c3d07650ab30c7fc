"""An order as the API shows it (api.md, section 5): a cart is an order in state quotation, the same record with the same id."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from shared.contracts.api.public.kinds import (
    Code,
    Currency,
    CustomerId,
    DiscountId,
    FreeObject,
    Instant,
    Language,
    LineId,
    Money,
    OrderId,
    Percent,
    ProductType,
    Shown,
    Sku,
)
from shared.contracts.api.public.problem import REQUIREMENTS
from shared.values.address import Address

PaymentStatus = Literal["none", "unpaid", "pending", "authorized", "partial", "paid", "overpaid", "partially_refunded", "refunded"]
DeliveryStatus = Literal["none", "pending", "started", "partial", "full", "returned"]
InvoiceStatus = Literal["none", "to_invoice", "invoiced"]
ReturnStatus = Literal["none", "requested", "in_progress", "partial", "full"]
OrderState = Literal["quotation", "quotation_sent", "confirmed", "cancelled"]
Channel = Literal["web", "phone", "api", "import"]


class Customer(Shown):
    """Who buys. `id` is that of an account."""

    id: CustomerId | None
    type: Literal["private", "business"]
    name: str | None = Field(examples=["Sara Rad"])
    email: str | None = Field(examples=["sara@example.org"])
    phone: str | None = Field(examples=["+4930123456"])
    company: str | None = Field(examples=[None])
    tax_id: str | None = Field(examples=[None])


class OrderShipping(Shown):
    """How the order is sent, and what that costs."""

    method: Code = Field(examples=["standard"])
    name: str = Field(examples=["Standard"])
    price: Money = Field(examples=["4.90"])
    tax_rate: Percent
    discount: Money = Field(examples=["0.00"])
    net: Money = Field(examples=["4.90"])
    tax: Money = Field(examples=["0.93"])
    total: Money = Field(examples=["5.83"])
    pickup: bool
    pickup_point: Code | None = Field(examples=[None])


class Line(Shown):
    """Units of one product. `discount` and `voucher` are its shares of the order's; net, tax and total are after both."""

    id: LineId
    sku: Sku
    name: str = Field(examples=["Blue mug"])
    type: ProductType
    quantity: int = Field(examples=[2])
    unit_price: Money
    list_price: Money
    discount_percent: Percent = Field(examples=["0"])
    tax_rate: Percent
    discount: Money = Field(examples=["0.00"])
    voucher: Money = Field(examples=["0.00"])
    net: Money = Field(examples=["25.00"])
    tax: Money = Field(examples=["4.75"])
    total: Money = Field(examples=["29.75"])
    seller_id: Code | None = Field(examples=[None])
    returnable: bool = Field(examples=[True])
    return_period_days: int | None = Field(examples=[None])
    weight_g: int = Field(examples=[300])
    allow_backorder: bool
    attributes: FreeObject
    barcode: str | None = Field(examples=["4006381333931"])
    quantity_reserved: int = Field(examples=[0])
    quantity_delivered: int = Field(examples=[0])
    quantity_returned: int = Field(examples=[0])
    quantity_cancelled: int = Field(examples=[0])
    quantity_invoiced: int = Field(examples=[0])
    quantity_credited: int = Field(examples=[0])
    quantity_to_invoice: int = Field(examples=[0])


class StaffLine(Line):
    """A line in staff's eyes."""

    price_reason: str | None = Field(examples=[None], description="Why staff gave it a price of its own.")


class Discount(Shown):
    """What is taken off. `value` is a percent or an amount, by `type`; `amount` what came of it."""

    id: DiscountId
    code: str | None = Field(examples=[None])
    label: str = Field(examples=["Welcome"])
    type: Literal["percent", "amount", "voucher"]
    value: str = Field(examples=["10"])
    applies_to: Literal["items", "shipping", "all"]
    amount: Money = Field(examples=["2.50"])


class TaxLine(Shown):
    """All that is taxed at one rate."""

    rate: Percent
    net: Money = Field(examples=["29.90"])
    tax: Money = Field(examples=["5.68"])


class Totals(Shown):
    """net + tax = total, always. Vouchers come off the total with its tax."""

    items: Money = Field(examples=["25.00"])
    discount: Money = Field(examples=["0.00"])
    shipping: Money = Field(examples=["4.90"])
    voucher: Money = Field(examples=["0.00"])
    net: Money = Field(examples=["29.90"])
    tax: Money = Field(examples=["5.68"])
    total: Money = Field(examples=["35.58"])
    authorized: Money = Field(examples=["0.00"])
    paid: Money = Field(examples=["0.00"])
    refunded: Money = Field(examples=["0.00"])
    outstanding: Money = Field(examples=["35.58"])
    tax_lines: list[TaxLine]


class Requirement(Shown):
    """What submit still needs; `pointer` names what a customer changes to mend it."""

    code: str = Field(json_schema_extra={"enum": [*REQUIREMENTS]}, examples=["shipping_method_missing"])
    pointer: str = Field(examples=["/shipping_method"])


class Warned(Shown):
    """What a customer should know, and may submit in spite of."""

    code: Literal["stock_short", "price_changed", "voucher_cut", "duplicate_suspected"]
    pointer: str = Field(examples=["/lines/0"])
    meta: dict[str, Any] | None = Field(examples=[{"available": 1}])


class CustomersOrder(Shown):
    """An order in its customer's eyes."""

    id: OrderId
    number: str | None = Field(examples=["SO000123"], description="For people, from submit on; never used in paths.")
    version: int = Field(examples=[3], description="Rises with commands and edits, never with what other services tell.")
    channel: Channel
    language: Language
    currency: Currency
    test: bool
    state: OrderState
    status: str = Field(examples=["cart"], description="The display status; `status_name` is it in the order's language.")
    status_name: str = Field(examples=["Cart"])
    payment_status: PaymentStatus
    delivery_status: DeliveryStatus
    invoice_status: InvoiceStatus
    return_status: ReturnStatus
    locked: bool
    cancel_reason: str | None = Field(examples=[None])
    metadata: FreeObject
    external_id: str | None = Field(examples=[None])
    customer_reference: str | None = Field(examples=[None])
    customer_note: str | None = Field(examples=[None])
    customer: Customer
    shipping_address: Address | None
    billing_address: Address | None
    payment_method: Code | None = Field(examples=["card"])
    prepayment_percent: int = Field(examples=[100])
    shipping: OrderShipping | None
    prices_include_tax: bool
    tax_rounding: Literal["per_line", "global"]
    lines: list[Line]
    discounts: list[Discount] = Field(examples=[[]])
    totals: Totals
    requirements: list[Requirement]
    warnings: list[Warned] = Field(examples=[[]])
    created_at: Instant
    last_activity_at: Instant
    submitted_at: Instant | None = Field(examples=[None])
    confirmed_at: Instant | None = Field(examples=[None])
    cancelled_at: Instant | None = Field(examples=[None])
    closed_at: Instant | None = Field(examples=[None])
    valid_until: Instant | None = Field(examples=[None])
    payment_deadline_at: Instant | None = Field(examples=[None])
    promised_at: Instant | None = Field(examples=[None])
    expected_at: Instant | None = Field(examples=[None])
    late: bool


class NewCart(CustomersOrder):
    """A cart that was just made. The token opens it to its guest; it is in this answer and never again."""

    number: str | None = Field(examples=[None])
    payment_method: Code | None = Field(examples=[None])
    order_token: str = Field(examples=["01KAVR5Z3M8QW4T7R2N5V0C1DE.1.c2lnbmF0dXJl"])


class Assignment(Shown):
    """Who looks after the order."""

    team: Code | None = Field(examples=[None])
    salesperson: str | None = Field(examples=[None])
    manager: str | None = Field(examples=[None])
    source: Literal["rule", "manual", "none"] = Field(examples=["none"])
    rule: str | None = Field(examples=[None])


class HeldBy(Shown):
    """Who holds it. Those without an account have no `id`."""

    type: Literal["customer", "staff", "api_key", "system", "provider"] = Field(examples=["staff"])
    id: str = Field(default_factory=str, examples=["usr_01KAVR5Z3M8QW4T7R2N5V0C1DE"])
    name: str = Field(examples=["Lena"])


class Hold(Shown):
    """Why nothing leaves for now."""

    reason: str = Field(examples=["address to be checked"])
    note: str | None = Field(examples=[None])
    by: HeldBy
    at: Instant


class Order(CustomersOrder):
    """An order in staff's eyes."""

    lines: list[StaffLine]  # type: ignore[assignment]
    tags: list[str] = Field(examples=[[]])
    hold: Hold | None = Field(examples=[None])
    assignment: Assignment
    note: str | None = Field(examples=[None], description="Staff's own; no customer sees it.")
