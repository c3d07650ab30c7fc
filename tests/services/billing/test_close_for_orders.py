"""Holds come due, orders are reopened and cancelled: what that means for their open payments."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.services.billing.conftest import given_payment, payment_of
from tests.support.driver import ServiceDriver
from tests.support.samples_billing import (
    asked_payment,
    hold_due,
    order_cancelled,
    order_confirmed,
    order_reopened,
    order_submitted,
    total_of,
)
from tests.support.stripe_double import StripeDouble, deliver


def closed(billing: ServiceDriver) -> list[tuple[int, str, str]]:
    return [(event.attempt, event.outcome, event.on_expiry) for event in billing.told_events("billing.open_payment_closed")]


def test_a_due_hold_closes_the_payment_and_says_so(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing)

    billing.hears(hold_due(), times=2)

    assert closed(billing) == [(1, "cancelled", "release")]
    assert stripe.intent(payment["provider_ref"])["status"] == "canceled"


def test_nobody_pays_for_an_order_whose_hold_is_over(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-STK-03, R-ORD-54: declined, and again at the till before orders has heard that the hold's end cancels the order."""
    payment = given_payment(billing)
    deliver(billing, stripe.happens(payment["provider_ref"], "fail"))
    billing.hears(hold_due())

    refused = billing.commands("POST", "/internal/v1/payments", asked_payment())

    assert (refused.status, refused.body["code"]) == (409, "illegal_transition")
    assert [intent["status"] for intent in stripe.intents()] == ["canceled"]


@pytest.mark.parametrize("heard_first", ["the confirmation", "the end of the hold"])
def test_what_staff_have_confirmed_may_still_be_paid(billing: ServiceDriver, heard_first: str) -> None:
    """The confirmation and the end of the hold cross."""
    given_payment(billing)
    for event in (order_confirmed(), hold_due()) if heard_first == "the confirmation" else (hold_due(), order_confirmed()):
        billing.hears(event)

    assert billing.commands("POST", "/internal/v1/payments", asked_payment()).status == 200


def test_a_due_hold_without_a_payment_finds_none(billing: ServiceDriver) -> None:
    billing.hears(hold_due())

    assert closed(billing) == [(1, "none", "release")]


def test_a_due_hold_is_told_what_was_frozen_on_the_payment(billing: ServiceDriver) -> None:
    """api.md, 13.13."""
    billing.asks("PATCH", "/admin/v1/payment_methods/card", {"on_expiry": "cancel"})
    given_payment(billing)
    billing.asks("PATCH", "/admin/v1/payment_methods/card", {"on_expiry": "release"})

    billing.hears(hold_due())

    assert closed(billing) == [(1, "cancelled", "cancel")]


def test_without_a_payment_the_orders_method_says_what_expiry_does(billing: ServiceDriver) -> None:
    billing.asks("PATCH", "/admin/v1/payment_methods/card", {"on_expiry": "cancel"})
    billing.hears(order_submitted())

    billing.hears(hold_due())

    assert closed(billing) == [(1, "none", "cancel")]


def test_moving_money_prolongs_the_hold_until_it_is_decided(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing)
    deliver(billing, stripe.happens(payment["provider_ref"], "process"))
    billing.hears(hold_due(attempt=1))
    deliver(billing, stripe.happens(payment["provider_ref"], "fail"))
    billing.hears(hold_due(attempt=2))

    assert closed(billing) == [(1, "moving", "release"), (2, "cancelled", "release")]


def test_with_the_provider_away_a_due_hold_waits(billing: ServiceDriver, stripe: StripeDouble) -> None:
    given_payment(billing)
    stripe.fail_next(1, "500")

    assert billing.hears_again_later(hold_due())
    assert closed(billing) == []


def test_a_reopened_orders_payment_is_withdrawn(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing)

    billing.hears(order_reopened())
    billing.hears_itself()

    assert stripe.intent(payment["provider_ref"])["status"] == "canceled"
    assert billing.told() == ["billing.payment_created", "billing.close_requested", "billing.payment_cancelled"]


def test_a_reopening_leaves_moving_money_and_other_submissions_alone(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing, submission=2)
    billing.hears(order_reopened(submission=1), seq=2)
    stripe.happens(payment["provider_ref"], "authorize")
    billing.hears(order_reopened(submission=2), seq=3)
    billing.hears_itself()

    assert payment_of(billing, payment["id"])["state"] == "authorized"


