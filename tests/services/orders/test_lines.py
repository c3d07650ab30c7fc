"""What is in a cart."""

from __future__ import annotations

import pytest

from tests.support.driver import ServiceDriver
from tests.support.samples_orders import by_guest, given_cart, given_product, given_shop, seen


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def test_same_sku_and_attributes_join_one_line(orders: ServiceDriver) -> None:
    """R-ORD-03."""
    cart = given_cart(orders)

    by_guest(orders, "POST", cart, "/lines", {"sku": "mug", "quantity": 3})
    red = by_guest(orders, "POST", cart, "/lines", {"sku": "mug", "quantity": 1, "attributes": {"colour": "red"}}).body

    assert [(line["quantity"], line["attributes"]) for line in red["lines"]] == [(5, {}), (1, {"colour": "red"})]
    assert red["lines"][0]["id"] == cart["lines"][0]["id"]


def test_quantity_0_removes_the_line(orders: ServiceDriver) -> None:
    """R-ORD-03."""
    cart = given_cart(orders)
    line = cart["lines"][0]["id"]

    assert by_guest(orders, "PATCH", cart, f"/lines/{line}", {"quantity": 7}).body["lines"][0]["quantity"] == 7
    assert by_guest(orders, "PATCH", cart, f"/lines/{line}", {"quantity": 0}).body["lines"] == []
    assert by_guest(orders, "PATCH", cart, f"/lines/{line}", {"quantity": 1}).status == 404


def test_adding_and_removing_before_paying_leaves_nothing(orders: ServiceDriver) -> None:
    """R-ORD-11."""
    cart = given_cart(orders)
    more = by_guest(orders, "POST", cart, "/lines", {"sku": "engraving", "quantity": 1}).body
    assert more["totals"]["total"] != cart["totals"]["total"]

    less = by_guest(orders, "DELETE", cart, f"/lines/{more['lines'][1]['id']}").body

    assert less["totals"] == cart["totals"]
    assert less["payment_status"] == "none"


def test_added_line_is_refused_with_its_pointer(orders: ServiceDriver) -> None:
    """R-ORD-06: also what costs nothing."""
    cart = given_cart(orders)
    given_product(orders, "free", price="0.00")

    for body, pointer, code in (
        ({"sku": "nothing", "quantity": 1}, "/sku", "unknown_sku"),
        ({"sku": "free", "quantity": 1}, "/sku", "validation_failed"),
        ({"sku": "mug", "quantity": 1_000_000}, "/quantity", "quantity_too_large"),
    ):
        answer = by_guest(orders, "POST", cart, "/lines", body)
        assert (answer.status, answer.code, answer.body["errors"][0]["pointer"]) == (422, code, pointer)
    assert seen(orders, cart)["version"] == 1


def test_cart_has_at_most_500_lines(orders: ServiceDriver) -> None:
    lines = [{"sku": "mug", "quantity": 1, "attributes": {"number": number}} for number in range(500)]
    cart = given_cart(orders, lines=lines, shipping_method=...)
    assert by_guest(orders, "POST", cart, "/lines", {"sku": "mug", "quantity": 1, "attributes": {"number": 1}}).status == 200

    answer = by_guest(orders, "POST", cart, "/lines", {"sku": "engraving", "quantity": 1})

    assert (answer.status, answer.code) == (422, "validation_failed")


def test_inactive_product_cannot_be_put_in(orders: ServiceDriver) -> None:
    cart = given_cart(orders)
    given_product(orders, "old", active=False)

    assert by_guest(orders, "POST", cart, "/lines", {"sku": "old", "quantity": 1}).code == "unknown_sku"


def test_zero_prices_are_sold_when_the_shop_allows_it(orders: ServiceDriver) -> None:
    """R-ORD-06."""
    given_product(orders, "free", price="0.00")
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"orders": {"allow_zero_price": True}}})

    assert given_cart(orders, lines=[{"sku": "free", "quantity": 1}])["lines"][0]["unit_price"] == "0.00"


def test_a_sum_that_no_document_can_hold_is_refused(orders: ServiceDriver) -> None:
    given_product(orders, "island", price="9999999999999.99")
    cart = given_cart(orders)

    answer = by_guest(orders, "POST", cart, "/lines", {"sku": "island", "quantity": 1000})

    assert (answer.status, answer.code) == (422, "quantity_too_large")


def test_customers_cannot_change_what_staff_have_priced(orders: ServiceDriver) -> None:
    """R-ORD-69."""
    order = orders.asks("POST", "/admin/v1/orders", {"lines": [{"sku": "mug", "quantity": 1}]}).body
    line = order["lines"][0]["id"]

    for method, path, body in (
        ("POST", "/lines", {"sku": "mug", "quantity": 1}),
        ("PATCH", f"/lines/{line}", {"quantity": 2}),
        ("DELETE", f"/lines/{line}", None),
        ("PATCH", "", {"shipping_method": "pickup"}),
    ):
        answer = by_guest(orders, method, order, path, body)
        assert (answer.status, answer.code, answer.body["allowed"]) == (409, "illegal_transition", ["submit"])
    assert by_guest(orders, "PATCH", order, body={"name": "Ada"}).status == 200
