"""A submitted cart is edited only when no money can be moving: the gateway withdraws what failed, reopens, and repeats."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts import billing
from tests.support.driver import Answer, ServiceDriver
from tests.support.samples_order_facts import authorized, captured, failed, mismatched, payment, pending
from tests.support.samples_orders import by_guest, given_cart, given_confirmed, given_shop, given_submitted, seen, submits


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def edits(orders: ServiceDriver, order: dict[str, Any], **more: Any) -> Answer:
    return by_guest(orders, "POST", order, "/lines", {"sku": "mug", "quantity": 1}, **more)


def reopens(orders: ServiceDriver, order: dict[str, Any], submission: int = 1) -> Answer:
    return orders.commands("POST", f"/internal/v1/orders/{order['id']}/reopen", {"submission": submission, "reason": "edit"})


def test_every_edit_of_an_order_just_submitted_is_refused(orders: ServiceDriver) -> None:
    """R-ORD-09: billing's word on the payment may still be on its way."""
    order = given_submitted(orders)
    line = order["lines"][0]["id"]

    for method, path, body in (
        ("PATCH", "", {"name": "Eve"}),
        ("POST", "/lines", {"sku": "mug", "quantity": 1}),
        ("PATCH", f"/lines/{line}", {"quantity": 1}),
        ("DELETE", f"/lines/{line}", None),
    ):
        answer = by_guest(orders, method, order, path, body)
        assert (answer.status, answer.code) == (409, "payment_in_progress")


@pytest.mark.parametrize("fact", [payment, pending, mismatched], ids=lambda fact: fact.__name__)
def test_edit_while_money_may_move_is_refused(orders: ServiceDriver, fact: Any) -> None:
    """R-ORD-09; R-PAY-11: a mismatched payment waits for the shop."""
    order = given_submitted(orders)
    orders.hears(fact(order))

    assert edits(orders, order).code == "payment_in_progress"


def test_money_that_does_not_confirm_yet_still_forbids_edits(orders: ServiceDriver) -> None:
    order = given_submitted(orders)
    orders.hears(authorized(order, confirms_order=False))

    assert edits(orders, order).code == "payment_in_progress"


def test_after_a_decline_the_gateway_is_asked_to_reopen_first(orders: ServiceDriver) -> None:
    order = given_submitted(orders)
    orders.hears(failed(order), seq=2)

    answer = edits(orders, order)

    assert (answer.status, answer.code, answer.body["submission"]) == (409, "reopen_first", 1)
    assert reopens(orders, order).body["state"] == "quotation"
    assert edits(orders, order).body["lines"][0]["quantity"] == 3


def test_reopen_first_is_never_the_stored_answer_to_the_repeat(orders: ServiceDriver) -> None:
    """The gateway repeats the edit with the same Idempotency-Key."""
    order = given_submitted(orders)
    orders.hears(failed(order), seq=2)
    key = {"idempotency-key": "k1"}
    assert edits(orders, order, headers=key).code == "reopen_first"

    reopens(orders, order)

    assert edits(orders, order, headers=key).status == 200


def test_older_failure_does_not_open_a_payment_that_was_tried_again(orders: ServiceDriver) -> None:
    """R-PAY-07: news of one payment are ordered by its own count."""
    order = given_submitted(orders)
    orders.hears(pending(order), seq=3)
    orders.hears(failed(order), seq=2)

    assert edits(orders, order).code == "payment_in_progress"


def test_reopen_ends_the_submission_and_keeps_the_number(orders: ServiceDriver) -> None:
    """O4, R-ORD-19."""
    order = given_submitted(orders)
    orders.hears(payment(order, billing.PaymentCancelled, state="cancelled"), seq=2)

    open_again = reopens(orders, order).body

    assert (open_again["submitted_at"], open_again["payment_method"], open_again["status"]) == (None, None, "cart")
    assert (open_again["number"], open_again["payment_status"]) == (order["number"], "none")
    [fact] = orders.told_events("orders.order_reopened")
    assert (fact.number, fact.submission, fact.reason) == (order["number"], 1, "edit")
    again = submits(orders, order).body
    assert (again["number"], again["submission"]) == (order["number"], 2)


def test_reopen_of_an_ended_submission_changes_nothing(orders: ServiceDriver) -> None:
    order = given_submitted(orders)
    reopens(orders, order)
    reopens(orders, order)
    submits(orders, order)

    assert reopens(orders, order).body["submitted_at"] is not None
    assert orders.told("orders.order_reopened") == ["orders.order_reopened"]


def test_confirmed_order_is_neither_reopened_nor_edited(orders: ServiceDriver) -> None:
    order = given_confirmed(orders)

    for answer in (reopens(orders, order), edits(orders, order)):
        assert (answer.status, answer.code, answer.body["from"], answer.body["allowed"]) == (
            409,
            "illegal_transition",
            "confirmed",
            ["cancel", "hold", "release"],
        )


def test_failure_of_an_ended_submission_leaves_the_new_one_alone(orders: ServiceDriver) -> None:
    order = given_submitted(orders)
    reopens(orders, order)
    submits(orders, order)

    orders.hears(failed(order), seq=2)

    assert edits(orders, order).code == "payment_in_progress"
    assert seen(orders, order)["status"] == "incomplete"


def test_declined_payment_shows_and_a_new_try_shows_too(orders: ServiceDriver) -> None:
    """Section 6 of lifecycles.md."""
    order = given_submitted(orders)
    shown = []
    for seq, fact in enumerate((payment(order), failed(order), pending(order), captured(order)), 1):
        orders.hears(fact, seq=seq)
        shown.append(seen(orders, order)["status"])

    assert shown == ["incomplete", "payment_error", "payment_pending", "payment_accepted"]


def test_open_cart_has_no_payment_to_wait_for(orders: ServiceDriver) -> None:
    assert edits(orders, given_cart(orders)).status == 200
