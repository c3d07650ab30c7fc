"""Events of the provider are never lost: unmatched until their payment appears, failed until they pass."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from services.billing.actions.payments import record_intent
from tests.services.billing.conftest import given_payment, payment_of
from tests.support.driver import OWNER, ServiceDriver
from tests.support.samples_billing import asked_payment
from tests.support.stripe_double import StripeDouble, deliver


def unmatched_event(stripe: StripeDouble, ref: str) -> dict[str, Any]:
    """An event that names its intent only: the payment has no reference yet."""
    event: dict[str, Any] = orjson.loads(stripe.happens(ref, "succeed"))
    event["data"]["object"]["metadata"] = {}
    return event


def waiting_timers(billing: ServiceDriver) -> list[tuple[Any, ...]]:
    """Events that are to be tried again, with how often that failed."""
    return billing.rows("SELECT kind, failures FROM timers WHERE kind = 'provider_events'")


def given_lost_answer(billing: ServiceDriver, stripe: StripeDouble) -> tuple[str, str]:
    """A payment that does not know its intent: its id, and the intent's."""
    stripe.fail_next(1, "drop_answer")
    billing.commands("POST", "/internal/v1/payments", asked_payment())
    return billing.rows("SELECT id FROM payments")[0][0], stripe.intents()[0]["id"]


def test_an_event_of_an_unknown_payment_is_kept_unmatched_and_told_once(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-08."""
    _, ref = given_lost_answer(billing, stripe)
    event = unmatched_event(stripe, ref)

    assert deliver(billing, event).body == {"received": True, "state": "unmatched", "duplicate": False}
    assert deliver(billing, event).body == {"received": True, "state": "unmatched", "duplicate": True}
    assert billing.told() == ["billing.provider_event_unmatched"]


def test_it_is_applied_when_the_payment_gets_its_reference(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-08."""
    payment_id, ref = given_lost_answer(billing, stripe)
    intent = billing.outside.stripe.retrieve_intent(ref)
    deliver(billing, unmatched_event(stripe, ref))

    billing.given(lambda tx: record_intent(tx, payment_id, intent, now_unix=1))

    assert payment_of(billing, payment_id)["state"] == "captured"
    (event,) = billing.asks("GET", f"/admin/v1/provider_events?payment_id={payment_id}").body["data"]
    assert (event["state"], event["reason"]) == ("applied", None)
    assert waiting_timers(billing) == []


def test_its_timer_finds_the_payment_too(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-08: should both have missed each other."""
    payment_id, ref = given_lost_answer(billing, stripe)
    deliver(billing, unmatched_event(stripe, ref))
    with billing.db.begin() as tx:
        tx.connection.exec_driver_sql(f"UPDATE payments SET provider_ref = '{ref}'")
    billing.later(seconds=10)

    assert billing.runs_timers() == ["provider_events"]
    assert payment_of(billing, payment_id)["state"] == "captured"


def test_what_is_not_ours_is_tried_less_and_less_and_then_rests(billing: ServiceDriver, stripe: StripeDouble) -> None:
    event = orjson.loads(stripe.happens(given_payment(billing)["provider_ref"], "succeed"))
    event["data"]["object"] |= {"id": "pi_stranger", "metadata": {}}
    deliver(billing, event)

    tries = []
    for _ in range(10):
        billing.later(days=1)
        tries += [kind for kind in billing.runs_timers() if kind == "provider_events"]

    assert tries == ["provider_events"] * 6
    assert billing.asks("GET", "/admin/v1/provider_events?state=unmatched").body["data"][0]["event_id"] == event["id"]


def test_an_event_by_its_metadata_finds_a_payment_without_a_reference(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment_id, ref = given_lost_answer(billing, stripe)

    deliver(billing, stripe.happens(ref, "succeed"))

    shown = payment_of(billing, payment_id)
    assert (shown["state"], shown["provider_ref"]) == ("captured", ref)
    assert billing.told() == ["billing.payment_created", "billing.payment_captured"]


def test_what_goes_wrong_in_applying_is_kept_as_failed_and_passes_later(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-01: nothing of the failed try remains but the event itself."""
    payment = given_payment(billing)
    with billing.db.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE payments SET decimals = 9")

    answer = deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))

    assert answer.body == {"received": True, "state": "failed", "duplicate": False}
    assert billing.told("billing.payment_captured") == []
    with billing.db.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE payments SET decimals = 2")
    billing.later(minutes=1)
    assert billing.runs_timers() == ["provider_events"]
    assert payment_of(billing, payment["id"])["state"] == "captured"
    (event,) = billing.asks("GET", "/admin/v1/provider_events?state=applied").body["data"]
    assert event["applied_at"] is not None


