"""A submit opens one payment, and one intent at the provider, whatever gets lost on the way."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from services.billing.actions.methods import prepare
from services.billing.actions.payments import record_intent
from services.billing.service import SERVICE
from services.billing.tables import PAYMENTS
from shared.values.clock import FixedClock
from tests.services.billing.conftest import ENVIRONMENT, given_payment, payment_of
from tests.support.databases import Databases
from tests.support.driver import ServiceDriver
from tests.support.samples_billing import NUMBER, ORDER, asked_payment, order_cancelled, order_reopened, order_submitted, total_of
from tests.support.stripe_double import StripeDouble, deliver


def test_a_payment_is_open_with_its_intent_and_told(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing)

    (intent,) = stripe.intents()
    assert (payment["state"], payment["provider_ref"], payment["reference"]) == ("created", intent["id"], NUMBER)
    assert (payment["client_secret"], payment["publishable_key"]) == (intent["client_secret"], "pk_test_1")
    assert intent["metadata"] == {"order_id": ORDER, "order_number": NUMBER, "payment_id": payment["id"]}
    assert stripe.keys == [payment["id"]]
    (told,) = billing.told_events("billing.payment_created")
    assert (told.payment_id, told.submission, told.amount, told.due) == (payment["id"], 1, total_of(), total_of())
    assert billing.told() == ["billing.payment_created"]


def test_the_client_secret_is_not_stored(billing: ServiceDriver, stripe: StripeDouble) -> None:
    payment = given_payment(billing)
    deliver(billing, stripe.happens(payment["provider_ref"], "process"))

    kept = billing.rows("SELECT * FROM payments") + billing.rows("SELECT * FROM provider_events") + billing.rows("SELECT * FROM outbox")
    assert payment["client_secret"] not in str(kept)


def test_a_repeat_gives_the_same_payment_and_makes_no_second_intent(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-API-01, R-PAY-12."""
    first, second = given_payment(billing), given_payment(billing)

    assert second == first
    assert len(stripe.intents()) == 1
    assert billing.told() == ["billing.payment_created"]


