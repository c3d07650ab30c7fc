"""Authorized money is taken by hand, or given back (P11, P12)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.services.billing.conftest import given_authorized, given_offline, given_payment, payment_of, record
from tests.support.driver import OWNER, Answer, ServiceDriver
from tests.support.samples_billing import order_confirmed, total_of
from tests.support.stripe_double import StripeDouble, deliver

TOTAL = total_of()


def command(billing: ServiceDriver, payment: dict[str, Any], name: str, body: Any = None, **values: Any) -> Answer:
    return billing.asks("POST", f"/admin/v1/payments/{payment['id']}/{name}", body, **values)


def test_money_that_is_taken_later_is_authorized_first(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-20: the intent says so, and authorized money confirms."""
    payment = given_authorized(billing, stripe, capture="by_hand")

    assert stripe.intent(payment["provider_ref"])["capture_method"] == "manual"
    assert (payment["state"], payment["capture"]) == ("authorized", "by_hand")
    assert billing.told_events("billing.payment_authorized")[0].confirms_order


def test_an_automatic_capture_stays_automatic(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing)

    assert stripe.intent(payment["provider_ref"])["capture_method"] == "automatic"


def test_all_of_it_is_taken_once(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """P11, R-PAY-12: a repeat changes nothing."""
    payment = given_authorized(billing, stripe)

    answers = [command(billing, payment, "capture") for _ in range(2)]

    assert [(answer.status, answer.body["state"], answer.body["captured"]) for answer in answers] == [(200, "captured", TOTAL)] * 2
    assert stripe.keys[1:] == [f"{payment['id']}-capture-1"]
    assert billing.told("billing.payment_captured", "billing.due_changed") == ["billing.payment_captured"]


@pytest.mark.parametrize("name", ["capture", "void"])
def test_whoever_asks_for_it_is_in_the_audit_log(billing: ServiceDriver, stripe: StripeDouble, name: str) -> None:
    """R-ACC-09: the wish is written down with who had it, before the provider is asked."""
    payment = given_authorized(billing, stripe)

    assert command(billing, payment, name).status == 200

    entry = billing.commands("GET", "/internal/v1/audit_log?rows=1").body["data"][0]
    assert (entry["action"], entry["record_id"], entry["status"]) == (f"POST /admin/v1/payments/{{payment_id}}/{name}", payment["id"], 202)


def test_what_is_not_taken_is_released_and_due_again(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """P11, R-PAY-20: deliveries wait for it."""
    payment = given_authorized(billing, stripe)

    shown = command(billing, payment, "capture", {"amount": "40.00"}).body

    assert (shown["captured"], shown["released"]) == ("40.00", "34.95")
    assert stripe.intent(payment["provider_ref"])["amount_received"] == 4000
    (captured,) = billing.told_events("billing.payment_captured")
    assert (captured.released, captured.due) == ("34.95", "34.95")
    (due,) = billing.told_events("billing.due_changed")
    assert (due.held, due.due) == (True, "34.95")
    assert deliver(billing, stripe.happens(payment["provider_ref"], "succeed", amount_received=4000)).body["state"] == "ignored"


def test_deliveries_are_free_again_when_the_rest_is_paid(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """P11."""
    payment = given_authorized(billing, stripe)
    command(billing, payment, "capture", {"amount": "40.00"})

    given_offline(billing, amount="34.95")
    record(billing, amount="4.95")
    record(billing, amount="30.00")

    assert [(event.held, event.due) for event in billing.told_events("billing.due_changed")] == [(True, "34.95"), (False, "0.00")]


def test_the_provider_cannot_have_taken_another_amount_than_was_asked(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-04: a capture is held against what was asked."""
    payment = given_authorized(billing, stripe)
    stripe.fail_next(2, "429")
    command(billing, payment, "capture", {"amount": "40.00"})

    deliver(billing, stripe.happens(payment["provider_ref"], "succeed", amount_received=3999))

    shown = payment_of(billing, payment["id"])
    assert (shown["state"], shown["failure"]["code"], shown["received"]["amount"]) == ("failed", "amount_mismatch", "39.99")


def test_an_event_that_crosses_the_answer_is_the_same_capture(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """api.md, 13.8: the answer was lost, the event came, and the repeat has nothing left to do."""
    payment = given_authorized(billing, stripe)
    stripe.fail_next(1, "429")
    assert command(billing, payment, "capture", {"amount": "40.00"}).status == 503

    deliver(billing, stripe.happens(payment["provider_ref"], "succeed", amount_received=4000))

    assert command(billing, payment, "capture", {"amount": "40.00"}).body["captured"] == "40.00"
    assert billing.told("billing.payment_captured") == ["billing.payment_captured"]


@pytest.mark.parametrize(
    ("amount", "code"), [("74.96", "amount_exceeds_capturable"), ("0.00", "validation_failed"), ("1.001", "money_precision")]
)
def test_what_was_not_authorized_is_not_taken(billing: ServiceDriver, stripe: StripeDouble, amount: str, code: str) -> None:
    """P11."""
    payment = given_authorized(billing, stripe)

    answer = command(billing, payment, "capture", {"amount": amount})

    assert (answer.status, answer.code) == (422, code)
    assert payment_of(billing, payment["id"])["state"] == "authorized"


def test_the_answer_names_what_can_be_taken(billing: ServiceDriver, stripe: StripeDouble) -> None:
    answer = command(billing, given_authorized(billing, stripe), "capture", {"amount": "1000.00"})

    assert answer.body["errors"][0]["meta"] == {"capturable": TOTAL}


@pytest.mark.parametrize("support", ["none", "full_only"])
def test_a_method_may_take_the_whole_only(billing: ServiceDriver, stripe: StripeDouble, support: str) -> None:
    """P11: as its method says when it is taken (api.md, 13.13)."""
    payment = given_authorized(billing, stripe)
    billing.asks("PATCH", "/admin/v1/payment_methods/card", {"capture": "automatic", "capture_support": support})

    assert command(billing, payment, "capture", {"amount": "1.00"}).code == "full_capture_only"
    assert command(billing, payment, "capture", {"amount": TOTAL}).body["state"] == "captured"


def test_only_authorized_money_is_taken(billing: ServiceDriver, stripe: StripeDouble) -> None:
    answer = command(billing, given_payment(billing), "capture")

    assert (answer.status, answer.code, answer.body["from"], answer.body["allowed"]) == (409, "illegal_transition", "created", ["void"])


def test_a_payment_is_not_taken_twice_with_two_amounts(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """One capture (R-PAY-12): whether the first came to something is not known."""
    payment = given_authorized(billing, stripe)
    stripe.fail_next(1, "429")
    command(billing, payment, "capture", {"amount": "40.00"})

    assert command(billing, payment, "capture", {"amount": "41.00"}).code == "payment_in_progress"
    assert command(billing, payment, "capture", {"amount": "40.00"}).body["captured"] == "40.00"


def test_after_a_broken_answer_the_key_is_another(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-12: read first, then the next key."""
    payment = given_authorized(billing, stripe)
    stripe.simulator._faults.extend([None, "500"])  # type: ignore[list-item]

    assert command(billing, payment, "capture").status == 503
    assert command(billing, payment, "capture").body["state"] == "captured"

    assert stripe.keys[1:] == [f"{payment['id']}-capture-1", f"{payment['id']}-capture-2"]


def test_a_refused_capture_leaves_the_money_where_it_is(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-API-03: the code is one of ours; what the provider calls it stands beside it."""
    payment = given_authorized(billing, stripe)
    stripe.simulator._faults.extend([None, "card_declined"])  # type: ignore[list-item]

    refused = command(billing, payment, "capture", {"amount": "40.00"})

    assert (refused.status, refused.code) == (409, "illegal_transition")
    assert refused.body["errors"][0]["meta"] == {"provider_code": "card_declined"}
    assert payment_of(billing, payment["id"])["state"] == "authorized"
    assert command(billing, payment, "capture").body["captured"] == TOTAL
    assert stripe.keys[-1] == f"{payment['id']}-capture-2"


def test_a_capture_of_what_the_bank_has_taken_back_says_so(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_authorized(billing, stripe)
    stripe.happens(payment["provider_ref"], "cancel")

    assert command(billing, payment, "capture").body["state"] == "cancelled"
    assert command(billing, payment, "capture").code == "illegal_transition"


def test_a_void_gives_the_money_back_without_a_refund(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """P12, R-PAY-22."""
    payment = given_authorized(billing, stripe)

    answers = [command(billing, payment, "void") for _ in range(2)]

    assert [(answer.status, answer.body["state"], answer.body["refunded"]) for answer in answers] == [(200, "cancelled", "0.00")] * 2
    assert stripe.intent(payment["provider_ref"])["status"] == "canceled"
    (told,) = billing.told_events("billing.payment_cancelled")
    assert told.state_before == "authorized"


def test_an_offline_payment_is_voided_here(billing: ServiceDriver, stripe: StripeDouble) -> None:
    assert command(billing, given_offline(billing), "void").body["state"] == "cancelled"
    assert stripe.calls == []


def test_captured_money_is_not_voided(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-22, R-PAY-13."""
    payment = given_payment(billing)
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))

    assert command(billing, payment, "void").code == "illegal_transition"


def test_what_was_paid_before_it_could_be_voided_is_captured(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-13: the provider is read first."""
    payment = given_payment(billing)
    stripe.happens(payment["provider_ref"], "succeed")

    assert command(billing, payment, "void").body["state"] == "captured"


def test_a_payment_is_read_again_when_staff_ask(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-09."""
    payment = given_payment(billing)
    stripe.happens(payment["provider_ref"], "succeed")

    assert command(billing, payment, "sync").body["state"] == "captured"
    calls = len(stripe.calls)
    assert command(billing, payment, "sync").body["state"] == "captured"
    assert len(stripe.calls) == calls


@pytest.mark.parametrize("name", ["capture", "void", "sync"])
def test_money_is_moved_by_those_who_may(billing: ServiceDriver, stripe: StripeDouble, name: str) -> None:
    """R-ACC-04."""
    sales = OWNER.model_copy(update={"permissions": frozenset({"payments.record"})})

    answer = command(billing, given_payment(billing), name, caller=sales)

    assert (answer.status, answer.body["required_permission"]) == (403, "payments.capture")


def test_a_capture_is_invoiced_and_allocated(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_authorized(billing, stripe)
    billing.hears(order_confirmed(), seq=1)

    command(billing, payment, "capture")
    billing.hears_itself()

    assert billing.told("billing.invoice_paid") == ["billing.invoice_paid"]


def test_two_captures_at_once_are_one(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-12: one intent, one capture."""
    payment = given_authorized(billing, stripe)

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: command(billing, payment, "capture", {"amount": "40.00"}), range(4)))

    assert {(answer.status, answer.body["captured"]) for answer in answers} == {(200, "40.00")}
    assert set(stripe.keys[1:]) == {f"{payment['id']}-capture-1"}
    assert billing.told("billing.payment_captured", "billing.due_changed") == ["billing.payment_captured", "billing.due_changed"]
