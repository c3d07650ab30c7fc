"""Shipping methods as carts see them: what they cost, and whom they serve (R-DLV-20)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from services.orders.domain.order import Purchase
from shared.values.money import ISO_DECIMALS, Precision, parse_percent

MAIN_WAREHOUSE: Final = "main"
"""Where goods leave when a method names no warehouse, as at delivery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingMethod:
    """A copy of delivery's method. Prices are ISO minor units by currency, rates basis points."""

    code: str
    names: Mapping[str, str]
    prices: Mapping[str, int]
    currency: str
    tax_rate_bp: int
    tax_rates_bp: Mapping[str, int]
    free_over: int | None
    """In `currency` only."""
    carrier: str
    pickup: bool
    countries: frozenset[str] | None
    max_weight_g: int | None
    lead_days_max: int | None
    cut_off: str | None
    warehouse: str
    position: int
    active: bool

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """The method of api.md, section 6."""
        currency = values["currency"]
        prices = {**(values.get("prices") or {}), currency: values["price"]}
        free_over, countries, lead_days = values.get("free_over"), values.get("countries"), values.get("lead_days")
        return cls(
            code=values["code"],
            names=values["names"],
            prices={code: _minor(code, price) for code, price in prices.items()},
            currency=currency,
            tax_rate_bp=parse_percent(values["tax_rate"]),
            tax_rates_bp={country: parse_percent(rate) for country, rate in (values.get("tax_rates") or {}).items()},
            free_over=None if free_over is None else _minor(currency, free_over),
            carrier=values.get("carrier") or "manual",
            pickup=values.get("pickup", False),
            countries=None if countries is None else frozenset(countries),
            max_weight_g=values.get("max_weight_g"),
            lead_days_max=None if lead_days is None else lead_days["max"],
            cut_off=values.get("cut_off"),
            warehouse=values.get("warehouse") or MAIN_WAREHOUSE,
            position=values.get("position", 0),
            active=values.get("active", True),
        )

    @property
    def pickup_points(self) -> list[str]:
        """Where the goods can be fetched: the method's warehouse. None but for a pickup."""
        return [self.warehouse] if self.pickup else []

    def carries(self, purchase: Purchase) -> bool:
        """Whether it is offered in the order's currency and bears the goods' weight."""
        light_enough = self.max_weight_g is None or purchase.weight_g <= self.max_weight_g
        return self.active and purchase.order.currency in self.prices and light_enough

    def serves(self, country: str | None) -> bool:
        """Whether it goes there; a pickup goes nowhere, and an address not given yet excludes nothing."""
        return self.pickup or country is None or self.countries is None or country in self.countries


def _minor(currency: str, amount: str) -> int:
    return Precision(currency, ISO_DECIMALS[currency]).parse(amount)
