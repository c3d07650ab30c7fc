"""An order that looks like the one before it is confirmed as usual, and shown as suspected (R-ORD-16)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.driver import ServiceDriver
from tests.support.samples_order_facts import captured, hold_closed
from tests.support.samples_orders import by_guest, given_shop, given_submitted, seen, submits


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def suspected(order: dict[str, Any]) -> list[str]:
    return [warning["meta"]["order_id"] for warning in order["warnings"] if warning["code"] == "duplicate_suspected"]


def test_same_customer_lines_and_total_are_suspected(orders: ServiceDriver) -> None:
    """R-ORD-16: warned, told, and confirmed as usual."""
    first = given_submitted(orders)
    orders.later(minutes=10)

    second = given_submitted(orders, email="ADA@example.org")

    assert (suspected(first), suspected(second)) == ([], [first["id"]])
    assert [fact.duplicate_of for fact in orders.told_events("orders.order_submitted")] == [None, first["id"]]
    orders.hears(captured(second), seq=2)
    assert (seen(orders, second)["state"], suspected(seen(orders, second))) == ("confirmed", [first["id"]])


@pytest.mark.parametrize(
    "other",
    [
        {"email": "bob@example.org"},
        {"lines": [{"sku": "mug", "quantity": 3}]},
        {"lines": [{"sku": "mug", "quantity": 1}, {"sku": "mug", "quantity": 1, "attributes": {"ink": "red"}}]},
        {"shipping_method": "pickup"},
    ],
    ids=["customer", "quantity", "attributes", "total"],
)
def test_what_differs_is_no_duplicate(orders: ServiceDriver, other: dict[str, Any]) -> None:
    """R-ORD-16."""
    given_submitted(orders)

    assert suspected(given_submitted(orders, **other)) == []


def test_order_of_more_than_ten_minutes_ago_is_no_duplicate(orders: ServiceDriver) -> None:
    """R-ORD-16."""
    given_submitted(orders)
    orders.later(minutes=10, seconds=1)

    assert suspected(given_submitted(orders)) == []


def test_neither_cancelled_nor_reopened_orders_are_repeated(orders: ServiceDriver) -> None:
    for on_expiry in ("cancel", "release"):
        order = given_submitted(orders, name=on_expiry)
        orders.hears(hold_closed(order, on_expiry=on_expiry))

    assert suspected(given_submitted(orders)) == []


def test_order_submitted_again_is_no_duplicate_of_itself(orders: ServiceDriver) -> None:
    order = given_submitted(orders)
    orders.commands("POST", f"/internal/v1/orders/{order['id']}/reopen", {"submission": 1, "reason": "edit"})

    assert suspected(submits(orders, order).body["order"]) == []


def test_suspicion_ends_when_the_cart_is_open_again(orders: ServiceDriver) -> None:
    given_submitted(orders)
    second = given_submitted(orders)
    orders.commands("POST", f"/internal/v1/orders/{second['id']}/reopen", {"submission": 1, "reason": "edit"})

    assert suspected(by_guest(orders, "POST", second, "/lines", {"sku": "mug", "quantity": 1}).body) == []
