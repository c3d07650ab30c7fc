"""Submit, orders' part: once, at the price that was shown, complete, numbered."""

from __future__ import annotations

from typing import Any

import pytest

from shared.web.caller import HOUSE
from tests.support.driver import ServiceDriver
from tests.support.samples_order_news import recorded
from tests.support.samples_orders import (
    STANDARD,
    by_guest,
    given_cart,
    given_method,
    given_product,
    given_shop,
    given_submitted,
    guest,
    seen,
    submits,
)


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def test_submit_numbers_the_order_and_closes_it_for_editing(orders: ServiceDriver) -> None:
    """O3, R-ORD-19."""
    answer = submits(orders, given_cart(orders), expected_total="35.83").body

    order = answer["order"]
    assert (answer["number"], answer["submission"], answer["total"], answer["due"]) == ("SO000001", 1, "35.83", "35.83")
    assert answer["lines"] == [{"line_id": order["lines"][0]["id"], "sku": "mug", "quantity": 2, "allow_backorder": False}]
    assert (order["state"], order["status"], order["payment_method"], order["payment_status"]) == (
        "quotation",
        "incomplete",
        "card",
        "unpaid",
    )
    assert order["submitted_at"] == "2031-05-01T12:00:00.000000Z"
    assert orders.told() == ["orders.order_created", "orders.order_submitted", "orders.order_status_changed"]


def test_fact_carries_the_whole_order(orders: ServiceDriver) -> None:
    """R-MON-14: what is told is what is shown."""
    order = given_submitted(orders, name="Ada", customer_note="Ring twice")

    [fact] = orders.told_events("orders.order_submitted")

    assert (fact.totals.total, fact.totals.tax, fact.decimals, fact.prepayment_percent) == ("35.83", "5.93", 2, 100)
    [line] = fact.lines
    assert (line.line_id, line.sku, line.quantity, line.net, line.tax_rate_bp, line.seller_id) == (
        order["lines"][0]["id"],
        "mug",
        2,
        "25.00",
        2000,
        "leaf",
    )
    assert [(seller.code, seller.emails, seller.language) for seller in fact.sellers] == [("leaf", ("leaf@example.org",), "en")]
    assert (fact.who.email, fact.who.token_generation, fact.customer_note) == ("ada@example.org", 1, "Ring twice")
    assert fact.shipping is not None
    assert (fact.shipping.method, fact.shipping.total, fact.shipping.lead_days_max) == ("standard", "5.83", 5)
    assert fact.shipping_address["country"] == "DE"


def test_same_method_again_answers_the_same_order(orders: ServiceDriver) -> None:
    """R-ORD-02, R-ORD-10."""
    cart = given_cart(orders)

    assert submits(orders, cart).body == submits(orders, cart).body
    assert orders.told("orders.order_submitted") == ["orders.order_submitted"]


def test_another_method_while_a_payment_may_be_open_is_refused(orders: ServiceDriver) -> None:
    order = given_submitted(orders)

    answer = submits(orders, order, method="wire")

    assert (answer.status, answer.code) == (409, "payment_in_progress")


def test_numbers_differ_and_follow_the_prefix(orders: ServiceDriver) -> None:
    """R-ORD-19."""
    first = given_submitted(orders)
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"orders": {"number_prefix": "A-"}}})

    assert (first["number"], given_submitted(orders)["number"]) == ("SO000001", "A-000002")


def test_incomplete_cart_is_refused_with_its_requirements(orders: ServiceDriver) -> None:
    """R-ORD-07."""
    cart = given_cart(orders, email=..., shipping_address=...)

    answer = submits(orders, cart)

    assert (answer.status, answer.code) == (422, "cart_incomplete")
    assert [(item["code"], item["pointer"]) for item in answer.body["errors"]] == [
        ("contact_missing", "/email"),
        ("shipping_address_missing", "/shipping_address"),
    ]
    assert seen(orders, cart)["number"] is None


def test_price_that_changed_is_refused_and_the_cart_has_the_new_one(orders: ServiceDriver) -> None:
    """R-ORD-08, api.md 13.10."""
    cart = given_cart(orders)
    given_product(orders, "mug", price="13.00", weight_g=400)

    answer = submits(orders, cart, expected_total="35.83")

    assert (answer.status, answer.code) == (409, "price_changed")
    assert [(item["pointer"], item["meta"]) for item in answer.body["errors"]] == [
        ("/lines/0", {"old": "12.50", "new": "13.00"}),
        ("/expected_total", {"old": "35.83", "new": "37.03"}),
    ]
    assert seen(orders, cart)["totals"]["total"] == "37.03"
    assert submits(orders, cart, expected_total="37.03").status == 200


def test_shipping_or_rate_that_changed_is_refused_too(orders: ServiceDriver) -> None:
    """R-ORD-08."""
    cart = given_cart(orders)
    given_method(orders, STANDARD | {"price": "5.90"}, version=2)
    answer = submits(orders, cart)
    assert (answer.code, answer.body["errors"][0]["pointer"]) == ("price_changed", "/shipping")

    given_product(orders, "mug", tax_rate="21", weight_g=400)
    answer = submits(orders, cart)
    assert (answer.code, answer.body["errors"][0]["pointer"]) == ("price_changed", "/totals/total")
    assert submits(orders, cart).status == 200


