"""What carts and orders take (api.md, section 5). A field that is left out stays as it is; null takes it away."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.orders.actions.lines import LARGEST_QUANTITY, NewLine
from services.orders.actions.staff_orders import StaffDiscount, StaffLine, StaffOrder
from services.orders.domain.contact import clean_email
from shared.contracts.shop_settings import Language
from shared.values.address import Address
from shared.values.clock import parse_rfc3339
from shared.values.free_json import FreeJson
from shared.values.ids import CODE_PATTERN, ID_PATTERN
from shared.values.money import AMOUNT_PATTERN, PERCENT_PATTERN


def rfc3339_time(text: str) -> str:
    """The text, which names an instant. Raises ValueError."""
    try:
        parse_rfc3339(text)
    except ValueError:
        raise ValueError("is no RFC 3339 time with an offset") from None
    return text


Code = Annotated[str, Field(pattern=f"^{CODE_PATTERN.pattern}$")]
Email = Annotated[str, Field(max_length=320, json_schema_extra={"format": "email"}), AfterValidator(clean_email)]
Short = Annotated[str, Field(min_length=1, max_length=200)]
Note = Annotated[str, Field(min_length=1, max_length=2000)]
Tag = Annotated[str, Field(min_length=1, max_length=64)]
Time = Annotated[str, Field(max_length=40, json_schema_extra={"format": "date-time"}), AfterValidator(rfc3339_time)]
Amount = Annotated[str, Field(max_length=40, json_schema_extra={"pattern": AMOUNT_PATTERN})]
Percent = Annotated[str, Field(max_length=10, json_schema_extra={"pattern": PERCENT_PATTERN})]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Quantity = Annotated[int, Field(ge=1, le=LARGEST_QUANTITY)]
CustomerId = Annotated[str, Field(pattern=f"^{ID_PATTERN.pattern}$")]
CustomerType = Literal["private", "business"]


class Body(BaseModel):
    """Base of the bodies: unknown fields and texts for numbers are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", str_strip_whitespace=True)

    def given(self, *left_out: str) -> dict[str, Any]:
        """The fields that stood in the request, without those named."""
        return {name: getattr(self, name) for name in self.model_fields_set if name not in left_out}


class LineBody(Body):
    """Units of a product."""

    sku: Code
    quantity: Quantity
    attributes: FreeJson = {}

    def line(self) -> NewLine:
        """As the actions take it."""
        return NewLine(sku=self.sku, quantity=self.quantity, attributes=self.attributes)


class QuantityBody(Body):
    """How many units a line has from now on; 0 takes it out."""

    quantity: Annotated[int, Field(ge=0, le=LARGEST_QUANTITY)]


class CartPatch(Body):
    """Who buys, where to, how. Types of customer and languages cannot be taken away, so null is none of them."""

    email: Email | None = None
    phone: Short | None = None
    name: Short | None = None
    company: Short | None = None
    tax_id: Short | None = None
    customer_type: CustomerType = "private"
    language: Language = "en"
    shipping_address: Address | None = None
    billing_address: Address | None = None
    shipping_method: Code | None = None
    pickup_point: Code | None = None
    customer_note: Note | None = None
    customer_reference: Short | None = None
    metadata: FreeJson = {}


class CartBody(CartPatch):
    """A new cart."""

    currency: Currency | None = None
    lines: Annotated[list[LineBody], Field(max_length=500)] = []


class CustomerBody(Body):
    """The customer of an order made by staff."""

    type: CustomerType = "private"
    name: Short | None = None
    email: Email | None = None
    phone: Short | None = None
    company: Short | None = None
    tax_id: Short | None = None
    tax_exempt: bool = False

    def contact(self) -> dict[str, Any]:
        """As the fields of a cart."""
        return self.given("type") | {"customer_type": self.type}


class StaffLineBody(LineBody):
    """A line with a price of its own."""

    unit_price: Amount | None = None
    discount_percent: Percent | None = None
    price_reason: Short | None = None


class DiscountBody(Body):
    """An order discount."""

    label: Short
    type: Literal["percent", "amount", "voucher"]
    value: Amount
    applies_to: Literal["items", "shipping", "all"] = "items"


class StaffOrderBody(Body):
    """`POST /admin/v1/orders`."""

    customer_id: CustomerId | None = None
    customer: CustomerBody = CustomerBody()
    lines: Annotated[list[StaffLineBody], Field(max_length=500)]
    discounts: Annotated[list[DiscountBody], Field(max_length=20)] = []
    shipping_method: Code | None = None
    shipping_price: Amount | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    language: Language | None = None
    currency: Currency | None = None
    channel: Literal["phone", "web", "api"] = "phone"
    prepayment_percent: Annotated[int, Field(ge=1, le=100)] | None = None
    customer_reference: Short | None = None
    customer_note: Note | None = None
    external_id: Short | None = None
    pickup_point: Code | None = None
    valid_until: Time | None = None
    promised_at: Time | None = None
    note: Note | None = None
    tags: Annotated[list[Tag], Field(max_length=50)] = []
    metadata: FreeJson = {}

    @model_validator(mode="after")
    def _one_customer(self) -> StaffOrderBody:
        if self.customer_id is not None and "customer" in self.model_fields_set:
            raise ValueError("give customer_id or customer, not both")
        return self

    def wanted(self, maker: str | None) -> StaffOrder:
        """As the action takes it; `maker` is who asks."""
        contact = ["shipping_address", "billing_address", "customer_reference", "customer_note", "metadata"]
        if self.language is not None:
            contact.append("language")
        return StaffOrder(
            channel=self.channel,
            language=self.language,
            currency=self.currency,
            prepayment_percent=self.prepayment_percent,
            external_id=self.external_id,
            manager=maker,
            valid_until=None if self.valid_until is None else parse_rfc3339(self.valid_until),
            promised_at=None if self.promised_at is None else parse_rfc3339(self.promised_at),
            note=self.note,
            tags=self.tags,
            pickup_point=self.pickup_point,
            customer_id=self.customer_id,
            given=({} if self.customer_id else self.customer.contact()) | {name: getattr(self, name) for name in contact},
            lines=[
                StaffLine(
                    line=line.line(), unit_price=line.unit_price, discount_percent=line.discount_percent, price_reason=line.price_reason
                )
                for line in self.lines
            ],
            discounts=[StaffDiscount(label=d.label, type=d.type, value=d.value, applies_to=d.applies_to) for d in self.discounts],
            shipping_method=self.shipping_method,
            shipping_price=self.shipping_price,
        )
