"""What billing's adapter needs of a Stripe, asked of each double of it that we have.

A double is one parameter of the fixture `double`. What localstripe does otherwise than Stripe stands in LOCALSTRIPE_DIFFERS with the
reason; there the test has to fail, so that nothing stays on the list for nothing. Failures on purpose: test_stripe_faults.py.
"""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from services.billing.adapters.stripe import ProviderRefused, StripeProvider
from services.billing.domain.intent import Intent
from services.billing.domain.provider_news import NewsKind, parse_event
from services.billing.domain.signature import verify_signature
from tests.support.stripe_accounts import (
    API_KEY,
    WEBHOOK_SECRET,
    Double,
    Webhook,
    listening,
    local,
    localstripe_process,
    provider_of,
    simulated,
)

LOCALSTRIPE_DIFFERS = {
    "test_the_same_key_is_the_same_intent": "it reads no Idempotency-Key: a repeated call is another call",
    "test_a_key_of_another_call_is_refused": "it reads no Idempotency-Key",
    "test_many_threads_with_one_key_get_one_intent": "it reads no Idempotency-Key",
    "test_cancelling_again_with_the_same_key_is_answered_again": "it reads no Idempotency-Key",
    "test_a_capture_again_with_the_same_key_is_answered_again": "it reads no Idempotency-Key",
    "test_an_unknown_intent_is_refused": "its errors have a type and no code",
    "test_a_paid_intent_is_refused_in_stripes_words": "its errors have a type and no code",
    "test_an_intent_says_what_can_be_taken_and_what_was": "its intents have neither amount_capturable nor amount_received",
    "test_what_stripe_cannot_express_is_refused[localstripe-1000000000000000-EUR]": "it knows no largest amount",
    "test_what_stripe_cannot_express_is_refused[localstripe-1001-KWD]": "it knows no currency's unit",
    "test_what_stripe_cannot_express_is_refused[localstripe-4999-IRR]": "it takes any text for a currency",
    "test_what_stripe_cannot_express_is_refused[localstripe-4999-XXX]": "it takes any text for a currency",
    "test_a_wrong_key_of_the_account_is_refused": "it has one account, which every key that begins with sk_ opens",
}


@pytest.fixture(scope="module")
def localstripe() -> Iterator[str]:
    with localstripe_process() as origin:
        yield origin


@pytest.fixture(params=["simulator", "localstripe"])
def double(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Double]:
    if request.param == "simulator":
        with simulated(tmp_path) as account:
            yield account
        return
    node = request.node
    reason = LOCALSTRIPE_DIFFERS.get(node.originalname) or LOCALSTRIPE_DIFFERS.get(node.name)
    if reason is not None:
        request.applymarker(pytest.mark.xfail(reason=f"localstripe: {reason}", strict=True))
    with local(request.getfixturevalue("localstripe")) as account:
        yield account


@pytest.fixture
def stripe(double: Double) -> StripeProvider:
    return provider_of(double)


def create(stripe: StripeProvider, *, key: str = "pay_1", amount: int = 4999, currency: str = "EUR", capture: Any = "automatic") -> Intent:
    return stripe.create_intent(
        payment_id="pay_1", order_id="ord_1", order_number="SO000123", amount=amount, currency=currency, capture=capture, key=key
    )


def authorized(double: Double, stripe: StripeProvider) -> str:
    """An intent whose money is promised, and taken later."""
    ref = create(stripe, capture="manual").ref
    double.pay(ref)
    return ref


def test_an_intent_is_created_with_the_documented_parameters_and_no_others(double: Double, stripe: StripeProvider) -> None:
    create(stripe, capture="manual")

    (call,) = double.calls
    assert (call.method, call.path) == ("POST", "/v1/payment_intents")
    assert sorted(call.form) == [
        ("amount", "4999"),
        ("capture_method", "manual"),
        ("currency", "eur"),
        ("metadata[order_id]", "ord_1"),
        ("metadata[order_number]", "SO000123"),
        ("metadata[payment_id]", "pay_1"),
        ("payment_method_types[]", "card"),
    ]
    assert call.headers["authorization"] == f"Bearer {API_KEY}"
    assert call.headers["idempotency-key"] == "pay_1"


def test_a_new_intent_waits_for_a_card(stripe: StripeProvider) -> None:
    intent = create(stripe)

    assert intent.ref.startswith("pi_")
    assert intent.client_secret is not None
    assert intent.client_secret.startswith(f"{intent.ref}_secret_")
    assert (intent.status, intent.amount, intent.currency, intent.livemode) == ("requires_payment_method", 4999, "EUR", False)
    assert (intent.latest_charge, intent.last_error) == (None, None)
    assert intent.metadata == {"order_id": "ord_1", "order_number": "SO000123", "payment_id": "pay_1"}


