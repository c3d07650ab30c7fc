"""What Stripe tells becomes the payment's state: by the listed arrows, by age, once, and never by a stranger's word."""

from __future__ import annotations

import itertools
import time
from typing import Any

import orjson
import pytest

from tests.services.billing.conftest import given_payment, payment_of
from tests.support.driver import ServiceDriver
from tests.support.samples_billing import ORDER, asked_payment, order_cancelled, order_submitted, total_of
from tests.support.stripe_double import StripeDouble, deliver


def patch_card(billing: ServiceDriver, **values: Any) -> None:
    assert billing.asks("PATCH", "/admin/v1/payment_methods/card", values).status == 200


@pytest.mark.parametrize(
    ("action", "state", "told", "confirms"),
    [
        ("process", "pending", "billing.payment_pending", False),
        ("authorize", "authorized", "billing.payment_authorized", True),
        ("succeed", "captured", "billing.payment_captured", True),
    ],
)
def test_news_moves_the_payment_and_is_told_with_the_orders_totals(
    billing: ServiceDriver, stripe: StripeDouble, action: Any, state: str, told: str, confirms: bool
) -> None:
    payment = given_payment(billing)

    answer = deliver(billing, stripe.happens(payment["provider_ref"], action))

    assert (answer.status, answer.body) == (200, {"received": True, "state": "applied", "duplicate": False})
    assert payment_of(billing, payment["id"])["state"] == state
    (event,) = billing.told_events(told)
    total, zero = total_of(), "0.00"
    assert (event.state_before, event.state, event.confirms_order) == ("created", state, confirms)
    expected = {"pending": (zero, zero, total), "authorized": (total, zero, zero), "captured": (zero, total, zero)}[state]
    assert (event.authorized_total, event.captured_total, event.due) == expected


def test_a_method_that_confirms_on_captured_waits_for_the_money(billing: ServiceDriver, stripe: StripeDouble) -> None:
    patch_card(billing, confirm_on="captured")
    payment = given_payment(billing)
    patch_card(billing, confirm_on="authorized")

    deliver(billing, stripe.happens(payment["provider_ref"], "authorize"))
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))

    assert [event.confirms_order for event in billing.told_events("billing.payment_authorized")] == [False]
    assert [event.confirms_order for event in billing.told_events("billing.payment_captured")] == [True]


def test_failed_then_succeeded_on_the_same_intent_is_captured(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-06."""
    payment = given_payment(billing)

    deliver(billing, stripe.happens(payment["provider_ref"], "fail"))
    assert payment_of(billing, payment["id"])["failure"] == {"code": "card_declined", "message": "Your card was declined."}
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))

    shown = payment_of(billing, payment["id"])
    assert (shown["state"], shown["failure"], shown["captured"]) == ("captured", None, total_of())
    assert shown["receipt_number"].startswith("ch_")


def test_after_a_decline_the_same_intent_is_offered_again(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-11."""
    payment = given_payment(billing)
    deliver(billing, stripe.happens(payment["provider_ref"], "fail"))

    again = given_payment(billing)

    assert (again["id"], again["state"], again["client_secret"]) == (payment["id"], "failed", payment["client_secret"])


def test_a_cancelled_intent_makes_the_order_payable_again(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-10."""
    payment = given_payment(billing)
    deliver(billing, stripe.happens(payment["provider_ref"], "cancel"))

    again = given_payment(billing)

    assert payment_of(billing, payment["id"])["state"] == "cancelled"
    assert (again["id"] != payment["id"], again["state"], again["reference"]) == (True, "created", "SO000123-1")


def test_an_old_failure_after_a_success_is_ignored(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-07."""
    payment = given_payment(billing)
    failed = stripe.happens(payment["provider_ref"], "fail", created=1_000)
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))

    answer = deliver(billing, failed)

    assert answer.body["state"] == "ignored"
    page = billing.asks("GET", "/admin/v1/provider_events?state=ignored&include=count").body
    (event,) = page["data"]
    assert (event["reason"], page["count"]) == ("the payment is captured", 1)
    assert payment_of(billing, payment["id"])["state"] == "captured"


