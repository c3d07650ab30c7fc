"""An order is sent with an offline method: the shop waits for money that people bring (P1, R-ORD-35)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.values.clock import rfc3339
from tests.services.billing.conftest import given_offline, given_payment, payment_of, record
from tests.support.driver import NOON, OWNER, ServiceDriver
from tests.support.samples_billing import ORDER, asked_payment, hold_due, order_cancelled, order_reopened, total_of
from tests.support.stripe_double import StripeDouble, deliver

BANK = {"details": {"iban": "NL91ABNA0417164300"}}


def pays_with(billing: ServiceDriver, method: str, **values: Any) -> tuple[int, str]:
    answer = billing.commands("POST", "/internal/v1/payments", asked_payment(**values) | {"method": method})
    return answer.status, answer.body.get("code", answer.body.get("state"))


def test_it_waits_for_its_money_and_says_how_to_bring_it(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """P1: created and pending at once; nothing is asked of the provider; names are in the order's language."""
    payment = given_offline(billing, policy=BANK)

    assert (payment["state"], payment["kind"], payment["provider"], payment["amount"]) == ("pending", "offline", "manual", total_of())
    assert payment["instructions"] == {
        "text": "Please transfer the amount to our account and give the reference.",
        "details": BANK["details"],
        "reference": "SO000123",
        "amount": total_of(),
        "currency": "EUR",
        "deadline_at": None,
    }
    assert "client_secret" not in payment
    assert billing.told() == ["billing.payment_created", "billing.payment_pending"]
    (told,) = billing.told_events("billing.payment_pending")
    assert (told.confirms_order, told.due, told.reminder_at, told.deadline_at) == (False, total_of(), None, None)
    assert (told.instructions.text, told.instructions.details, told.instructions.amount) == (
        payment["instructions"]["text"],
        BANK["details"],
        total_of(),
    )
    assert stripe.calls == []
    assert billing.rows("SELECT kind FROM timers") == []


@pytest.mark.parametrize(("language", "begins"), [("fa", "لطفاً"), ("vi", "Vui lòng"), ("ru", "Пожалуйста"), (None, "Please")])
def test_its_text_is_in_the_orders_language(billing: ServiceDriver, language: str | None, begins: str) -> None:
    """R-LNG-07"""
    body = asked_payment() | {"method": "wire", "language": language}

    assert billing.commands("POST", "/internal/v1/payments", body).body["instructions"]["text"].startswith(begins)


def test_the_orders_page_shows_the_instructions_to_its_customer_until_it_is_paid(billing: ServiceDriver) -> None:
    given_offline(billing, policy=BANK)

    def shown(eyes: str) -> dict[str, Any]:
        payment: dict[str, Any] = billing.commands("GET", f"/internal/v1/orders/{ORDER}/parts?eyes={eyes}").body["payments"][0]
        return payment

    assert shown("customer")["instructions"]["details"] == BANK["details"]
    assert "instructions" not in shown("staff")
    record(billing, amount=total_of(), note="by hand")
    assert ("instructions" in shown("customer"), "note" in shown("customer"), shown("staff")["note"]) == (False, False, "by hand")


def test_the_policy_of_its_day_is_frozen_on_it(billing: ServiceDriver) -> None:
    """api.md, 13.13: a method that changes later changes no payment that waits."""
    payment = given_offline(billing, policy=BANK | {"review": "required"})
    patched = {"confirm_on": "never", "review": "none", "details": {"iban": "XX"}, "hold_minutes": 5}
    billing.asks("PATCH", "/admin/v1/payment_methods/wire", patched)

    assert record(billing, amount=total_of()).body["payment"]["review"] == "required"
    (captured,) = billing.told_events("billing.payment_captured")
    assert captured.confirms_order
    assert payment_of(billing, payment["id"])["id"] == payment["id"]


def test_pending_confirms_when_its_method_says_so(billing: ServiceDriver) -> None:
    """R-ORD-37."""
    given_offline(billing, policy={"confirm_on": "pending"})

    (told,) = billing.told_events("billing.payment_pending")
    assert told.confirms_order


def test_a_method_that_never_confirms_leaves_it_to_the_staff(billing: ServiceDriver) -> None:
    """R-ORD-34."""
    given_offline(billing, policy={"confirm_on": "never"})
    record(billing, amount=total_of())

    assert [event.confirms_order for event in billing.told_events("billing.payment_captured")] == [False]


def test_a_hold_brings_a_deadline_and_a_reminder(billing: ServiceDriver) -> None:
    payment = given_offline(billing, policy={"hold_minutes": 120, "reminder_minutes": 60})

    (told,) = billing.told_events("billing.payment_pending")
    assert (told.reminder_at, told.deadline_at) == (rfc3339(NOON + timedelta(minutes=60)), rfc3339(NOON + timedelta(minutes=120)))
    assert payment["instructions"]["deadline_at"] == told.deadline_at


