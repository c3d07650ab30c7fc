"""Ways to send goods."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from shared.contracts.api.public.kinds import Code, Country, Currency, Money, Page, Percent, Shown, Texts
from shared.contracts.api.public.path import Answer, Path, Subject, staff


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
    warehouse: Code = Field(default_factory=str, examples=["main"], description="Where a pickup's customers come to.")
    countries: list[Country] = Field(default_factory=list)
    max_weight_g: int = Field(default_factory=int, examples=[20000])
    lead_days: LeadTime = Field(default_factory=lambda: LeadTime(min=0, max=0))
    cut_off: str = Field(default_factory=str, examples=["14:00"], description="What is confirmed later counts from the next working day.")
    position: int = Field(examples=[1])
    active: bool = Field(examples=[True])


class ShippingMethodPage(Shown):
    """A page of shipping methods."""

    data: list[ShippingMethodShown]
    page: Page


SUBJECT: Final = Subject(
    name="Shipping methods",
    says="How goods leave, and what customers pay for it.",
    paths=(
        Path(
            at="GET /admin/v1/shipping_methods",
            name="list_shipping_methods",
            summary="List shipping methods",
            who=staff("catalogue.read"),
            answers={200: Answer(shape=ShippingMethodPage, says="A page, by position.")},
            paged=True,
        ),
        Path(
            at="DELETE /admin/v1/shipping_methods/{code}",
            name="archive_shipping_method",
            summary="Let nobody choose a shipping method any more",
            who=staff("settings.write"),
            answers={204: Answer(says="It is not active any more; PUT makes it so again.")},
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
