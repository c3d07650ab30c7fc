"""What a cart costs: the catalogue's price of today, the rate of the country, shipping, and what stays frozen."""

from __future__ import annotations

import pytest

from tests.support.driver import ServiceDriver
from tests.support.samples_orders import (
    HOME,
    PICKUP,
    STANDARD,
    STOREFRONT,
    by_guest,
    given_cart,
    given_method,
    given_product,
    given_shop,
    seen,
    submits,
)


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def given_settings(orders: ServiceDriver, version: int = 1, **values: object) -> None:
    orders.commands("PUT", "/internal/v1/settings", {"version": version, "values": values})


def test_totals_are_the_engines(orders: ServiceDriver) -> None:
    """R-MON-04, R-MON-09, R-MON-14: 2 x 12.50 at 20 %, 4.90 at 19 %."""
    cart = given_cart(orders)

    assert cart["totals"] == {
        "items": "25.00",
        "discount": "0.00",
        "shipping": "4.90",
        "voucher": "0.00",
        "net": "29.90",
        "tax": "5.93",
        "total": "35.83",
        "authorized": "0.00",
        "paid": "0.00",
        "refunded": "0.00",
        "outstanding": "35.83",
        "tax_lines": [{"rate": "20", "net": "25.00", "tax": "5.00"}, {"rate": "19", "net": "4.90", "tax": "0.93"}],
    }
    assert (cart["shipping"]["price"], cart["shipping"]["total"]) == ("4.90", "5.83")


def test_prices_with_tax_keep_the_total(orders: ServiceDriver) -> None:
    """R-MON-05."""
    given_settings(orders, tax={"prices_include_tax": True})

    cart = given_cart(orders)

    assert cart["totals"]["total"] == "29.90"
    assert cart["lines"][0]["net"] == "20.83"


def test_tax_mode_and_decimals_are_frozen_at_creation(orders: ServiceDriver) -> None:
    """R-MON-13."""
    cart = given_cart(orders)
    given_settings(orders, tax={"prices_include_tax": True, "rounding": "global"}, store={"currency_decimals": {"EUR": 0}})

    edited = by_guest(orders, "POST", cart, "/lines", {"sku": "mug", "quantity": 1}).body

    assert (edited["prices_include_tax"], edited["tax_rounding"], edited["totals"]["items"]) == (False, "per_line", "37.50")
    fresh = given_cart(orders)
    assert (fresh["prices_include_tax"], fresh["tax_rounding"], fresh["totals"]["items"]) == (True, "global", "26")


def test_goods_are_taxed_where_they_go_and_services_where_they_are_billed(orders: ServiceDriver) -> None:
    """R-MON-25."""
    for sku, kind in (("mug", "goods"), ("engraving", "service")):
        given_product(orders, sku, type=kind, tax_rates={"AT": "10", "FR": "5.5"})
    lines = [{"sku": "mug", "quantity": 1}, {"sku": "engraving", "quantity": 1}]

    home = given_cart(orders, lines=lines)
    assert [line["tax_rate"] for line in home["lines"]] == ["20", "20"]
    moved = by_guest(
        orders, "PATCH", home, body={"shipping_address": HOME | {"country": "AT"}, "billing_address": HOME | {"country": "FR"}}
    ).body
    assert [line["tax_rate"] for line in moved["lines"]] == ["10", "5.5"]
    billed = by_guest(orders, "PATCH", home, body={"shipping_address": None}).body
    assert [line["tax_rate"] for line in billed["lines"]] == ["5.5", "5.5"]


def test_edit_takes_todays_price_and_says_so(orders: ServiceDriver) -> None:
    """O2: prices are refreshed on edits."""
    cart = given_cart(orders)
    given_product(orders, "mug", price="13.00")
    assert seen(orders, cart)["lines"][0]["unit_price"] == "12.50"
    changed = {"code": "price_changed", "pointer": "/lines/0", "meta": {"old": "12.50", "new": "13.00"}}
    assert seen(orders, cart)["warnings"] == [changed]

    edited = by_guest(orders, "PATCH", cart, body={"name": "Ada"}).body

    assert edited["lines"][0]["unit_price"] == "13.00"
    assert edited["warnings"] == [changed]
    assert seen(orders, cart)["warnings"] == []


def test_submitted_prices_stay(orders: ServiceDriver) -> None:
    """R-MON-13."""
    cart = given_cart(orders)
    total = submits(orders, cart).body["order"]["totals"]["total"]
    given_product(orders, "mug", price="99.00")

    assert submits(orders, cart).body["order"]["totals"]["total"] == total == seen(orders, cart)["totals"]["total"]


def test_methods_are_listed_with_their_price_for_this_cart(orders: ServiceDriver) -> None:
    """R-DLV-20."""
    cart = given_cart(orders, shipping_method=...)

    assert by_guest(orders, "GET", cart, "/shipping_methods").body["data"] == [
        {
            "code": "standard",
            "name": "Standard",
            "price": "4.90",
            "tax_rate": "19",
            "total": "5.83",
            "currency": "EUR",
            "pickup": False,
            "pickup_points": [],
        },
        {
            "code": "pickup",
            "name": "Pick up",
            "price": "0.00",
            "tax_rate": "19",
            "total": "0.00",
            "currency": "EUR",
            "pickup": True,
            "pickup_points": ["main"],
        },
    ]


