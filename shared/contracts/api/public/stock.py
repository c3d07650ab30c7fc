"""Stock, what is held of it, and shipping methods."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from shared.contracts.api.public.catalogue import RefusedItem
from shared.contracts.api.public.kinds import (
    Code,
    Country,
    Currency,
    Instant,
    LineId,
    Money,
    OrderId,
    Page,
    Percent,
    ReservationId,
    Shown,
    Sku,
    Texts,
)
from shared.contracts.api.public.path import Answer, Path, Query, Subject, staff


class PlaceStock(Shown):
    """What lies at one place."""

    warehouse: Code = Field(examples=["main"])
    location: Code = Field(examples=["stock"])
    on_hand: int = Field(examples=[10])
    reserved: int = Field(examples=[2])


class Stock(Shown):
    """available = on_hand - reserved - held. `held` is for orders that are being paid."""

    sku: Sku
    on_hand: int = Field(examples=[10])
    reserved: int = Field(examples=[2])
    held: int = Field(examples=[0])
    available: int = Field(examples=[8])
    locations: list[PlaceStock]


class StockPage(Shown):
    """A page of stock."""

    data: list[Stock]
    page: Page


class CountsTaken(Shown):
    """What became of many counts."""

    updated: int = Field(examples=[2])
    errors: list[RefusedItem] = Field(
        examples=[[{"index": 2, "sku": "mug-red", "code": "validation_failed", "message": "on_hand: Field required"}]]
    )


class ReservedLine(Shown):
    """Units of a line, and where they lie."""

    order_line_id: LineId
    sku: Sku
    quantity: int = Field(examples=[2])
    warehouse: Code = Field(examples=["main"])
    location: Code = Field(examples=["stock"])


class Reservation(Shown):
    """Goods kept for an order: a hold until it is paid or the time is over, then firm."""

    id: ReservationId
    order_id: OrderId
    kind: Literal["hold", "firm"]
    state: Literal["active", "consumed", "released", "expired"]
    expires_at: Instant | None
    lines: list[ReservedLine]
    created_at: Instant


class ReservationPage(Shown):
    """A page of reservations."""

    data: list[Reservation]
    page: Page


class LeadTime(Shown):
    """Working days from the confirmation to the customer."""

    min: int = Field(examples=[2])
    max: int = Field(examples=[4])


class ShippingMethodShown(Shown):
    """A way to send goods. What has no limit or threshold leaves that field out."""

    code: Code = Field(examples=["standard"])
    names: Texts = Field(examples=[{"en": "Standard"}])
    price: Money = Field(examples=["4.90"])
    currency: Currency
    prices: dict[Currency, Money] = Field(examples=[{"USD": "5.90"}])
    tax_rate: Percent
    tax_rates: dict[Country, Percent] = Field(examples=[{"AT": "20"}])
    free_over: Money = Field(default_factory=str, examples=["80.00"])
    carrier: Literal["manual"]
    pickup: bool
    countries: list[Country] = Field(default_factory=list)
    max_weight_g: int = Field(default_factory=int, examples=[20000])
    lead_days: LeadTime = Field(default_factory=lambda: LeadTime(min=0, max=0))
    position: int = Field(examples=[1])
    active: bool = Field(examples=[True])


class ShippingMethodPage(Shown):
    """A page of shipping methods."""

    data: list[ShippingMethodShown]
    page: Page


_NO_SELLERS: Final = ("not_found",)

SUBJECT: Final = Subject(
    name="Stock and shipping",
    says="What is on the shelf, what of it is kept for whom, and how goods leave.",
    paths=(
        Path(
            at="GET /admin/v1/stock",
            name="list_stock",
            summary="List stock",
            who=staff("stock.read"),
            answers={200: Answer(shape=StockPage, says="A page, by sku.")},
            paged=True,
            errors=_NO_SELLERS,
            queries=(
                Query(name="sku", example="mug-blue"),
                Query(name="location", example="stock"),
                Query(name="warehouse", example="main"),
                Query(name="below", says="Fewer than that many are available.", several=False, example="5", pattern="^[0-9]{1,10}$"),
            ),
        ),
        Path(
            at="PUT /admin/v1/stock",
            name="count_stock",
            summary="Take up to 1000 counts",
            who=staff("stock.write"),
            takes={"data": [{"sku": "mug-blue", "on_hand": 10}]},
            answers={200: Answer(shape=CountsTaken, says="How many were taken, and what is wrong with the others.")},
            errors=_NO_SELLERS,
        ),
        Path(
            at="PUT /admin/v1/stock/{sku}",
            name="count_one",
            summary="Take the count of one product",
            who=staff("stock.write"),
            takes={"on_hand": 10, "note": "counted on Friday"},
            answers={200: Answer(shape=Stock, says="What is there now.")},
        ),
        Path(
            at="GET /admin/v1/stock/{sku}",
            name="get_stock",
            summary="Look at one product's stock",
            who=staff("stock.read"),
            answers={200: Answer(shape=Stock, says="What is there; nothing, when it was never counted.")},
            errors=("validation_failed",),
        ),
        Path(
            at="GET /admin/v1/reservations",
            name="list_reservations",
            summary="List reservations",
            who=staff("stock.read"),
            answers={200: Answer(shape=ReservationPage, says="A page, newest first.")},
            paged=True,
            errors=_NO_SELLERS,
            queries=(
                Query(name="order_id", example="ord_01KAVR5Z3M8QW4T7R2N5V0C1DE"),
                Query(name="sku", example="mug-blue"),
                Query(name="kind", one_of=("hold", "firm")),
                Query(name="state", one_of=("active", "consumed", "released", "expired")),
            ),
        ),
        Path(
            at="GET /admin/v1/shipping_methods",
            name="list_shipping_methods",
            summary="List shipping methods",
            who=staff("catalogue.read"),
            answers={200: Answer(shape=ShippingMethodPage, says="A page, by position.")},
            paged=True,
        ),
        Path(
            at="PUT /admin/v1/shipping_methods/{code}",
            name="put_shipping_method",
            summary="Make or replace a shipping method",
            who=staff("settings.write"),
            takes={"names": {"en": "Standard"}, "price": "4.90", "currency": "EUR", "tax_rate": "19", "lead_days": {"min": 2, "max": 4}},
            answers={200: Answer(shape=ShippingMethodShown, says="The method as it is now.")},
            errors=("money_precision", "currency_mismatch"),
        ),
        Path(
            at="GET /admin/v1/shipping_methods/{code}",
            name="get_shipping_method",
            summary="Look at a shipping method",
            who=staff("catalogue.read"),
            answers={200: Answer(shape=ShippingMethodShown, says="The method.")},
        ),
    ),
)
