"""Online payments are looked at by the clock: all webhooks may be lost, and nothing is given up (R-PAY-09, R-PAY-21)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.db.timers import next_due
from tests.services.billing.conftest import given_authorized, given_offline, given_payment, payment_of
from tests.support.driver import NOON, ServiceDriver
from tests.support.samples_billing import asked_payment, order_cancelled, order_confirmed, order_submitted
from tests.support.stripe_double import StripeDouble, deliver

MISMATCH = "billing.reconciliation_mismatch"


def looks(billing: ServiceDriver) -> int:
    """How often the provider was to be asked so far."""
    return len(billing.told("billing.sync_due"))


def next_look(billing: ServiceDriver) -> timedelta | None:
    """How long after NOON the clock comes again."""
    with billing.db.read() as tx:
        due: datetime | None = next_due(tx)
    return None if due is None else due - NOON


def runs_at(billing: ServiceDriver, instant: datetime) -> None:
    billing.at(instant)
    billing.runs_timers()


def test_a_lost_webhook_is_made_up_for_within_one_period(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-09."""
    payment = given_payment(billing)
    stripe.happens(payment["provider_ref"], "succeed")

    runs_at(billing, NOON + timedelta(minutes=2))
    billing.hears_itself()

    assert payment_of(billing, payment["id"])["state"] == "captured"
    (captured,) = billing.told_events("billing.payment_captured")
    assert captured.confirms_order


def test_nothing_is_asked_before_two_minutes(billing: ServiceDriver) -> None:
    given_payment(billing)

    runs_at(billing, NOON + timedelta(seconds=119))

    assert looks(billing) == 0


def test_it_asks_every_five_minutes_then_hourly_then_daily_for_ever(billing: ServiceDriver) -> None:
    """lifecycles.md, section 7."""
    given_payment(billing)

    for age, pause in [
        (timedelta(minutes=2), timedelta(minutes=5)),
        (timedelta(hours=23, minutes=59), timedelta(minutes=5)),
        (timedelta(days=1, minutes=5), timedelta(hours=1)),
        (timedelta(days=6, hours=23), timedelta(hours=1)),
        (timedelta(days=7, hours=1), timedelta(days=1)),
        (timedelta(days=700), timedelta(days=1)),
    ]:
        runs_at(billing, NOON + age)
        assert next_look(billing) == age + pause

    assert looks(billing) == 6


@pytest.mark.parametrize("action", ["fail", "authorize", "process"])
def test_what_is_not_settled_is_asked_about(billing: ServiceDriver, stripe: StripeDouble, action: Any) -> None:
    """R-PAY-09: failed, authorized and processing ones too."""
    payment = given_payment(billing)
    deliver(billing, stripe.happens(payment["provider_ref"], action))

    runs_at(billing, NOON + timedelta(minutes=2))

    assert looks(billing) == 1


@pytest.mark.parametrize("action", ["succeed", "cancel"])
def test_what_is_settled_is_left_alone(billing: ServiceDriver, stripe: StripeDouble, action: Any) -> None:
    billing.hears(order_confirmed(), seq=2)
    payment = given_payment(billing)
    deliver(billing, stripe.happens(payment["provider_ref"], action))

    runs_at(billing, NOON + timedelta(minutes=2))

    assert (looks(billing), next_look(billing)) == (0, None)


def test_a_question_about_a_payment_that_is_settled_meanwhile_is_not_asked(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing)
    runs_at(billing, NOON + timedelta(minutes=2))
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))
    calls = len(stripe.calls)

    billing.hears_itself()

    assert len(stripe.calls) == calls


def test_a_payment_without_an_intent_is_waited_for(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """Stripe was down while submitting: 503, and the same call goes on."""
    stripe.fail_next(1, "500")
    assert billing.commands("POST", "/internal/v1/payments", asked_payment()).code == "provider_unavailable"

    runs_at(billing, NOON + timedelta(minutes=2))
    assert (looks(billing), next_look(billing)) == (0, timedelta(minutes=7))
    assert given_payment(billing)["state"] == "created"
    runs_at(billing, NOON + timedelta(minutes=7))
    assert looks(billing) == 1


def test_a_payment_that_the_provider_does_not_know_is_told(billing: ServiceDriver) -> None:
    """R-PAY-25."""
    payment = given_payment(billing)
    with billing.db.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE payments SET provider_ref = 'pi_gone'")

    runs_at(billing, NOON + timedelta(minutes=2))
    billing.hears_itself()

    (told,) = billing.told_events(MISMATCH)
    assert (told.kind, told.payment_id, told.ours, told.theirs) == ("missing_payment", payment["id"], "created", "unknown")


def test_a_provider_that_is_away_is_asked_again(billing: ServiceDriver, stripe: StripeDouble) -> None:
    given_payment(billing)
    runs_at(billing, NOON + timedelta(minutes=2))
    (event,) = billing.told_events("billing.sync_due")

    stripe.fail_next(1, "429")
    assert billing.hears_again_later(event)


def test_offline_payments_are_not_watched(billing: ServiceDriver) -> None:
    given_offline(billing)

    assert next_look(billing) is None


def paid(billing: ServiceDriver, stripe: StripeDouble) -> dict[str, Any]:
    billing.hears(order_submitted(), seq=1)
    payment = given_payment(billing)
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))
    return payment


