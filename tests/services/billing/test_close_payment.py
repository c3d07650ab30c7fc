"""Open payments are withdrawn at the provider, unless money is moving; what was paid is never lost by it."""

from __future__ import annotations

from typing import Any

import pytest

from services.billing.adapters.stripe import StripeProvider
from services.billing.service import SERVICE
from tests.services.billing.conftest import given_payment, payment_of
from tests.support.driver import ServiceDriver
from tests.support.samples_billing import (
    ORDER,
    asked_payment,
)
from tests.support.stripe_double import StripeDouble, deliver


def close(billing: ServiceDriver, submission: int = 1) -> str:
    answer = billing.commands("POST", f"/internal/v1/orders/{ORDER}/close_payment", {"submission": submission})
    assert answer.status == 200, answer.body
    return str(answer.body["outcome"])


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


def test_a_provider_that_lets_us_in_no_longer_is_asked_again_later(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """A key that was taken back says nothing about the payment."""
    payment = given_payment(billing)
    wrong = StripeProvider("sk_test_wrong", stripe.api_base)
    locked_out = ServiceDriver(SERVICE, billing.db, billing.clock, environment=billing.environment, outside=stripe.outside(stripe=wrong))

    answer = locked_out.commands("POST", f"/internal/v1/orders/{ORDER}/close_payment", {"submission": 1})

    assert (answer.status, answer.code) == (503, "provider_unavailable")
    assert payment_of(billing, payment["id"])["state"] == "created"
