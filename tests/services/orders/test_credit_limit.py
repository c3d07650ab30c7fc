"""How much a customer may owe: over it an order is held until a person has looked (R-ORD-17)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.orders.test_own_orders import checks_out, fills
from tests.support.driver import ServiceDriver
from tests.support.samples_order_facts import captured
from tests.support.samples_order_news import recorded
from tests.support.samples_orders import given_shop, given_submitted
from tests.support.samples_people import Person, given_customer


@pytest.fixture(autouse=True)
def shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def owing(orders: ServiceDriver, customer: Person) -> dict[str, Any]:
    """Staff confirm an order of the customer's that nobody has paid: two mugs, 30.00."""
    body = {"customer_id": customer.id, "lines": [{"sku": "mug", "quantity": 2}]}
    order: dict[str, Any] = orders.asks("POST", "/admin/v1/orders", body).body
    answer = orders.asks("POST", f"/internal/v1/orders/{order['id']}/confirm", {})
    assert answer.body["state"] == "confirmed", answer.body
    return order


def limits(orders: ServiceDriver, customer: Person, amount: str | None, currency: str = "EUR") -> None:
    """The shop's currency of the day is the limit's."""
    for shops in (currency, "EUR"):
        orders.asks("PATCH", "/internal/v1/settings", {"patch": {"store": {"default_currency": shops}}})
        if shops == currency and amount is not None:
            answer = orders.asks("PATCH", f"/admin/v1/customers/{customer.id}", {"credit_limit": amount})
            assert (answer.body["credit_limit"], answer.body["currency"]) == (amount, currency)


def held_for(orders: ServiceDriver, cart: dict[str, Any]) -> str | None:
    """Why staff see the order held."""
    hold = orders.asks("GET", f"/admin/v1/orders/{cart['id']}").body["hold"]
    return None if hold is None else str(hold["reason"])


def test_over_the_credit_limit_an_order_is_held_and_not_refused(orders: ServiceDriver) -> None:
    """R-ORD-17: what is owed for confirmed orders, and this one. Its money is recorded, and confirms when somebody releases it."""
    customer = given_customer(orders)
    limits(orders, customer, "65.82")
    owing(orders, customer)
    cart = fills(customer)

    answer = checks_out(orders, customer, cart)

    assert (answer.status, answer.body["order"]["totals"]["total"], held_for(orders, cart)) == (200, "35.83", "credit_limit")
    [held] = orders.told_events("orders.order_held")
    assert (held.order_id, held.reason) == (cart["id"], "credit_limit")
    assert orders.asks("GET", f"/admin/v1/orders/{cart['id']}").body["hold"]["by"]["type"] == "system"
    orders.hears(captured(answer.body["order"]), seq=3)
    assert customer.asks("GET", f"/store/v1/orders/{cart['id']}").body["state"] == "quotation"
    assert orders.asks("POST", f"/admin/v1/orders/{cart['id']}/release", {}).body["state"] == "confirmed"


@pytest.mark.parametrize(
    ("limit", "currency", "confirmed", "settled"),
    [("65.83", "EUR", 1, False), (None, "EUR", 3, False), ("0.00", "USD", 1, False), ("35.83", "EUR", 1, True), ("35.83", "EUR", 0, False)],
    ids=["just_reached", "no_limit", "another_currency", "paid", "nothing_owed"],
)
def test_within_the_credit_limit_nothing_is_held(
    orders: ServiceDriver, limit: str | None, currency: str, confirmed: int, settled: bool
) -> None:
    """R-ORD-17: up to the limit, of the order's own currency, and only what is still owed of confirmed orders."""
    customer, other = given_customer(orders), given_customer(orders, "eve@example.org")
    limits(orders, customer, limit, currency)
    made = [owing(orders, customer) for _ in range(confirmed)]
    owing(orders, other)
    if settled:
        orders.hears(recorded(made[0]), seq=5)
    checks_out(orders, customer, fills(customer))
    cart = fills(customer)

    assert checks_out(orders, customer, cart).status == 200

    assert (held_for(orders, cart), orders.told_events("orders.order_held")) == (None, [])


def test_a_guest_with_the_customers_e_mail_owes_nothing(orders: ServiceDriver) -> None:
    """R-ORD-17, R-ACC-01: an equal e-mail gives nothing and takes nothing."""
    limits(orders, given_customer(orders), "0.00")

    order = given_submitted(orders, email="ada@example.org")

    assert held_for(orders, order) is None


def test_an_order_that_staff_assigned_counts_as_the_customers_own(orders: ServiceDriver) -> None:
    """R-ORD-17"""
    customer = given_customer(orders)
    limits(orders, customer, "29.99")
    body = {"customer_id": customer.id, "lines": [{"sku": "engraving", "quantity": 1}]}
    offer = orders.asks("POST", "/admin/v1/orders", body).body

    assert checks_out(orders, customer, offer).status == 200

    assert held_for(orders, offer) == "credit_limit"