@pytest.mark.parametrize("policy", [{"reminder_minutes": 60}, {"reminder_minutes": 60, "hold_minutes": 60}])
def test_there_is_no_reminder_without_a_deadline_after_it(billing: ServiceDriver, policy: dict[str, Any]) -> None:
    """R-ORD-55."""
    given_offline(billing, policy=policy)

    assert billing.told_events("billing.payment_pending")[0].reminder_at is None


def test_the_same_method_again_is_the_same_payment(billing: ServiceDriver) -> None:
    """R-ORD-10."""
    assert given_offline(billing)["id"] == given_offline(billing)["id"]
    assert billing.told("billing.payment_pending") == ["billing.payment_pending"]


@pytest.mark.parametrize("method", ["card", "cash_on_delivery"])
def test_another_method_has_to_wait_for_the_open_one(billing: ServiceDriver, method: str) -> None:
    """R-PAY-11: one open payment per order."""
    given_offline(billing)

    assert pays_with(billing, method) == (409, "payment_in_progress")


def test_a_declined_card_gives_way_to_an_offline_method(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-11, P6: it is cancelled at the provider first."""
    card = given_payment(billing)
    deliver(billing, stripe.happens(card["provider_ref"], "fail"))

    wire = given_offline(billing)

    assert (wire["state"], wire["reference"]) == ("pending", "SO000123-1")
    assert stripe.intent(card["provider_ref"])["status"] == "canceled"
    assert payment_of(billing, card["id"])["state"] == "cancelled"


def test_a_declined_card_that_was_paid_meanwhile_does_not(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-13: what the provider says when it is asked counts."""
    card = given_payment(billing)
    deliver(billing, stripe.happens(card["provider_ref"], "fail"))
    stripe.happens(card["provider_ref"], "succeed")

    assert pays_with(billing, "wire") == (409, "payment_in_progress")
    assert payment_of(billing, card["id"])["state"] == "captured"


def test_a_method_of_the_staff_is_not_for_customers(billing: ServiceDriver) -> None:
    """R-PAY-19: asked again where the payment is made."""
    customer = OWNER.model_copy(update={"type": "guest", "permissions": frozenset()})
    body = asked_payment() | {"method": "cash"}

    assert billing.asks("POST", "/internal/v1/payments", body, caller=customer).code == "payment_method_unavailable"
    assert billing.asks("POST", "/internal/v1/payments", body).body["state"] == "pending"


def test_the_end_of_its_hold_withdraws_it(billing: ServiceDriver) -> None:
    """P6, R-ORD-54."""
    payment = given_offline(billing, policy={"hold_minutes": 60})

    billing.hears(hold_due())

    assert payment_of(billing, payment["id"])["state"] == "cancelled"
    (closed,) = billing.told_events("billing.open_payment_closed")
    assert (closed.outcome, closed.on_expiry) == ("cancelled", "cancel")


def test_the_end_of_its_hold_leaves_what_was_partly_paid(billing: ServiceDriver) -> None:
    """R-ORD-54: never while something has been captured."""
    given_offline(billing, policy={"hold_minutes": 60})
    record(billing, amount="1.00")

    billing.hears(hold_due())

    assert billing.told_events("billing.open_payment_closed")[0].outcome == "moving"
    assert billing.rows("SELECT state FROM payments ORDER BY id") == [("captured",), ("pending",)]


def test_the_end_of_the_hold_leaves_a_declined_card_where_part_was_paid(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-ORD-54: the rest can still be paid with it."""
    card = given_payment(billing)
    deliver(billing, stripe.happens(card["provider_ref"], "fail"))
    record(billing, amount="1.00", method="cash")

    billing.hears(hold_due())

    assert stripe.intent(card["provider_ref"])["status"] == "requires_payment_method"
    assert billing.told_events("billing.open_payment_closed")[0].outcome == "moving"


@pytest.mark.parametrize("ends", [order_reopened, order_cancelled])
def test_reopening_and_cancelling_withdraw_it(billing: ServiceDriver, ends: Any) -> None:
    """O4, O10."""
    payment = given_offline(billing)

    billing.hears(ends())

    assert payment_of(billing, payment["id"])["state"] == "cancelled"


def test_the_gateway_closes_it_before_another_method(billing: ServiceDriver) -> None:
    given_offline(billing)

    answer = billing.commands("POST", f"/internal/v1/orders/{ORDER}/close_payment", {"submission": 1})

    assert answer.body == {"outcome": "cancelled"}
