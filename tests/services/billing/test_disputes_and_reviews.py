"""Money that is there and is not simply good: disputed, to be reviewed, not fitting (P13, P14, P15)."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.services.billing.conftest import given_offline, given_payment, payment_of, record
from tests.support.driver import OWNER, Answer, ServiceDriver
from tests.support.samples_billing import order_cancelled, total_of
from tests.support.stripe_double import StripeDouble, deliver

TOTAL = total_of()


def command(billing: ServiceDriver, payment: dict[str, Any], name: str, body: Any, **values: Any) -> Answer:
    return billing.asks("POST", f"/admin/v1/payments/{payment['id']}/{name}", body, **values)


@pytest.fixture
def captured(billing: ServiceDriver, stripe: StripeDouble) -> dict[str, Any]:
    payment = given_payment(billing)
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))
    return payment_of(billing, payment["id"])


def disputes(billing: ServiceDriver) -> list[tuple[str, str]]:
    return [(event.dispute, event.amount) for event in billing.told_events("billing.payment_disputed")]


def test_a_dispute_is_told_and_moves_no_money(billing: ServiceDriver, stripe: StripeDouble, captured: dict[str, Any]) -> None:
    """P14, R-PAY-23."""
    event = stripe.happens(captured["provider_ref"], "dispute")

    assert [deliver(billing, event).body["state"] for _ in range(2)] == ["applied", "applied"]

    shown = payment_of(billing, captured["id"])
    assert (shown["state"], shown["dispute"], shown["refunded"]) == ("captured", "open", "0.00")
    assert disputes(billing) == [("open", TOTAL)]
    assert len(billing.asks("GET", "/admin/v1/payments?dispute=open").body["data"]) == 1


def test_a_lost_dispute_counts_as_refunded(billing: ServiceDriver, stripe: StripeDouble, captured: dict[str, Any]) -> None:
    """P14."""
    deliver(billing, stripe.happens(captured["provider_ref"], "dispute"))
    deliver(billing, stripe.happens(captured["provider_ref"], "lose_dispute"))

    shown = payment_of(billing, captured["id"])
    assert (shown["dispute"], shown["refunded"], shown["refundable"]) == ("lost", TOTAL, "0.00")
    assert disputes(billing) == [("open", TOTAL), ("lost", TOTAL)]


def test_a_part_that_is_lost_is_a_part(billing: ServiceDriver, stripe: StripeDouble, captured: dict[str, Any]) -> None:
    deliver(billing, stripe.happens(captured["provider_ref"], "lose_dispute", amount=1000))

    assert payment_of(billing, captured["id"])["refunded"] == "10.00"


@pytest.mark.parametrize("status", ["won", "warning_closed"])
def test_a_won_dispute_costs_nothing(billing: ServiceDriver, stripe: StripeDouble, captured: dict[str, Any], status: str) -> None:
    deliver(billing, stripe.happens(captured["provider_ref"], "dispute"))
    deliver(billing, stripe.happens(captured["provider_ref"], "win_dispute", status=status))

    shown = payment_of(billing, captured["id"])
    assert (shown["dispute"], shown["refunded"]) == ("won", "0.00")


def test_news_of_a_dispute_that_comes_late_changes_nothing(billing: ServiceDriver, stripe: StripeDouble, captured: dict[str, Any]) -> None:
    """P9: closed before it was opened."""
    opened = stripe.happens(captured["provider_ref"], "dispute")
    deliver(billing, stripe.happens(captured["provider_ref"], "win_dispute"))

    assert deliver(billing, opened).body["state"] == "ignored"
    assert deliver(billing, stripe.happens(captured["provider_ref"], "lose_dispute")).body["state"] == "ignored"
    assert payment_of(billing, captured["id"])["dispute"] == "won"


def test_a_dispute_that_ended_in_nobody_knows_what_is_kept_failed(
    billing: ServiceDriver, stripe: StripeDouble, captured: dict[str, Any]
) -> None:
    """R-PAY-01."""
    assert deliver(billing, stripe.happens(captured["provider_ref"], "lose_dispute", status="strange")).body["state"] == "failed"


def test_only_captured_money_is_disputed(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing)
    stripe.happens(payment["provider_ref"], "succeed")

    assert deliver(billing, stripe.happens(payment["provider_ref"], "dispute")).body["state"] == "ignored"


def test_a_live_dispute_touches_no_test_payment(billing: ServiceDriver, stripe: StripeDouble, captured: dict[str, Any]) -> None:
    """R-PAY-05."""
    event = orjson.loads(stripe.happens(captured["provider_ref"], "dispute")) | {"livemode": True}

    assert deliver(billing, event).body["state"] == "ignored"
    assert disputes(billing) == []


def test_captured_money_of_such_a_method_asks_for_a_review(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-17: the order is confirmed, its goods wait."""
    billing.asks("PATCH", "/admin/v1/payment_methods/card", {"review": "required"})
    payment = given_payment(billing)

    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))

    assert payment_of(billing, payment["id"])["review"] == "required"
    assert billing.told_events("billing.payment_captured")[0].confirms_order
    (told,) = billing.told_events("billing.review_required")
    assert (told.payment_id, told.amount) == (payment["id"], TOTAL)
    assert len(billing.asks("GET", "/admin/v1/payments?review=required").body["data"]) == 1


@pytest.mark.parametrize("result", ["passed", "failed"])
def test_a_person_looks_once_and_it_says_who_and_when(billing: ServiceDriver, result: str) -> None:
    """P13, R-PAY-17."""
    given_offline(billing, policy={"review": "required"})
    payment = record(billing, amount=TOTAL).body["payment"]
    body = {"result": result, "receipt_number": "۵۵", "note": "seen at the bank"}

    answers = [command(billing, payment, "review", body) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 200]
    shown = answers[0].body
    assert (shown["review"], shown["reviewed_by"], shown["reviewed_at"]) == (result, "owner", "2031-05-01T12:00:00.000000Z")
    assert (shown["receipt_number"], shown["note"]) == ("55", "seen at the bank")
    (told,) = billing.told_events("billing.payment_reviewed")
    assert (told.result, told.by) == (result, "owner")