def test_a_currency_without_decimals_is_asked_for_as_it_is(stripe: StripeProvider) -> None:
    """R-MON-21"""
    intent = create(stripe, amount=450_000, currency="VND")

    assert (intent.amount, intent.currency) == (450_000, "VND")


def test_the_same_key_is_the_same_intent(stripe: StripeProvider) -> None:
    """R-PAY-12"""
    assert create(stripe).ref == create(stripe).ref


def test_another_key_is_another_intent(stripe: StripeProvider) -> None:
    assert create(stripe).ref != create(stripe, key="pay_1-2").ref


def test_a_key_of_another_call_is_refused(stripe: StripeProvider) -> None:
    create(stripe)

    with pytest.raises(ProviderRefused) as refusal:
        create(stripe, amount=5000)

    assert refusal.value.code == "idempotency_error"


def test_many_threads_with_one_key_get_one_intent(stripe: StripeProvider) -> None:
    """R-PAY-12: the first use of the adapter too is safe from several threads at once."""
    with ThreadPoolExecutor(8) as threads:
        refs = {intent.ref for intent in threads.map(lambda _: create(stripe), range(16))}

    assert len(refs) == 1


def test_calls_of_one_thread_share_a_connection(double: Double, stripe: StripeProvider) -> None:
    ref = create(stripe).ref
    stripe.retrieve_intent(ref)
    stripe.cancel_intent(ref, "pay_1-cancel")

    assert len({call.client for call in double.calls}) == 1


def test_an_intent_is_read_again(double: Double, stripe: StripeProvider) -> None:
    created = create(stripe)

    assert stripe.retrieve_intent(created.ref) == created
    assert double.calls[-1].method == "GET"
    assert double.calls[-1].form == []


def test_an_unknown_intent_is_refused(stripe: StripeProvider) -> None:
    with pytest.raises(ProviderRefused) as refusal:
        stripe.retrieve_intent("pi_unknown")

    assert refusal.value.code == "resource_missing"


def test_a_reference_cannot_lead_to_another_address(double: Double, stripe: StripeProvider) -> None:
    with pytest.raises(ProviderRefused):
        stripe.retrieve_intent("pi_1/cancel?x=1")

    assert double.calls[-1].path == "/v1/payment_intents/pi_1/cancel?x=1"


def test_a_cancelled_intent_says_so(double: Double, stripe: StripeProvider) -> None:
    ref = create(stripe).ref

    cancelled = stripe.cancel_intent(ref, "pay_1-cancel")

    assert cancelled.status == "canceled"
    assert stripe.retrieve_intent(ref) == cancelled
    assert double.calls[1].form == []
    assert double.calls[1].headers["idempotency-key"] == "pay_1-cancel"


def test_cancelling_again_with_the_same_key_is_answered_again(stripe: StripeProvider) -> None:
    ref = create(stripe).ref

    assert stripe.cancel_intent(ref, "pay_1-cancel") == stripe.cancel_intent(ref, "pay_1-cancel")


def test_a_paid_intent_cannot_be_cancelled(double: Double, stripe: StripeProvider) -> None:
    ref = create(stripe).ref
    double.pay(ref)

    with pytest.raises(ProviderRefused):
        stripe.cancel_intent(ref, "pay_1-cancel")

    paid = stripe.retrieve_intent(ref)
    assert (paid.status, paid.amount) == ("succeeded", 4999)
    assert paid.latest_charge is not None
    assert paid.latest_charge.startswith("ch_")


def test_a_paid_intent_is_refused_in_stripes_words(double: Double, stripe: StripeProvider) -> None:
    ref = create(stripe).ref
    double.pay(ref)

    with pytest.raises(ProviderRefused) as refusal:
        stripe.cancel_intent(ref, "pay_1-cancel")

    assert refusal.value.code == "payment_intent_unexpected_state"


def test_a_declined_card_shows_in_the_intent(double: Double, stripe: StripeProvider) -> None:
    ref = create(stripe).ref
    double.decline(ref)

    intent = stripe.retrieve_intent(ref)

    assert intent.status == "requires_payment_method"
    assert intent.last_error is not None
    assert (intent.last_error.code, intent.last_error.message) == ("card_declined", "Your card was declined.")


def test_money_to_be_captured_by_hand_is_authorized_only(double: Double, stripe: StripeProvider) -> None:
    """P3."""
    assert stripe.retrieve_intent(authorized(double, stripe)).status == "requires_capture"


