"""Which tax rate a line has, and what a tax-exempt customer pays when prices include tax (R-MON-25)."""

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from typing import assert_never

from shared.values.money import Precision
from shared.values.pricing.document import ALL_OF_IT


class Taxed(StrEnum):
    """What is taxed: a product by its type, or the shipping."""

    GOODS = "goods"
    SERVICE = "service"
    DIGITAL = "digital"
    SHIPPING = "shipping"


def tax_rate_for(
    taxed: Taxed,
    *,
    plain_rate_bp: int,
    rates_by_country: Mapping[str, int],
    shipping_country: str | None,
    billing_country: str | None,
    tax_exempt: bool,
) -> int:
    """The rate in basis points. Source: R-MON-25.

    Goods and shipping are taxed where they go, services and digital goods where the customer is billed; the other country stands in for
    one that is not known. A country without a rate of its own, or none known, has `plain_rate_bp`.
    """
    if tax_exempt:
        return 0
    match taxed:
        case Taxed.GOODS | Taxed.SHIPPING:
            country = shipping_country or billing_country
        case Taxed.SERVICE | Taxed.DIGITAL:
            country = billing_country or shipping_country
        case _:
            assert_never(taxed)
    return plain_rate_bp if country is None else rates_by_country.get(country, plain_rate_bp)


def price_for_customer(price: int, *, plain_rate_bp: int, prices_include_tax: bool, tax_exempt: bool, precision: Precision) -> int:
    """The unit price that is put on the line: the tax-exempt customer does not pay the tax that is in it. Source: R-MON-25."""
    if not (tax_exempt and prices_include_tax):
        return price
    return precision.round(Fraction(price * ALL_OF_IT, ALL_OF_IT + plain_rate_bp))
