"""An order in a seller's eyes (R-ACC-06): their lines and what these come to, where the goods go, and nothing else."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.contracts.api.public.kinds import (
    Code,
    Currency,
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
from shared.contracts.api.public.order import DeliveryStatus
from shared.values.address import Address


class SellersLine(Shown):
    """Units of one of their products."""

    id: LineId
    sku: Sku
    name: str = Field(examples=["Blue mug"])
    type: ProductType
    quantity: int = Field(examples=[2])
    unit_price: Money
    tax_rate: Percent
    net: Money = Field(examples=["25.00"])
    tax: Money = Field(examples=["4.75"])
    total: Money = Field(examples=["29.75"])
    seller_id: Code = Field(examples=["potters"])
    returnable: bool = Field(examples=[True])
    return_period_days: int | None = Field(examples=[None])
    weight_g: int = Field(examples=[300])
    allow_backorder: bool
    attributes: FreeObject
    barcode: str | None = Field(examples=["4006381333931"])
    quantity_reserved: int = Field(examples=[2])
    quantity_delivered: int = Field(examples=[0])
    quantity_returned: int = Field(examples=[0])
    quantity_cancelled: int = Field(examples=[0])


class SellersShipping(Shown):
    """How the order is sent."""

    method: Code = Field(examples=["standard"])
    name: str = Field(examples=["Standard"])
    pickup: bool


class SellersTotals(Shown):
    """What their lines come to."""

    net: Money = Field(examples=["25.00"])
    tax: Money = Field(examples=["4.75"])
    total: Money = Field(examples=["29.75"])


class SellersOrder(Shown):
    """A confirmed order in a seller's eyes. The phone of the address is for sellers who ship themselves."""

    id: OrderId
    number: str = Field(examples=["SO000123"])
    version: int = Field(examples=[3])
    language: Language
    currency: Currency
    test: bool
    state: Literal["confirmed"]
    delivery_status: DeliveryStatus
    created_at: Instant
    last_activity_at: Instant
    confirmed_at: Instant
    closed_at: Instant | None = Field(examples=[None])
    promised_at: Instant | None = Field(examples=[None])
    expected_at: Instant | None = Field(examples=[None])
    late: bool
    shipping_address: Address | None
    shipping: SellersShipping | None
    lines: list[SellersLine]
    totals: SellersTotals