@pytest.mark.parametrize("amount", [4999, 1000])
def test_authorized_money_is_taken_in_whole_or_in_part(double: Double, stripe: StripeProvider, amount: int) -> None:
    """P11."""
    ref = authorized(double, stripe)

    captured = stripe.capture_intent(ref, amount, "pay_1-capture-1")

    assert (captured.status, captured.amount) == ("succeeded", 4999)
    (call,) = [call for call in double.calls if call.path.endswith("/capture")]
    assert call.form == [("amount_to_capture", str(amount))]
    assert call.headers["idempotency-key"] == "pay_1-capture-1"


def test_an_intent_says_what_can_be_taken_and_what_was(double: Double, stripe: StripeProvider) -> None:
    """api.md, 11: the amounts that a payment's are held against."""
    ref = authorized(double, stripe)
    before = stripe.retrieve_intent(ref)
    after = stripe.capture_intent(ref, 1000, "pay_1-capture-1")

    assert (before.amount_capturable, before.amount_received) == (4999, 0)
    assert (after.amount_capturable, after.amount_received) == (0, 1000)


@pytest.mark.parametrize("amount", [5000, -1])
def test_more_than_was_authorized_is_not_taken(double: Double, stripe: StripeProvider, amount: int) -> None:
    ref = authorized(double, stripe)

    with pytest.raises(ProviderRefused):
        stripe.capture_intent(ref, amount, "pay_1-capture-1")

    assert stripe.retrieve_intent(ref).status == "requires_capture"


def test_money_is_taken_once(double: Double, stripe: StripeProvider) -> None:
    """R-PAY-12: one capture."""
    ref = authorized(double, stripe)
    stripe.capture_intent(ref, 1000, "pay_1-capture-1")

    with pytest.raises(ProviderRefused):
        stripe.capture_intent(ref, 1000, "pay_1-capture-2")


def test_a_capture_again_with_the_same_key_is_answered_again(double: Double, stripe: StripeProvider) -> None:
    """R-PAY-12."""
    ref = authorized(double, stripe)

    assert stripe.capture_intent(ref, 1000, "pay_1-capture-1") == stripe.capture_intent(ref, 1000, "pay_1-capture-1")


def test_authorized_money_is_given_back(double: Double, stripe: StripeProvider) -> None:
    """P12."""
    ref = authorized(double, stripe)

    assert stripe.cancel_intent(ref, "pay_1-cancel").status == "canceled"
    with pytest.raises(ProviderRefused):
        stripe.cancel_intent(ref, "pay_1-cancel-2")


@pytest.mark.parametrize(("amount", "currency"), [(0, "EUR"), (-1, "EUR"), (10**15, "EUR"), (1001, "KWD"), (4999, "IRR"), (4999, "XXX")])
def test_what_stripe_cannot_express_is_refused(stripe: StripeProvider, amount: int, currency: str) -> None:
    """R-MON-22"""
    with pytest.raises(ProviderRefused):
        create(stripe, amount=amount, currency=currency)


def test_a_wrong_key_of_the_account_is_refused(double: Double) -> None:
    with pytest.raises(ProviderRefused) as refusal:
        create(provider_of(double, api_key="sk_test_other"))

    assert refusal.value.code == "invalid_request_error"


def test_what_is_no_key_at_all_is_refused(double: Double) -> None:
    with pytest.raises(ProviderRefused):
        create(provider_of(double, api_key="pk_test_suite"))


def test_the_event_of_a_payment_is_brought_signed_and_is_news_of_it(double: Double, stripe: StripeProvider) -> None:
    """R-PAY-03: signed as Stripe signs, and read by the same eyes."""
    shop = Webhook()
    with listening(shop) as origin:
        double.tells(f"{origin}/hooks/v1/stripe")
        ref = create(stripe).ref
        double.pay(ref)
        body, signature = shop.wait()

    verify_signature(body, signature, secrets=[WEBHOOK_SECRET], now_unix=time.time())
    news = parse_event(json.loads(body))
    assert (news.kind, news.intent_ref, news.payment_id_hint, news.amount, news.currency) == (NewsKind.SUCCEEDED, ref, "pay_1", 4999, "EUR")
    assert (news.livemode, news.defect) == (False, None)


def test_the_customers_secrets_are_not_logged(stripe: StripeProvider, caplog: pytest.LogCaptureFixture) -> None:
    """R-PAY-27: not even when everything is logged."""
    with caplog.at_level("DEBUG"):
        intent = create(stripe)

    assert intent.client_secret is not None
    assert intent.client_secret not in caplog.text