@pytest.mark.parametrize("action", [None, "process", "authorize", "fail"])
def test_a_cancelled_order_gives_all_its_open_money_back(billing: ServiceDriver, stripe: StripeDouble, action: Any) -> None:
    payment = given_payment(billing)
    if action:
        deliver(billing, stripe.happens(payment["provider_ref"], action))

    billing.hears(order_cancelled())
    billing.hears_itself()

    assert stripe.intent(payment["provider_ref"])["status"] == "canceled"
    assert payment_of(billing, payment["id"])["state"] == "cancelled"


def test_a_cancelled_order_that_is_paid_at_the_provider_has_orphaned_money(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing)
    stripe.happens(payment["provider_ref"], "succeed")

    billing.hears(order_cancelled())
    billing.hears_itself()

    assert payment_of(billing, payment["id"])["orphaned"] is True


def test_money_that_met_the_cancellation_is_orphaned(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-ORD-53: captured before billing heard of it, and orders had not heard of the money; told once."""
    payment = given_payment(billing)
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))

    billing.hears(order_cancelled(), times=2)

    shown = payment_of(billing, payment["id"])
    assert (shown["state"], shown["orphaned"]) == ("captured", True)
    [fact] = billing.told_events("billing.payment_orphaned")
    assert (fact.state, fact.orphaned, fact.reason, fact.captured_total) == ("captured", True, "order_cancelled", "0.00")
    refused = billing.asks("POST", f"/admin/v1/payments/{payment['id']}/resolve", {"action": "accept", "note": "theirs"})
    assert refused.code == "illegal_transition"


def test_money_that_the_bank_took_back_is_not_orphaned(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """P14: there is nothing to look after."""
    payment = given_payment(billing)
    for action in ("succeed", "dispute"):
        deliver(billing, stripe.happens(payment["provider_ref"], action))
    deliver(billing, stripe.happens(payment["provider_ref"], "lose_dispute"))

    billing.hears(order_cancelled())

    assert billing.told("billing.payment_orphaned") == []


def test_reopened_first_and_cancelled_then_asks_the_provider_again(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """Money that a reopening leaves alone is given back when the order is cancelled."""
    payment = given_payment(billing)
    stripe.happens(payment["provider_ref"], "authorize")
    billing.hears(order_reopened(), seq=2)
    billing.hears(order_cancelled(), seq=3)
    billing.hears_itself()

    requests = {body["fact"] for body in billing.told_bodies() if body["type"] == "billing.close_requested"}
    assert len(requests) == 2
    assert payment_of(billing, payment["id"])["state"] == "cancelled"


def test_submitted_reopened_and_submitted_again_in_every_order_ends_the_same(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """Facts of orders come in any order; the newest submission wins and the first one's payment is withdrawn."""
    for run, order in enumerate(itertools.permutations(range(3))):
        order_id = f"ord_{run:026}"
        number = f"SO{run:06}"
        payment = given_payment(billing, order_id, number=number)
        facts = [
            order_submitted(order_id, number=number, quantity=5),
            order_reopened(order_id),
            order_submitted(order_id, number=number, submission=2, quantity=3),
        ]

        for position in order:
            billing.hears(facts[position], seq=position + 1)
        billing.hears_itself()

        (row,) = billing.rows("SELECT submission, content_seq, ended_submission FROM orders WHERE order_id = :order_id", order_id=order_id)
        assert (order, row) == (order, (2, 3, 1))
        assert payment_of(billing, payment["id"])["state"] == "cancelled"


def test_an_older_submission_told_late_changes_no_figure(billing: ServiceDriver) -> None:
    """The gateway asks for the payment before the order's own fact arrives."""
    given_payment(billing, submission=2, quantity=3)
    billing.hears(order_submitted(submission=1, quantity=5), seq=1)

    (row,) = billing.rows("SELECT submission, total, content_seq FROM orders")
    assert row == (2, int(total_of(quantity=3).replace(".", "")), 0)


def test_the_confirmed_content_is_not_overwritten_by_the_submitted_one(billing: ServiceDriver) -> None:
    billing.hears(order_confirmed(), seq=2)
    billing.hears(order_submitted(), seq=1)

    (row,) = billing.rows("SELECT content_seq, confirmed_submission FROM orders")
    assert row == (2, 1)