def test_a_lost_answer_is_had_by_asking_again_with_the_same_key(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-12."""
    stripe.fail_next(1, "drop_answer")

    lost = billing.commands("POST", "/internal/v1/payments", asked_payment())
    payment = given_payment(billing)

    assert (lost.status, lost.code) == (503, "provider_unavailable")
    assert stripe.keys == [payment["id"], payment["id"]]
    assert len(stripe.intents()) == 1
    assert billing.told() == ["billing.payment_created"]


def test_after_a_broken_provider_the_key_changes_and_the_payment_goes_on(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-12: a 5xx is repeated to the same key for a day."""
    stripe.fail_next(1, "500")

    broken = billing.commands("POST", "/internal/v1/payments", asked_payment())
    assert (broken.status, broken.code) == (503, "provider_unavailable")
    assert [row[0] for row in billing.rows("SELECT state FROM payments")] == ["created"]

    payment = given_payment(billing)
    assert stripe.keys == [payment["id"], f"{payment['id']}-2"]


def test_a_key_of_yesterday_is_not_used_again(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-PAY-12: after 23 h the provider may have forgotten it."""
    stripe.fail_next(1, "429")
    billing.commands("POST", "/internal/v1/payments", asked_payment())
    with billing.db.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE payments SET key_used_at = key_used_at - 23 * 3600 - 1")

    payment = given_payment(billing)

    assert stripe.keys == [payment["id"], f"{payment['id']}-2"]


@pytest.mark.parametrize("how", ["409", "429"])
def test_a_busy_provider_is_no_refusal(billing: ServiceDriver, stripe: StripeDouble, how: str) -> None:
    stripe.fail_next(1, how)  # type: ignore[arg-type]

    assert billing.commands("POST", "/internal/v1/payments", asked_payment()).code == "provider_unavailable"
    assert given_payment(billing)["state"] == "created"


def test_a_refusal_of_the_provider_fails_the_payment_with_its_code(billing: ServiceDriver, stripe: StripeDouble) -> None:
    stripe.fail_next(1, "card_declined")

    refused = billing.commands("POST", "/internal/v1/payments", asked_payment())
    repeated = billing.commands("POST", "/internal/v1/payments", asked_payment())

    assert (refused.status, refused.code) == (422, "payment_method_unavailable")
    assert (repeated.status, repeated.code) == (422, "payment_method_unavailable")
    assert len(stripe.calls) == 1
    (failed,) = billing.told_events("billing.payment_failed")
    assert (failed.state, failed.failure.code) == ("failed", "card_declined")


def test_the_next_submission_gets_a_payment_of_its_own(billing: ServiceDriver, stripe: StripeDouble) -> None:
    first = given_payment(billing)
    closed = billing.commands("POST", f"/internal/v1/orders/{ORDER}/close_payment", {"submission": 1})
    billing.hears(order_reopened())

    second = given_payment(billing, submission=2)

    assert closed.body == {"outcome": "cancelled"}
    assert (second["id"] != first["id"], second["reference"]) == (True, f"{NUMBER}-1")


def test_while_an_earlier_submissions_payment_is_open_there_is_no_second_one(billing: ServiceDriver) -> None:
    """Lifecycles.md, P1: one open payment per order."""
    given_payment(billing)

    answer = billing.commands("POST", "/internal/v1/payments", asked_payment(submission=2))

    assert (answer.status, answer.code) == (409, "payment_in_progress")


@pytest.mark.parametrize("ended", [order_reopened(), order_cancelled(), order_submitted(submission=2)])
def test_a_submission_that_has_ended_gets_no_payment(billing: ServiceDriver, stripe: StripeDouble, ended: Any) -> None:
    billing.hears(ended)

    answer = billing.commands("POST", "/internal/v1/payments", asked_payment())

    assert (answer.status, answer.code) == (409, "illegal_transition")
    assert stripe.calls == []


def test_more_than_is_outstanding_is_not_asked_for(billing: ServiceDriver) -> None:
    answer = billing.commands("POST", "/internal/v1/payments", asked_payment() | {"amount": "1000.00"})

    assert (answer.status, answer.body["errors"][0]["meta"]) == (422, {"outstanding": total_of()})


def test_a_payment_withdrawn_while_the_provider_was_asked_is_withdrawn_there_too(billing: ServiceDriver, stripe: StripeDouble) -> None:
    stripe.fail_next(1, "drop_answer")
    billing.commands("POST", "/internal/v1/payments", asked_payment())
    (payment_id,) = (row[0] for row in billing.rows("SELECT id FROM payments"))
    billing.commands("POST", f"/internal/v1/orders/{ORDER}/close_payment", {"submission": 1})
    (intent,) = stripe.intents()

    # The first call's answer arrives after all.
    found = billing.outside.stripe.retrieve_intent(intent["id"])
    billing.given(lambda tx: record_intent(tx, payment_id, found, now_unix=1))
    billing.hears_itself()

    assert payment_of(billing, payment_id)["state"] == "cancelled"
    assert stripe.intent(intent["id"])["status"] == "canceled"
    assert billing.told() == ["billing.payment_cancelled", "billing.close_requested"]


def test_news_that_the_customer_never_got_is_in_the_repeats_answer(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """api.md, 13.8: the status in an answer counts like an event, and the event that follows is old news."""
    payment = given_payment(billing)
    event = stripe.happens(payment["provider_ref"], "succeed")

    repeated = given_payment(billing)

    assert (repeated["state"], "client_secret" in repeated) == ("captured", False)
    assert deliver(billing, event).body["state"] == "ignored"
    assert billing.told("billing.payment_captured") == ["billing.payment_captured"]


def test_without_a_key_nothing_can_be_paid(databases: Databases, backend: str, clock: FixedClock, stripe: StripeDouble) -> None:
    outside = stripe.outside(stripe=None)
    billing = ServiceDriver(SERVICE, databases.open(backend, SERVICE, clock), clock, environment=ENVIRONMENT, outside=outside)
    billing.given(lambda tx: prepare(tx, ENVIRONMENT))

    answer = billing.commands("POST", "/internal/v1/payments", asked_payment())

    assert (answer.status, answer.code) == (422, "payment_method_unavailable")
    assert billing.rows("SELECT id FROM payments") == []


def test_a_yen_is_not_multiplied_by_a_hundred(billing: ServiceDriver, stripe: StripeDouble) -> None:
    """R-MON-21."""
    payment = given_payment(billing, currency="JPY", decimals=0)

    assert stripe.intents()[0]["amount"] == int(payment["amount"])


def test_a_stranger_cannot_open_payments(billing: ServiceDriver) -> None:
    assert billing.asks("POST", "/internal/v1/payments", asked_payment(), caller=None).status == 404


@pytest.mark.parametrize("taken", ["submission", "reference", "provider_ref"])
def test_the_tables_themselves_take_no_second_payment(billing: ServiceDriver, stripe: StripeDouble, taken: str) -> None:
    """Once is a unique key: per order, submission and method; per reference; per intent."""
    given_payment(billing)
    names = [str(column.name) for column in PAYMENTS.columns]
    values = {name: name for name in names} | {"id": "'pay_2'", "reference": "'R-2'", "provider_ref": "'pi_2'", "submission": "2"}
    values[taken] = taken
    insert = f"INSERT INTO payments ({', '.join(names)}) SELECT {', '.join(values[name] for name in names)} FROM payments"

    with pytest.raises(IntegrityError), billing.db.begin() as tx:
        tx.connection.exec_driver_sql(insert)