def test_what_was_looked_at_is_not_looked_at_otherwise(billing: ServiceDriver) -> None:
    """P13."""
    given_offline(billing, policy={"review": "required"})
    payment = record(billing, amount=TOTAL).body["payment"]
    command(billing, payment, "review", {"result": "passed"})

    answer = command(billing, payment, "review", {"result": "failed"})

    assert (answer.status, answer.code, answer.body["allowed"]) == (409, "illegal_transition", [])


def test_what_needs_no_review_gets_none(billing: ServiceDriver, captured: dict[str, Any]) -> None:
    assert command(billing, captured, "review", {"result": "passed"}).code == "illegal_transition"


def test_a_reviews_receipt_number_is_used_once(billing: ServiceDriver) -> None:
    """R-PAY-14."""
    given_offline(billing, policy={"review": "required"})
    payment = record(billing, amount="1.00").body["payment"]
    record(billing, amount="2.00", receipt_number="55")

    assert command(billing, payment, "review", {"result": "passed", "receipt_number": "55"}).code == "duplicate_receipt"


@pytest.fixture
def mismatched(billing: ServiceDriver, stripe: StripeDouble) -> dict[str, Any]:
    """45.00 came where 74.95 was asked for."""
    payment = given_payment(billing)
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed", amount_received=4500))
    return payment_of(billing, payment["id"])


def resolved(billing: ServiceDriver) -> list[str]:
    return [event.action for event in billing.told_events("billing.payment_resolved")]


def test_accepted_money_is_captured_as_it_came(billing: ServiceDriver, mismatched: dict[str, Any]) -> None:
    """P15."""
    answers = [command(billing, mismatched, "resolve", {"action": "accept", "note": "part will do"}) for _ in range(2)]

    shown = answers[0].body
    assert [answer.status for answer in answers] == [200, 200]
    assert (shown["state"], shown["captured"], shown["released"], shown["review"], shown["failure"]) == (
        "captured",
        "45.00",
        "0.00",
        "passed",
        None,
    )
    (told,) = billing.told_events("billing.payment_captured")
    assert (told.captured, told.due) == ("45.00", "29.95")
    assert resolved(billing) == ["accept"]


def test_another_currency_is_not_accepted(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """P15."""
    payment = given_payment(billing)
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed", currency="usd"))

    answer = command(billing, payment, "resolve", {"action": "accept", "note": "x"})

    assert (answer.status, answer.code, answer.body["allowed"]) == (409, "illegal_transition", ["ignore"])


def test_ignored_money_blocks_no_other_payment(billing: ServiceDriver, mismatched: dict[str, Any]) -> None:
    """P15, R-PAY-11."""
    body = {"action": "ignore", "note": "given back by hand"}
    assert command(billing, mismatched, "resolve", body).body["state"] == "failed"

    assert given_offline(billing)["state"] == "pending"
    assert resolved(billing) == ["ignore"]


def test_orphaned_money_of_a_withdrawn_payment_is_accepted_for_its_order(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """P15."""
    payment = given_payment(billing)
    command(billing, payment, "void", None)
    deliver(billing, stripe.happens(payment["provider_ref"], "succeed"))

    shown = command(billing, payment, "resolve", {"action": "accept", "note": "it is theirs"}).body

    assert (shown["state"], shown["orphaned"], shown["captured"]) == ("captured", False, TOTAL)
    told = billing.told_events("billing.payment_captured")
    assert [(event.orphaned, event.confirms_order) for event in told] == [(True, False), (False, True)]


def test_money_for_a_cancelled_order_is_not_accepted(billing: ServiceDriver) -> None:
    """P15, R-ORD-53."""
    billing.hears(order_cancelled())
    payment = record(billing, amount=TOTAL, method="cash").body["payment"]

    assert command(billing, payment, "resolve", {"action": "accept", "note": "x"}).code == "illegal_transition"
    assert command(billing, payment, "resolve", {"action": "ignore", "note": "x"}).body["orphaned"]
    assert resolved(billing) == ["ignore"]


def test_nothing_is_refunded_from_here(billing: ServiceDriver, mismatched: dict[str, Any]) -> None:
    answer = command(billing, mismatched, "resolve", {"action": "refund", "note": "x"})

    assert (answer.status, answer.code) == (409, "refund_unsupported")


def test_money_that_fits_needs_no_decision(billing: ServiceDriver, captured: dict[str, Any]) -> None:
    assert command(billing, captured, "resolve", {"action": "ignore", "note": "x"}).code == "illegal_transition"


@pytest.mark.parametrize(("name", "body"), [("review", {"result": "passed"}), ("resolve", {"action": "ignore", "note": "x"})])
def test_decisions_are_for_those_who_record_money(billing: ServiceDriver, captured: dict[str, Any], name: str, body: Any) -> None:
    """R-ACC-04."""
    support = OWNER.model_copy(update={"permissions": frozenset({"payments.read"})})

    answer = command(billing, captured, name, body, caller=support)

    assert (answer.status, answer.body["required_permission"]) == (403, "payments.record")


@pytest.mark.parametrize("query", ["review=maybe", "dispute=yes", "orphaned=1"])
def test_lists_refuse_what_no_payment_can_be(billing: ServiceDriver, query: str) -> None:
    assert billing.asks("GET", f"/admin/v1/payments?{query}").code == "validation_failed"