def test_money_without_a_confirmed_order_is_told_once_after_a_quarter_of_an_hour(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-09, R-PAY-25."""
    payment = paid(billing, stripe)

    for minutes in (2, 14):
        runs_at(billing, NOON + timedelta(minutes=minutes))
        assert billing.told(MISMATCH) == []
    runs_at(billing, NOON + timedelta(minutes=15))

    (told,) = billing.told_events(MISMATCH)
    assert (told.kind, told.payment_id, told.theirs) == ("paid_not_confirmed", payment["id"], "captured 74.95 EUR")
    assert next_look(billing) is None


def test_authorized_money_without_a_confirmed_order_is_told_once(billing: ServiceDriver, stripe: StripeDouble) -> None:
    billing.hears(order_submitted(), seq=1)
    given_authorized(billing, stripe)

    for minutes in (2, 15, 20, 25):
        runs_at(billing, NOON + timedelta(minutes=minutes))

    assert billing.told(MISMATCH) == [MISMATCH]


def test_a_confirmed_order_is_as_it_should_be(billing: ServiceDriver, stripe: StripeDouble) -> None:
    paid(billing, stripe)
    runs_at(billing, NOON + timedelta(minutes=2))
    billing.hears(order_confirmed(), seq=2)

    runs_at(billing, NOON + timedelta(minutes=15))

    assert billing.told(MISMATCH) == []


def test_a_cancelled_order_needs_no_confirmation(billing: ServiceDriver, stripe: StripeDouble) -> None:
    paid(billing, stripe)
    billing.hears(order_cancelled())

    runs_at(billing, NOON + timedelta(minutes=20))

    assert billing.told(MISMATCH) == []


@pytest.mark.parametrize(("percent", "told"), [(100, []), (10, [MISMATCH])])
def test_a_part_of_the_money_confirms_only_where_it_was_all_that_was_asked(
    billing: ServiceDriver, stripe: StripeDouble, percent: int, told: list[str]
) -> None:
    """R-ORD-36."""
    billing.hears(order_submitted().model_copy(update={"prepayment_percent": percent}), seq=1)
    part = billing.commands("POST", "/internal/v1/payments", asked_payment() | {"amount": "10.00"}).body
    deliver(billing, stripe.happens(part["provider_ref"], "succeed"))

    runs_at(billing, NOON + timedelta(minutes=20))

    assert billing.told(MISMATCH) == told


def test_an_authorization_about_to_expire_is_told_two_days_before_once(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-21."""
    payment = given_authorized(billing, stripe)

    runs_at(billing, NOON + timedelta(days=5) - timedelta(seconds=1))
    assert billing.told("billing.authorization_expiring") == []
    assert next_look(billing) == timedelta(days=5)
    runs_at(billing, NOON + timedelta(days=5))
    runs_at(billing, NOON + timedelta(days=6))

    (told,) = billing.told_events("billing.authorization_expiring")
    assert (told.payment_id, told.amount, told.authorized_until) == (payment["id"], "74.95", payment["authorized_until"])


def test_an_authorization_that_was_not_taken_is_told_once(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-21: at its instant, also when the clock jumps over the warning."""
    given_authorized(billing, stripe)

    for days in (7, 8):
        runs_at(billing, NOON + timedelta(days=days))

    assert billing.told("billing.authorization_expiring", "billing.authorization_expired") == ["billing.authorization_expired"]


def test_taken_money_does_not_expire(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_authorized(billing, stripe)
    billing.asks("POST", f"/admin/v1/payments/{payment['id']}/capture")

    runs_at(billing, NOON + timedelta(days=8))

    assert billing.told("billing.authorization_expired") == []


def test_an_unmatched_event_is_applied_by_a_sync(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-08."""
    payment = given_payment(billing)
    event = stripe.happens(payment["provider_ref"], "fail")
    with billing.db.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE payments SET provider_ref = NULL, id = 'pay_other'")
    assert deliver(billing, event).body["state"] == "unmatched"
    with billing.db.begin() as tx:
        tx.connection.exec_driver_sql("DELETE FROM timers WHERE kind = 'provider_events'")
        tx.connection.exec_driver_sql(f"UPDATE payments SET provider_ref = '{payment['provider_ref']}', id = '{payment['id']}'")

    runs_at(billing, NOON + timedelta(minutes=2))
    billing.hears_itself()

    assert [row[0] for row in billing.rows("SELECT state FROM provider_events")] == ["ignored"]
    assert payment_of(billing, payment["id"])["state"] == "failed"