def test_a_failed_event_that_fails_again_stays_due(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing)
    with billing.db.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE payments SET decimals = 9")
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))
    billing.later(minutes=1)

    with pytest.raises(ValueError, match="decimals"):
        billing.runs_timers()

    assert waiting_timers(billing) == [("provider_events", 1)]


@pytest.mark.parametrize("missing", ["amount", "currency"])
def test_an_event_without_amount_or_currency_is_failed_for_good(billing: ServiceDriver, stripe: StripeDouble, missing: str) -> None:
    """api.md, 13.17."""
    payment = given_payment(billing)
    event = orjson.loads(stripe.happens(payment["provider_ref"], "succeed"))
    for field in (missing, f"{missing}_received"):
        event["data"]["object"].pop(field, None)

    assert deliver(billing, event).body["state"] == "failed"
    (stored,) = billing.asks("GET", "/admin/v1/provider_events?state=failed").body["data"]
    assert f"no {'whole amount' if missing == 'amount' else 'currency'}" in stored["reason"]
    assert waiting_timers(billing) == []


def test_staff_see_an_event_and_have_it_applied_again(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-01: what was unmatched passes as soon as its payment is there, and then stays as it is."""
    payment_id, ref = given_lost_answer(billing, stripe)
    deliver(billing, unmatched_event(stripe, ref))
    ((event_id,),) = billing.rows("SELECT id FROM provider_events")

    shown = billing.asks("GET", f"/admin/v1/provider_events/{event_id}").body
    assert (shown["state"], shown["raw"]["type"]) == ("unmatched", "payment_intent.succeeded")
    assert billing.asks("POST", f"/admin/v1/provider_events/{event_id}/replay").body["state"] == "unmatched"
    with billing.db.begin() as tx:
        tx.connection.exec_driver_sql(f"UPDATE payments SET provider_ref = '{ref}'")
    replayed = [billing.asks("POST", f"/admin/v1/provider_events/{event_id}/replay").body for _ in range(2)]

    assert [event["state"] for event in replayed] == ["applied", "applied"]
    assert replayed[0]["applied_at"] == replayed[1]["applied_at"]
    assert payment_of(billing, payment_id)["state"] == "captured"
    assert waiting_timers(billing) == []
    assert billing.asks("GET", "/admin/v1/provider_events/pev_nothing").status == 404


def test_a_replay_of_what_can_never_pass_says_why(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """api.md, 13.17."""
    event = orjson.loads(stripe.happens(given_payment(billing)["provider_ref"], "succeed"))
    for field in ("amount", "amount_received"):
        event["data"]["object"].pop(field)
    deliver(billing, event)
    ((event_id,),) = billing.rows("SELECT id FROM provider_events")

    answer = billing.asks("POST", f"/admin/v1/provider_events/{event_id}/replay")

    assert (answer.status, answer.body["state"]) == (200, "failed")
    assert "no whole amount" in answer.body["reason"]


def test_a_replay_is_for_those_who_run_the_shop(billing: ServiceDriver) -> None:
    """R-ACC-04."""
    accountant = OWNER.model_copy(update={"permissions": frozenset({"payments.read"})})

    answer = billing.asks("POST", "/admin/v1/provider_events/pev_1/replay", caller=accountant)

    assert (answer.status, answer.body["required_permission"]) == (403, "ops.write")


def test_the_list_filters_pages_and_refuses_what_it_does_not_know(billing: ServiceDriver) -> None:
    for number in range(3):
        deliver(billing, {"id": f"evt_{number}", "type": "x", "created": 1, "data": {"object": {}}})

    first = billing.asks("GET", "/admin/v1/provider_events?limit=2&state=ignored,applied").body
    rest = billing.asks("GET", f"/admin/v1/provider_events?limit=2&state=ignored,applied&after={first['page']['next']}").body

    assert [event["event_id"] for event in first["data"] + rest["data"]] == ["evt_2", "evt_1", "evt_0"]
    assert (first["page"]["has_more"], rest["page"]) == (True, {"next": None, "has_more": False})
    assert billing.asks("GET", "/admin/v1/provider_events?event_id=evt_1").body["data"][0]["event_id"] == "evt_1"
    assert billing.asks("GET", "/admin/v1/provider_events?provider=stripe").code == "validation_failed"


def test_events_are_for_those_who_may_read_payments(billing: ServiceDriver) -> None:
    """R-ACC-04."""
    warehouse = OWNER.model_copy(update={"permissions": frozenset({"orders.read"})})

    answer = billing.asks("GET", "/admin/v1/provider_events", caller=warehouse)

    assert (answer.status, answer.body["required_permission"]) == (403, "payments.read")
