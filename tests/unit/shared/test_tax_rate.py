"""Whose rate a line has."""

import pytest

from shared.values.money import Precision
from shared.values.pricing import Taxed, price_for_customer, tax_rate_for

RATES = {"DE": 1900, "FR": 2000}


def rate(taxed: Taxed, *, shipping: str | None, billing: str | None, exempt: bool = False) -> int:
    return tax_rate_for(
        taxed, plain_rate_bp=2100, rates_by_country=RATES, shipping_country=shipping, billing_country=billing, tax_exempt=exempt
    )


@pytest.mark.parametrize(("taxed", "expected"), [(Taxed.GOODS, 1900), (Taxed.SHIPPING, 1900), (Taxed.SERVICE, 2000), (Taxed.DIGITAL, 2000)])
def test_goods_are_taxed_where_they_go_and_services_where_they_are_billed(taxed: Taxed, expected: int) -> None:
    """R-MON-25."""
    assert rate(taxed, shipping="DE", billing="FR") == expected


@pytest.mark.parametrize("taxed", Taxed)
def test_the_other_country_stands_in_for_a_missing_one(taxed: Taxed) -> None:
    """R-MON-25."""
    assert rate(taxed, shipping="DE", billing=None) == 1900
    assert rate(taxed, shipping=None, billing="FR") == 2000


@pytest.mark.parametrize("taxed", Taxed)
def test_no_country_and_a_country_without_a_rate_have_the_plain_rate(taxed: Taxed) -> None:
    """R-MON-25: the other country's rate does not stand in for a rate that is not named."""
    assert rate(taxed, shipping=None, billing=None) == 2100
    assert rate(taxed, shipping="NL", billing="NL") == 2100
    assert rate(Taxed.GOODS, shipping="NL", billing="FR") == 2100


@pytest.mark.parametrize("taxed", Taxed)
def test_the_tax_exempt_pay_no_tax(taxed: Taxed) -> None:
    """R-MON-25."""
    assert rate(taxed, shipping="DE", billing="FR", exempt=True) == 0


@pytest.mark.parametrize(
    ("include_tax", "exempt", "price"), [(True, True, 1000), (True, False, 1210), (False, True, 1210), (False, False, 1210)]
)
def test_the_tax_in_the_price_is_not_charged_to_the_tax_exempt(include_tax: bool, exempt: bool, price: int) -> None:
    """R-MON-25: price ÷ (1 + plain rate), rounded."""
    found = price_for_customer(1210, plain_rate_bp=2100, prices_include_tax=include_tax, tax_exempt=exempt, precision=Precision("EUR", 2))
    assert found == price


def test_the_price_without_tax_is_rounded_to_the_currency() -> None:
    """R-MON-25, R-MON-02: 10.00 ÷ 1.19 is 8.403…, 100 crowns ÷ 1.21 are 82.6…"""
    euro = price_for_customer(1000, plain_rate_bp=1900, prices_include_tax=True, tax_exempt=True, precision=Precision("EUR", 2))
    crowns = price_for_customer(10_000, plain_rate_bp=2100, prices_include_tax=True, tax_exempt=True, precision=Precision("CZK", 0))
    assert (euro, crowns) == (840, 8300)
