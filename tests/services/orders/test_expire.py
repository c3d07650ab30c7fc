"""A hold that is over: the order is an open cart again, or cancelled; never while money moves (O9, R-ORD-54)."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from shared.contracts import billing
from tests.support.driver import ServiceDriver
from tests.support.samples_order_facts import authorized, captured, hold_closed, payment
from tests.support.samples_orders import by_guest, given_confirmed, given_shop, given_submitted, seen, submits


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


@pytest.mark.parametrize("outcome", ["cancelled", "none"])
def test_released_order_is_an_open_cart_again(orders: ServiceDriver, outcome: str) -> None:
    order = given_submitted(orders)

    orders.hears(hold_closed(order, outcome=outcome))

    shown = seen(orders, order)
    assert (shown["state"], shown["submitted_at"], shown["status"]) == ("quotation", None, "cart")
    [fact] = orders.told_events("orders.order_reopened")
    assert (fact.submission, fact.reason) == (1, "payment_expired")
    orders.hears(payment(order, billing.PaymentCancelled, state="cancelled"), seq=2)
    assert by_guest(orders, "POST", order, "/lines", {"sku": "mug", "quantity": 1}).status == 200


def test_order_of_a_method_that_cancels_is_cancelled(orders: ServiceDriver) -> None:
    order = given_submitted(orders)

    orders.hears(hold_closed(order, on_expiry="cancel"))

    shown = seen(orders, order)
    assert (shown["state"], shown["cancel_reason"], shown["status"]) == ("cancelled", "payment_expired", "cancelled")
    [fact] = orders.told_events("orders.order_cancelled")
    assert (fact.reason, fact.state_before, fact.submission, fact.who.email) == ("payment_expired", "quotation", 1, "ada@example.org")
    for answer in (submits(orders, order), by_guest(orders, "PATCH", order, body={"name": "Eve"})):
        assert (answer.status, answer.code, answer.body["from"]) == (409, "illegal_transition", "cancelled")


@pytest.mark.parametrize("on_expiry", ["release", "cancel"])
def test_nothing_expires_while_money_moves(orders: ServiceDriver, on_expiry: str) -> None:
    """R-STK-03."""
    order = given_submitted(orders)

    orders.hears(hold_closed(order, outcome="moving", on_expiry=on_expiry))

    assert seen(orders, order)["submitted_at"] is not None


@pytest.mark.parametrize("on_expiry", ["release", "cancel"])
@pytest.mark.parametrize("fact", [authorized, captured], ids=lambda fact: fact.__name__)
def test_nothing_expires_when_the_money_is_there(orders: ServiceDriver, on_expiry: str, fact: Any) -> None:
    order = given_submitted(orders)
    orders.hears(fact(order, confirms_order=False), seq=2)

    orders.hears(hold_closed(order, on_expiry=on_expiry))

    shown = seen(orders, order)
    assert (shown["state"], shown["submitted_at"] is None) == ("quotation", False)


def test_hold_of_an_ended_submission_leaves_the_new_one_alone(orders: ServiceDriver) -> None:
    order = given_submitted(orders)
    orders.commands("POST", f"/internal/v1/orders/{order['id']}/reopen", {"submission": 1, "reason": "edit"})
    submits(orders, order)

    orders.hears(hold_closed(order, on_expiry="cancel"))

    assert seen(orders, order)["submitted_at"] is not None


def test_confirmed_order_never_expires(orders: ServiceDriver) -> None:
    order = given_confirmed(orders)

    orders.hears(hold_closed(order, on_expiry="cancel"))

    assert seen(orders, order)["state"] == "confirmed"


def test_expiry_and_confirmation_in_either_order_never_undo_each_other(orders: ServiceDriver) -> None:
    for first, second in itertools.permutations(("captured", "closed")):
        order = given_submitted(orders)
        facts = {"captured": (captured(order), 2), "closed": (hold_closed(order), 1)}
        for name in (first, second):
            fact, seq = facts[name]
            orders.hears(fact, seq=seq)

        shown = seen(orders, order)
        assert (shown["state"], shown["submitted_at"] is None) == (("confirmed", False) if first == "captured" else ("quotation", True))


def test_expiry_told_twice_ends_one_submission(orders: ServiceDriver) -> None:
    order = given_submitted(orders)
    orders.hears(hold_closed(order))
    submits(orders, order)

    orders.hears(hold_closed(order, attempt=2))

    assert orders.told("orders.order_reopened") == ["orders.order_reopened"]
    assert seen(orders, order)["submitted_at"] is not None


def test_cancelled_order_is_cancelled_once(orders: ServiceDriver) -> None:
    order = given_submitted(orders)

    for attempt in (1, 2):
        orders.hears(hold_closed(order, on_expiry="cancel", attempt=attempt))

    assert orders.told("orders.order_cancelled") == ["orders.order_cancelled"]
