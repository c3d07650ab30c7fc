"""Open payments are withdrawn at the provider, unless money is moving; what was paid is never lost by it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.services.billing.conftest import given_payment, payment_of
from tests.support.driver import ServiceDriver
from tests.support.samples_billing import ORDER, asked_payment, hold_due, order_cancelled, order_reopened, order_submitted
from tests.support.stripe_double import StripeDouble, deliver


def close(billing: ServiceDriver, submission: int = 1) -> str:
    answer = billing.commands("POST", f"/internal/v1/orders/{ORDER}/close_payment", {"submission": submission})
    assert answer.status == 200, answer.body
    return str(answer.body["outcome"])


def closed(billing: ServiceDriver) -> list[tuple[int, str, str]]:
    return [(event.attempt, event.outcome, event.on_expiry) for event in billing.told_events("billing.open_payment_closed")]


def test_an_open_payment_is_cancelled_at_the_provider(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing)

    assert close(billing) == "cancelled"

    assert stripe.intent(payment["provider_ref"])["status"] == "canceled"
    assert payment_of(billing, payment["id"])["state"] == "cancelled"
    assert stripe.keys[-1] == f"{payment['id']}-cancel"
    assert billing.told("billing.payment_cancelled") == ["billing.payment_cancelled"]


def test_the_event_that_follows_a_cancelling_of_ours_is_old_news(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """api.md, 13.8."""
    payment = given_payment(billing)
    close(billing)

    assert deliver(billing, stripe.happens(payment["provider_ref"], "cancel")).body["state"] == "ignored"
    assert billing.told("billing.payment_cancelled") == ["billing.payment_cancelled"]


def test_a_declined_payment_is_cancelled_too(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing)
    deliver(billing, stripe.happens(payment["provider_ref"], "fail"))

    assert close(billing) == "cancelled"
    assert stripe.intent(payment["provider_ref"])["status"] == "canceled"


def test_nothing_to_close_is_none_and_closing_twice_is_the_same(billing: ServiceDriver, stripe: StripeDouble) -> None:
    assert close(billing) == "none"
    given_payment(billing)

    assert [close(billing), close(billing)] == ["cancelled", "cancelled"]
    assert len([path for _, path, _ in stripe.calls if path.endswith("/cancel")]) == 1


@pytest.mark.parametrize(("action", "state"), [("process", "pending"), ("authorize", "authorized"), ("succeed", "captured")])
@pytest.mark.parametrize("known", [True, False])
def test_money_that_is_moving_is_not_withdrawn_but_written_down(
    billing: ServiceDriver, stripe: StripeDouble, action: Any, state: str, known: bool
) -> None:
    """Lifecycles.md, section 3: also when its webhook was lost."""
    payment = given_payment(billing)
    event = stripe.happens(payment["provider_ref"], action)
    if known:
        deliver(billing, event)

    assert close(billing) == "moving"

    assert payment_of(billing, payment["id"])["state"] == state
    assert stripe.intent(payment["provider_ref"])["status"] != "canceled"
    assert not [path for _, path, _ in stripe.calls if path.endswith("/cancel")]


def test_a_mismatched_payment_is_not_given_up(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-11: there is money until somebody has looked."""
    payment = given_payment(billing)
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed", amount_received=100))

    assert close(billing) == "moving"
    assert payment_of(billing, payment["id"])["state"] == "failed"
    assert billing.told("billing.payment_mismatched") == ["billing.payment_mismatched"]


def test_an_intent_that_the_provider_does_not_know_is_cancelled_here(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing)
    with billing.db.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE payments SET provider_ref = 'pi_gone'")

    assert close(billing) == "cancelled"
    assert payment_of(billing, payment["id"])["state"] == "cancelled"


def test_a_payment_without_a_reference_is_cancelled_here_and_its_money_orphaned(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """Lifecycles.md, section 3, then P10."""
    stripe.fail_next(1, "drop_answer")
    billing.commands("POST", "/internal/v1/payments", asked_payment())

    assert close(billing) == "cancelled"
    deliver(billing, stripe.happens(stripe.intents()[0]["id"], "succeed"))

    (payment_id,) = (row[0] for row in billing.rows("SELECT id FROM payments"))
    assert payment_of(billing, payment_id)["orphaned"] is True


def test_while_the_provider_is_away_nothing_changes_and_another_key_is_used_later(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-12."""
    payment = given_payment(billing)
    stripe.simulator.fail_next(1, "500")

    answer = billing.commands("POST", f"/internal/v1/orders/{ORDER}/close_payment", {"submission": 1})

    assert (answer.status, answer.code) == (503, "provider_unavailable")
    assert payment_of(billing, payment["id"])["state"] == "created"
    assert close(billing) == "cancelled"
    assert stripe.keys[-1] == f"{payment['id']}-cancel-2"


def test_another_submissions_payment_is_left_alone(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing, submission=2)

    assert close(billing, submission=1) == "none"
    assert payment_of(billing, payment["id"])["state"] == "created"


# A hold is due.


def test_a_due_hold_closes_the_payment_and_says_so(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing)

    billing.hears(hold_due(), times=2)

    assert closed(billing) == [(1, "cancelled", "release")]
    assert stripe.intent(payment["provider_ref"])["status"] == "canceled"


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


# Orders are reopened and cancelled.


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


def test_reopened_first_and_cancelled_then_asks_the_provider_again(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """Money that a reopening leaves alone is given back when the order is cancelled."""
    payment = given_payment(billing)
    stripe.happens(payment["provider_ref"], "authorize")
    billing.hears(order_reopened(), seq=2)
    billing.hears(order_cancelled(), seq=3)
    billing.hears_itself()

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
