"""What sellers see of orders: confirmed ones with a line of theirs, reduced to those lines (R-ACC-06)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.driver import ServiceDriver
from tests.support.samples_catalogue import asks_with, key_with
from tests.support.samples_order_facts import captured
from tests.support.samples_orders import HOME, given_cart, given_product, given_shop, given_submitted, seen
from tests.support.samples_people import given_staff

LINES = [{"sku": "mug", "quantity": 2}, {"sku": "tray", "quantity": 1}, {"sku": "engraving", "quantity": 1}]
ADDRESS = HOME | {"phone": "+4930901820"}


@pytest.fixture(autouse=True)
def shop(orders: ServiceDriver) -> None:
    """The mug is leaf's, the tray is loom's, the engraving the house's own."""
    given_shop(orders)
    given_product(orders, "tray", seller_id="loom", price="8.00")


def confirmed(orders: ServiceDriver, **body: Any) -> dict[str, Any]:
    whole = {"lines": LINES, "shipping_address": ADDRESS, "phone": "+4930901820", "name": "Ada", "customer_note": "ring twice"}
    order = given_submitted(orders, **(whole | body))
    orders.hears(captured(order), seq=3)
    return seen(orders, order)


def listed(orders: ServiceDriver, secret: str, query: str = "") -> list[str]:
    return [order["id"] for order in asks_with(orders, secret, "GET", f"/admin/v1/orders{query}").body["data"]]


def test_a_seller_sees_the_order_reduced_to_their_lines(orders: ServiceDriver) -> None:
    """R-ACC-06: their lines and totals, where the goods go, and nothing else."""
    order = confirmed(orders)
    secret = key_with(orders, "seller")

    answer = asks_with(orders, secret, "GET", f"/admin/v1/orders/{order['id']}")

    assert answer.status == 200
    shown = answer.body
    assert [line["sku"] for line in shown["lines"]] == ["mug"]
    assert shown["totals"] == {"net": "25.00", "tax": "5.00", "total": "30.00"}
    assert shown["shipping_address"] == seen(orders, order)["shipping_address"] | {"phone": None}
    assert shown["shipping"] == {"method": "standard", "name": "Standard", "pickup": False}
    assert set(shown) == {
        "id", "number", "version", "language", "currency", "test", "state", "delivery_status", "created_at", "last_activity_at",
        "confirmed_at", "closed_at", "promised_at", "expected_at", "late", "shipping_address", "shipping", "lines", "totals",
    }  # fmt: skip
    assert set(shown["lines"][0]) == {
        "id", "sku", "name", "type", "quantity", "unit_price", "tax_rate", "net", "tax", "total", "seller_id", "returnable",
        "return_period_days", "weight_g", "allow_backorder", "attributes", "barcode", "quantity_reserved", "quantity_delivered",
        "quantity_returned", "quantity_cancelled",
    }  # fmt: skip
    for secret_word in ("ada@example.org", "+4930901820", "ring twice", "tray", "4.90", order["totals"]["total"]):
        assert secret_word not in answer.raw.decode(), secret_word


def test_two_sellers_of_one_order_see_it_each_in_their_own_lines(orders: ServiceDriver) -> None:
    """R-ACC-06"""
    order = confirmed(orders)
    loom = key_with(orders, "seller", seller_id="loom")

    [shown] = asks_with(orders, loom, "GET", "/admin/v1/orders").body["data"]

    assert shown == asks_with(orders, loom, "GET", f"/admin/v1/orders/{order['id']}").body
    assert ([line["sku"] for line in shown["lines"]], shown["totals"]["total"]) == (["tray"], "9.60")


def test_orders_that_are_not_confirmed_or_hold_no_line_of_theirs_are_not_there(orders: ServiceDriver) -> None:
    """R-ACC-06: 404 by id, absent from the list and from the search."""
    cart, submitted = given_cart(orders), given_submitted(orders)
    foreign = confirmed(orders, lines=LINES[1:])
    own = confirmed(orders)
    secret = key_with(orders, "seller")

    for order in (cart, submitted, foreign):
        answer = asks_with(orders, secret, "GET", f"/admin/v1/orders/{order['id']}")
        assert (answer.status, answer.code) == (404, "not_found")
    assert listed(orders, secret) == [own["id"]]
    assert listed(orders, secret, f"?q={own['number'].lower()}") == [own["id"]]
    assert listed(orders, secret, f"?q={foreign['number']}") == []
    assert listed(orders, secret, f"?q={submitted['number']}") == []
    assert listed(orders, key_with(orders, "seller", seller_id="other")) == []


def test_sellers_cannot_search_for_what_they_may_not_see(orders: ServiceDriver) -> None:
    """R-ACC-06: whether a search finds an order tells as much as showing it."""
    own = confirmed(orders)
    secret = key_with(orders, "seller")

    for found in ("ada", "ada@example.org", "+4930901820", "berlin", "%"):
        assert listed(orders, secret, f"?q={found.replace('%', '%25').replace('+', '%2B')}") == [], found
    for query in ("payment_status=paid", "invoice_status=none", "channel=web", "customer_id=cus_1", "seller_id=loom", "state=quotation"):
        answer = asks_with(orders, secret, "GET", f"/admin/v1/orders?{query}")
        assert (answer.status, answer.code) == (422, "validation_failed"), query
    assert listed(orders, secret, "?state=confirmed&delivery_status=pending") == [own["id"]]
    assert listed(orders, secret, "?delivery_status=full") == []


def test_the_phone_is_for_sellers_who_ship_themselves(orders: ServiceDriver) -> None:
    """R-ACC-06"""
    order = confirmed(orders)
    orders.asks("PATCH", "/internal/v1/settings", {"patch": {"delivery": {"split_by": "seller"}}})

    shown = asks_with(orders, key_with(orders, "seller"), "GET", f"/admin/v1/orders/{order['id']}").body

    assert shown["shipping_address"]["phone"] == "+4930901820"


def test_a_sellers_pages_hold_each_order_once_newest_first(orders: ServiceDriver) -> None:
    """R-ORD-60"""
    made = []
    for _ in range(3):
        made.append(confirmed(orders)["id"])
        orders.later(minutes=1)
    secret = key_with(orders, "seller")

    first = asks_with(orders, secret, "GET", "/admin/v1/orders?limit=2").body

    assert [order["id"] for order in first["data"]] == [made[2], made[1]]
    assert listed(orders, secret, f"?limit=2&after={first['page']['next']}") == [made[0]]


def test_staff_of_a_seller_see_as_little_whatever_their_roles(orders: ServiceDriver) -> None:
    """R-ACC-06"""
    order = confirmed(orders)
    member = given_staff(orders, "owner", seller_id="leaf")

    shown = member.asks("GET", f"/admin/v1/orders/{order['id']}").body

    assert [line["sku"] for line in shown["lines"]] == ["mug"]
    assert "customer" not in shown
    for method, path, body, permission in (
        ("POST", "/orders", {"lines": []}, "orders.write"),
        ("GET", "/customers", None, "customers.read"),
        ("GET", "/staff", None, "access.write"),
    ):
        assert member.asks(method, "/admin/v1" + path, body).body["required_permission"] == permission