def test_other_total_than_expected_is_refused_and_changes_nothing(orders: ServiceDriver) -> None:
    """R-ORD-08."""
    cart = given_cart(orders)

    answer = submits(orders, cart, expected_total="35.00")

    assert (answer.status, answer.body["errors"][0]["meta"]) == (409, {"old": "35.00", "new": "35.83"})
    assert seen(orders, cart)["version"] == 1


def test_malformed_expected_total_is_no_amount(orders: ServiceDriver) -> None:
    assert submits(orders, given_cart(orders), expected_total="35.834").code == "money_precision"


def test_total_0_is_confirmed_without_a_payment(orders: ServiceDriver) -> None:
    """R-ORD-13."""
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"orders": {"allow_zero_price": True}}})
    given_product(orders, "sample", price="0.00")
    cart = given_cart(orders, lines=[{"sku": "sample", "quantity": 1}], shipping_method="pickup")

    submitted_answer = submits(orders, cart).body
    assert (submitted_answer["confirmed"], submitted_answer["due"]) == (False, "0.00")
    path = f"/internal/v1/orders/{cart['id']}/confirm_free"
    ends = {"submission": submitted_answer["submission"], "reason": "nothing to pay"}
    answers = [orders.asks("POST", path, ends, caller=guest(cart["id"])).body["order"] for _ in range(2)]

    assert [(order["state"], order["status"], order["payment_status"]) for order in answers] == [("confirmed", "confirmed", "none")] * 2
    assert orders.told("orders.order_submitted", "orders.order_confirmed") == ["orders.order_submitted", "orders.order_confirmed"]
    [fact] = orders.told_events("orders.order_confirmed")
    assert fact.paid
    submitted, confirmed = (body for body in orders.told_bodies() if body["type"] in ("orders.order_submitted", "orders.order_confirmed"))
    assert submitted["aggregate_seq"] < confirmed["aggregate_seq"]
    assert submits(orders, cart).body["confirmed"]


def test_an_order_with_something_to_pay_is_never_confirmed_as_free(orders: ServiceDriver) -> None:
    """R-ORD-34."""
    cart = given_cart(orders)
    submission = submits(orders, cart).body["submission"]

    path = f"/internal/v1/orders/{cart['id']}/confirm_free"
    answer = orders.asks("POST", path, {"submission": submission, "reason": "nothing to pay"}, caller=guest(cart["id"]))

    assert answer.body["order"]["state"] == "quotation"
    assert orders.told("orders.order_confirmed") == []


def test_prepayment_asks_its_percent_of_the_total(orders: ServiceDriver) -> None:
    """R-ORD-36: 30 % of 35.83 is 10.749."""
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"orders": {"prepayment_percent": 30}}})
    cart = given_cart(orders)

    assert submits(orders, cart).body["due"] == "10.75"


def _reopened(orders: ServiceDriver, order: dict[str, Any]) -> None:
    """An open cart that has a number, so that money can be recorded for it."""
    path = f"/internal/v1/orders/{order['id']}/reopen"
    assert orders.commands("POST", path, {"submission": 1, "reason": "out_of_stock"}).status == 200


def test_money_that_is_there_already_is_not_asked_for_again(orders: ServiceDriver) -> None:
    """R-ORD-36, P1: never more than is outstanding."""
    order = given_submitted(orders)
    _reopened(orders, order)
    orders.hears(recorded(order, amount="10.00", captured_total="10.00"), seq=2)

    assert submits(orders, order).body["due"] == "25.83"


def test_an_order_that_is_paid_before_its_submit_is_confirmed_by_it(orders: ServiceDriver) -> None:
    """R-ORD-36: an open cart is not bought by money alone, and nothing is left to ask for when it is submitted."""
    order = given_submitted(orders)
    _reopened(orders, order)
    orders.hears(recorded(order), seq=2)
    assert orders.told("orders.order_confirmed") == []

    answer = submits(orders, order).body
    assert (answer["confirmed"], answer["due"]) == (False, "0.00")
    path = f"/internal/v1/orders/{order['id']}/confirm_free"
    ends = {"submission": answer["submission"], "reason": "nothing to pay"}
    assert orders.asks("POST", path, ends, caller=guest(order["id"])).body["order"]["state"] == "confirmed"
    assert orders.told("orders.order_confirmed") == ["orders.order_confirmed"]


def test_submit_with_an_old_version_is_refused(orders: ServiceDriver) -> None:
    """R-ORD-46."""
    cart = given_cart(orders)
    by_guest(orders, "PATCH", cart, body={"name": "Ada"})
    path = f"/internal/v1/orders/{cart['id']}/submit"

    answer = orders.asks("POST", path, {"payment_method": "card"}, caller=HOUSE, headers={"if-match": '"1"'})

    assert answer.status == 412
