"""What can be bought and shipped (R-ORD-04 to R-ORD-07, R-DLV-20), by the rules alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.orders.domain.catalogue import Product
from services.orders.domain.offer import Offer
from services.orders.domain.order import Line, Purchase
from services.orders.domain.promise import late_since
from services.orders.domain.requirements import requirements, requirements_of_staff, warnings
from services.orders.domain.shipping import ShippingMethod
from tests.support.driver import NOON
from tests.unit.orders.made import line, order, purchase

POST = ShippingMethod.of(
    {"code": "post", "names": {}, "price": "4.90", "currency": "EUR", "tax_rate": "19", "countries": ["DE"], "max_weight_g": 500}
)
MUG = Product(
    sku="LIN_1",
    names={"en": "Mug"},
    prices={"EUR": 2500, "USD": 0},
    currency="EUR",
    tax_rate_bp=0,
    tax_rates_bp={},
    type="goods",
    seller_id=None,
    weight_g=100,
    returnable=True,
    return_period_days=None,
    return_actions=None,
    allow_backorder=False,
    barcode=None,
    hs_code=None,
    attributes={},
    active=True,
)


def offer(**values: Any) -> Offer:
    given: dict[str, Any] = {
        "products": {"LIN_1": MUG},
        "methods": {"post": POST},
        "available": {"LIN_1": 4},
        "allow_zero_price": False,
        "default_language": "en",
    }
    return Offer(**given | values)


@pytest.mark.parametrize(("currency", "zero", "price"), [("EUR", False, 2500), ("USD", False, None), ("USD", True, 0), ("VND", True, None)])
def test_a_product_has_a_price_where_it_has_one_in_the_currency(currency: str, zero: bool, price: int | None) -> None:
    """R-ORD-06, R-MON-24: 0 only in a shop that sells for nothing."""
    assert offer(allow_zero_price=zero).price_of(MUG, order(currency=currency)) == price


@pytest.mark.parametrize(
    ("products", "values", "sellable"),
    [
        ({"LIN_1": MUG}, {}, True),
        ({}, {}, False),
        ({}, {"staff_priced": True}, False),
        ({"LIN_1": replace(MUG, active=False)}, {"staff_priced": True}, False),
        ({"LIN_1": MUG}, {"currency": "VND"}, False),
        ({"LIN_1": MUG}, {"currency": "VND", "staff_priced": True}, True),
    ],
)
def test_what_is_sold_is_there_and_active_and_has_a_price(products: dict[str, Product], values: dict[str, Any], sellable: bool) -> None:
    assert offer(products=products).sellable(line(), order(**values)) is sellable


@pytest.mark.parametrize(
    ("method", "lines", "values", "carries"),
    [
        (POST, [line()], {}, True),
        (POST, [line(quantity=5)], {}, True),
        (POST, [line(weight_g=126)], {}, False),
        (replace(POST, max_weight_g=None), [line(weight_g=9999)], {}, True),
        (POST, [line(), line("lin_2", weight_g=9999, type="service")], {}, True),
        (replace(POST, active=False), [line()], {}, False),
        (POST, [line()], {"currency": "VND"}, False),
    ],
)
def test_a_method_carries_what_is_light_enough_in_a_currency_it_has(
    method: ShippingMethod, lines: list[Line], values: dict[str, Any], carries: bool
) -> None:
    assert method.carries(purchase(*lines, **values)) is carries


@pytest.mark.parametrize(
    ("method", "country", "serves"),
    [
        (POST, "DE", True),
        (POST, "FR", False),
        (POST, None, True),
        (replace(POST, countries=None), "FR", True),
        (replace(POST, pickup=True), "FR", True),
    ],
)
def test_a_method_goes_to_its_countries(method: ShippingMethod, country: str | None, serves: bool) -> None:
    assert method.serves(country) is serves


def wants(**values: Any) -> Purchase:
    """An order that lacks nothing, but for `values`."""
    whole: dict[str, Any] = {"email": "ada@example.org", "shipping_address": {"country": "DE"}, "shipping_method": "post"}
    lines = values.pop("lines", [line()])
    return purchase(*lines, **whole | values)


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        (wants(), ""),
        (wants(lines=[]), "lines_missing"),
        (wants(email=None), "contact_missing"),
        (wants(email=None, phone="+49301"), "contact_missing"),
        (wants(email=None, phone="+49301", staff_priced=True), ""),
        (wants(email=None, staff_priced=True), "contact_missing"),
        (wants(shipping_address=None), "shipping_address_missing"),
        (wants(shipping_address=None, shipping_pickup=True), ""),
        (wants(shipping_method=None), "shipping_method_missing"),
        (wants(shipping_method="gone"), "shipping_method_missing"),
        (wants(lines=[line(weight_g=999)]), "shipping_method_missing"),
        (wants(shipping_address={"country": "FR"}), "address_not_served"),
        (wants(shipping_address=None, shipping_method=None), "shipping_address_missing shipping_method_missing"),
        (wants(lines=[line(quantity=1), line("lin_2", 1)]), "product_unavailable"),
        (wants(lines=[line(type="service")], shipping_address=None, shipping_method=None), ""),
    ],
)
def test_all_that_a_submit_needs_is_named_at_once(wanted: Purchase, codes: str) -> None:
    """R-ORD-04; what staff wrote down by telephone needs no e-mail."""
    assert [each.code for each in requirements(wanted, offer())] == codes.split()


def test_staff_need_lines_that_are_sold_and_nothing_else() -> None:
    """O7, R-ORD-45."""
    bare = wants(email=None, shipping_address=None, shipping_method=None)

    assert requirements_of_staff(bare, offer()) == []
    assert [each.code for each in requirements_of_staff(wants(lines=[]), offer())] == ["lines_missing"]
    assert [each.pointer for each in requirements_of_staff(wants(lines=[line(), line("lin_2")]), offer())] == ["/lines/1"]


@pytest.mark.parametrize(
    ("lines", "available", "pointers"),
    [
        ([line()], {"LIN_1": 4}, []),
        ([line()], {"LIN_1": 3}, ["/lines/0"]),
        ([line()], {}, ["/lines/0"]),
        ([line(allow_backorder=True)], {}, []),
        ([line(type="service")], {}, []),
        ([line("lin_2", 1, sku="LIN_1", type="service"), line()], {"LIN_1": 3}, ["/lines/1"]),
        ([line(quantity=3), line("lin_2", 2, sku="LIN_1")], {"LIN_1": 4}, ["/lines/0", "/lines/1"]),
    ],
)
def test_more_than_there_is_is_warned_of_over_all_lines_of_a_sku(lines: list[Line], available: dict[str, int], pointers: list[str]) -> None:
    """R-ORD-05."""
    assert [each.pointer for each in warnings(purchase(*lines), offer(available=available), [])] == pointers


def test_a_shelf_that_promised_too_much_has_none() -> None:
    (warning,) = warnings(purchase(line()), offer(available={"LIN_1": -3}), [])

    assert warning.meta == {"available": 0}


SOON, LATER = NOON + timedelta(hours=1), NOON + timedelta(hours=2)


@pytest.mark.parametrize(
    ("values", "hours", "late"),
    [
        ({}, 5, None),
        ({"confirmed_at": NOON}, None, None),
        ({"confirmed_at": NOON}, 1, SOON),
        ({"confirmed_at": NOON, "promised_at": LATER}, 1, LATER),
        ({"confirmed_at": NOON, "promised_at": LATER, "expected_at": SOON}, 1, LATER),
        ({"confirmed_at": NOON, "promised_at": LATER, "expected_at": LATER}, 1, LATER),
        ({"confirmed_at": NOON, "promised_at": SOON, "expected_at": LATER}, 1, NOON),
    ],
)
def test_an_order_is_late_by_its_promise_or_by_what_the_shop_allows_itself(values: dict[str, Any], hours: int | None, late: Any) -> None:
    """R-DLV-22: a promise that cannot be kept is broken at once."""
    assert late_since(order(**values), hours) == late


@pytest.mark.parametrize(
    ("state", "submitted", "is_open"), [("quotation", False, True), ("quotation", True, False), ("quotation_sent", False, False)]
)
def test_a_cart_is_open_until_it_is_submitted_or_sent(state: str, submitted: bool, is_open: bool) -> None:
    assert order(state=state, submitted_at=NOON if submitted else None).open is is_open