def test_processing_older_than_the_failure_is_ignored_and_younger_counts(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """Lifecycles.md, P8: compared by the events' own `created`."""
    payment = given_payment(billing)
    ref = payment["provider_ref"]
    now = int(time.time())
    deliver(billing, stripe.happens(ref, "fail", created=now + 10))

    assert deliver(billing, stripe.happens(ref, "process", created=now + 10)).body["state"] == "ignored"
    assert payment_of(billing, payment["id"])["state"] == "failed"
    assert deliver(billing, stripe.happens(ref, "process", created=now + 11)).body["state"] == "applied"
    assert payment_of(billing, payment["id"])["state"] == "pending"


NEWS = [
    (("process", "authorize", "succeed"), "captured"),
    (("process", "fail", "succeed"), "captured"),
    (("fail", "process", "succeed"), "captured"),
    (("process", "fail"), "failed"),
    (("fail", "process"), "pending"),
    (("fail", "process", "authorize"), "authorized"),
    (("process", "fail", "authorize"), "authorized"),
    (("process", "process", "fail"), "failed"),
    (("fail", "cancel"), "cancelled"),
    (("process", "authorize", "cancel"), "cancelled"),
]


@pytest.mark.parametrize(("story", "state"), NEWS)
def test_every_order_of_the_same_news_ends_in_the_same_state(
    billing: ServiceDriver, stripe: StripeDouble, story: tuple[Any, ...], state: str
) -> None:
    """R-PAY-06: the web delivers in any order; ages decide."""
    for run, order in enumerate(itertools.permutations(range(len(story)))):
        order_id = f"ord_{run:026}"
        payment = given_payment(billing, order_id, number=f"SO{run:06}")
        later = int(time.time()) + 100
        events = [stripe.happens(payment["provider_ref"], action, created=later + age) for age, action in enumerate(story)]

        for position in order:
            assert deliver(billing, events[position]).status == 200

        assert (order, payment_of(billing, payment["id"])["state"]) == (order, state)


def test_the_same_event_again_has_no_effect(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-02."""
    payment = given_payment(billing)
    event = stripe.happens(payment["provider_ref"], "succeed")
    deliver(billing, event)
    told = billing.told()

    again = deliver(billing, event)

    assert again.body == {"received": True, "state": "applied", "duplicate": True}
    assert billing.told() == told
    (stored,) = billing.asks("GET", "/admin/v1/provider_events").body["data"]
    assert stored["deliveries"] == 2


@pytest.mark.parametrize(
    ("overrides", "code", "received"),
    [
        ({"amount_received": 100}, "amount_mismatch", {"amount": "1.00", "currency": "EUR"}),
        ({"currency": "usd"}, "currency_mismatch", {"amount": total_of(), "currency": "USD"}),
        ({"currency": "zzz"}, "currency_mismatch", {"amount": total_of().replace(".", ""), "currency": "ZZZ"}),
    ],
)
def test_another_amount_or_currency_never_confirms(
    billing: ServiceDriver, stripe: StripeDouble, overrides: Any, code: str, received: dict[str, str]
) -> None:
    """R-PAY-04."""
    payment = given_payment(billing)

    deliver(billing, stripe.happens(payment["provider_ref"], "succeed", **overrides))

    shown = payment_of(billing, payment["id"])
    assert (shown["state"], shown["review"], shown["failure"]["code"], shown["received"]) == ("failed", "required", code, received)
    (told,) = billing.told_events("billing.payment_mismatched")
    assert (told.failure.code, told.received.model_dump(), told.captured_total) == (code, received, "0.00")
    assert billing.told("billing.payment_captured", "billing.payment_failed") == []
    answer = billing.commands("POST", "/internal/v1/payments", asked_payment())
    assert (answer.status, answer.code) == (409, "payment_in_progress")


def test_money_for_a_cancelled_payment_is_orphaned(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """Lifecycles.md, P10."""
    payment = given_payment(billing)
    deliver(billing, stripe.happens(payment["provider_ref"], "cancel"))

    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))

    shown = payment_of(billing, payment["id"])
    assert (shown["state"], shown["orphaned"]) == ("captured", True)
    (captured,) = billing.told_events("billing.payment_captured")
    assert (captured.orphaned, captured.confirms_order, captured.captured_total, captured.due) == (True, False, "0.00", total_of())
    (orphaned,) = billing.told_events("billing.payment_orphaned")
    assert orphaned.reason == "payment_cancelled"


def test_a_cancelled_payment_that_gets_the_wrong_money_is_orphaned_with_what_came(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing)
    deliver(billing, stripe.happens(payment["provider_ref"], "cancel"))

    deliver(billing, stripe.happens(payment["provider_ref"], "succeed", amount_received=100))

    shown = payment_of(billing, payment["id"])
    assert (shown["orphaned"], shown["captured"], shown["review"]) == (True, "1.00", "required")


@pytest.mark.parametrize("action", ["authorize", "succeed"])
def test_money_for_a_cancelled_order_confirms_nothing(billing: ServiceDriver, stripe: StripeDouble, action: Any) -> None:
    """Lifecycles.md, P10."""
    payment = given_payment(billing)
    billing.hears(order_submitted(), seq=1)
    event = stripe.happens(payment["provider_ref"], action)
    billing.hears(order_cancelled(), seq=2)

    deliver(billing, event)

    told = billing.told_events("billing.payment_captured") + billing.told_events("billing.payment_authorized")
    assert [event.confirms_order for event in told] == [False]
    assert payment_of(billing, payment["id"])["orphaned"] is (action == "succeed")


def test_live_news_never_touches_a_test_payment(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-05."""
    payment = given_payment(billing)
    event = orjson.loads(stripe.happens(payment["provider_ref"], "succeed")) | {"livemode": True}

    assert deliver(billing, event).body["state"] == "ignored"
    assert payment_of(billing, payment["id"])["state"] == "created"


def test_another_intents_end_is_not_this_payments(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """A lost answer can leave a second intent, which nobody can pay."""
    payment = given_payment(billing)
    event = orjson.loads(stripe.happens(payment["provider_ref"], "cancel"))
    event["data"]["object"]["id"] = "pi_lost"

    assert deliver(billing, event).body["state"] == "ignored"
    assert payment_of(billing, payment["id"])["state"] == "created"


@pytest.mark.parametrize("kind", ["payment_intent.requires_action", "charge.succeeded", "customer.created"])
def test_other_events_are_stored_and_ignored_with_the_reason(billing: ServiceDriver, stripe: StripeDouble, kind: str) -> None:
    payment = given_payment(billing)
    event = orjson.loads(stripe.happens(payment["provider_ref"], "succeed")) | {"type": kind}

    assert deliver(billing, event).body["state"] == "ignored"
    (stored,) = billing.asks("GET", f"/admin/v1/provider_events?type={kind}").body["data"]
    assert stored["reason"] == f"an event {kind} changes no payment"


def test_who_did_it_is_the_provider(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing)
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))

    (told,) = billing.told_events("billing.payment_captured")
    assert told.envelope.actor.type == "provider"
    assert told.envelope.order_id == ORDER