def test_methods_are_limited_by_country_weight_currency_and_being_active(orders: ServiceDriver) -> None:
    """R-DLV-20, R-MON-24."""
    cart = given_cart(orders, shipping_method=...)

    def codes() -> list[str]:
        return [method["code"] for method in by_guest(orders, "GET", cart, "/shipping_methods").body["data"]]

    for version, limit in enumerate(
        ({"countries": ["AT"]}, {"max_weight_g": 799}, {"active": False}, {"currency": "USD", "prices": {}}), 2
    ):
        given_method(orders, STANDARD | limit, version=version)
        assert codes() == ["pickup"], limit
        assert by_guest(orders, "PATCH", cart, body={"shipping_method": "standard"}).code == "shipping_method_unavailable"
    given_method(orders, STANDARD, version=9)
    assert codes() == ["standard", "pickup"]


def test_older_copy_of_a_method_never_replaces_a_newer(orders: ServiceDriver) -> None:
    given_method(orders, STANDARD | {"price": "7.00"}, version=3)
    given_method(orders, STANDARD | {"price": "1.00"}, version=2)

    assert given_cart(orders)["shipping"]["price"] == "7.00"


def test_shipping_is_free_from_free_over_on(orders: ServiceDriver) -> None:
    """R-DLV-20: items at 12.50 reach 60.00 with the fifth."""
    cart = given_cart(orders, lines=[{"sku": "mug", "quantity": 4}])
    assert cart["shipping"]["price"] == "4.90"

    five = by_guest(orders, "POST", cart, "/lines", {"sku": "mug", "quantity": 1}).body

    assert (five["shipping"]["price"], five["totals"]["shipping"]) == ("0.00", "0.00")
    line = five["lines"][0]["id"]
    assert by_guest(orders, "PATCH", cart, f"/lines/{line}", {"quantity": 4}).body["shipping"]["price"] == "4.90"


def test_free_over_counts_in_the_methods_own_currency_only(orders: ServiceDriver) -> None:
    given_product(orders, "mug", prices={"VND": "9000000"})

    assert given_cart(orders, currency="VND")["shipping"]["price"] == "45000"


def test_currency_without_decimals_is_never_divided(orders: ServiceDriver) -> None:
    """R-MON-21."""
    given_product(orders, "mug", prices={"VND": "9001"})

    cart = given_cart(orders, currency="VND", shipping_method=...)

    assert (cart["lines"][0]["unit_price"], cart["totals"]["total"]) == ("9001", "21602")


def test_method_that_no_longer_bears_the_goods_has_to_be_chosen_anew(orders: ServiceDriver) -> None:
    cart = given_cart(orders)
    given_method(orders, STANDARD | {"max_weight_g": 900}, version=2)

    heavier = by_guest(orders, "POST", cart, "/lines", {"sku": "mug", "quantity": 1}).body

    assert [item["code"] for item in heavier["requirements"]] == ["shipping_method_missing"]


def test_names_follow_the_carts_language(orders: ServiceDriver) -> None:
    given_product(orders, "mug", names={"en": "Mug", "fa": "ماگ"})
    cart = given_cart(orders)

    persian = by_guest(orders, "PATCH", cart, body={"language": "fa"}).body

    assert (persian["lines"][0]["name"], persian["status_name"]) == ("ماگ", "سبد خرید")
    given_settings(orders, store={"languages": ["en"]})
    assert orders.asks("POST", "/store/v1/carts", {"language": "fa"}, caller=STOREFRONT).status == 422


def test_pickup_point_is_the_methods_warehouse(orders: ServiceDriver) -> None:
    """api.md, section 5: chosen with the method, gone with it."""
    given_method(orders, PICKUP | {"warehouse": "north"}, version=2)
    cart = given_cart(orders, shipping_method="pickup", shipping_address=...)
    assert cart["shipping"]["pickup_point"] == "north"
    methods = by_guest(orders, "GET", cart, "/shipping_methods").body["data"]
    assert {method["code"]: method["pickup_points"] for method in methods} == {"standard": [], "pickup": ["north"]}

    assert by_guest(orders, "PATCH", cart, body={"pickup_point": "north"}).body["shipping"]["pickup_point"] == "north"
    assert by_guest(orders, "PATCH", cart, body={"pickup_point": None}).body["shipping"]["pickup_point"] == "north"
    delivered = by_guest(orders, "PATCH", cart, body={"shipping_method": "standard"}).body
    assert delivered["shipping"]["pickup_point"] is None


@pytest.mark.parametrize("method", ["pickup", "standard"])
def test_goods_cannot_be_fetched_elsewhere(orders: ServiceDriver, method: str) -> None:
    cart = given_cart(orders, shipping_method=method)

    answer = by_guest(orders, "PATCH", cart, body={"pickup_point": "south"})

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/pickup_point")
