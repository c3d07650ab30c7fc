"""Orders that staff take on the phone."""

from __future__ import annotations

import pytest

from tests.support.shop import Shop
from tests.support.shop_client import GERMANY


def test_staff_take_an_order_with_prices_and_discounts_of_their_own(shop: Shop) -> None:
    """R-ORD-45, R-MON-11: own price with a reason, percent off a line, a discount on the order; one tax engine for all."""
    sku, other = shop.product(), shop.product(price="100.00", tax_rate="7")
    body = {
        "customer": {"name": "Sara", "email": "sara@example.org"},
        "lines": [
            {"sku": sku, "quantity": 3, "unit_price": "10.00", "price_reason": "an old promise"},
            {"sku": other, "quantity": 1, "discount_percent": "10", "price_reason": "a scratch"},
        ],
        "discounts": [{"label": "Regular", "type": "percent", "value": "10"}],
        "shipping_method": "standard",
        "shipping_price": "0.00",
        "shipping_address": GERMANY,
        "external_id": f"crm-{sku}",
    }
    reply = shop.staff("POST", "/orders", body, key=shop.key("sales"))
    order = reply.ok(201)
    assert reply.headers["location"] == f"/admin/v1/orders/{order['id']}"
    assert reply.headers["etag"] == f'"{order["version"]}"'

    assert (order["state"], order["channel"], bool(order["number"])) == ("quotation", "phone", True)
    assert [(line["net"], line["tax"]) for line in order["lines"]] == [("27.00", "5.13"), ("81.00", "5.67")]
    first = order["lines"][0]
    assert (first["unit_price"], first["list_price"], first["price_reason"]) == ("10.00", "12.50", "an old promise")
    assert (order["totals"]["discount"], order["totals"]["net"], order["totals"]["tax"]) == ("12.00", "108.00", "10.80")
    assert order["totals"]["total"] == "118.80"
    assert shop.order(order["id"])["totals"] == order["totals"]
    assert order["id"] in [listed["id"] for listed in shop.listed("/orders", channel="phone", limit="100")]

    again = shop.staff("POST", "/orders", body)
    assert (again.status, again.code) == (409, "already_exists")


@pytest.mark.parametrize("field", ["unit_price", "discount_percent", "discounts", "shipping_price"])
def test_a_price_of_ones_own_needs_the_permission(shop: Shop, field: str) -> None:
    """api.md section 5: 403 names orders.price_override; support may take orders, at the shop's prices."""
    line = {"sku": shop.product(), "quantity": 1}
    body = {"customer": {"name": "Sara"}, "lines": [line], "shipping_method": "standard", "shipping_address": GERMANY}
    priced = {
        "unit_price": {"lines": [line | {"unit_price": "1.00", "price_reason": "because"}]},
        "discount_percent": {"lines": [line | {"discount_percent": "5", "price_reason": "because"}]},
        "discounts": {"discounts": [{"label": "Regular", "type": "percent", "value": "5"}]},
        "shipping_price": {"shipping_price": "0.00"},
    }
    support = shop.key("support")
    assert shop.staff("POST", "/orders", body, key=support).ok(201)["totals"]["total"] == "20.71"
    reply = shop.staff("POST", "/orders", body | priced[field], key=support)
    assert (reply.status, reply.code, reply.body["required_permission"]) == (403, "forbidden", "orders.price_override")


def test_a_price_of_ones_own_needs_a_reason(shop: Shop) -> None:
    """R-ORD-45."""
    body = {"customer": {"name": "Sara"}, "lines": [{"sku": shop.product(), "quantity": 1, "unit_price": "1.00"}]}
    reply = shop.staff("POST", "/orders", body)
    assert (reply.status, reply.code) == (422, "validation_failed")
    assert reply.body["errors"][0]["pointer"] == "/lines/0/price_reason"
