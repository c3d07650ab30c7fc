"""What Stripe tells, in our words: the table of api.md section 11."""

from dataclasses import replace
from typing import Any

import pytest

from services.billing.domain.intent import Intent, ProviderFault
from services.billing.domain.provider_event import without_secret
from services.billing.domain.provider_news import MalformedEvent, NewsKind, news_from_intent, parse_event

INTENT: dict[str, Any] = {
    "id": "pi_1",
    "object": "payment_intent",
    "amount": 4999,
    "amount_capturable": 0,
    "amount_received": 0,
    "currency": "eur",
    "latest_charge": "ch_1",
    "metadata": {"payment_id": "pay_1", "order_id": "ord_1"},
    "status": "requires_payment_method",
}
ANSWER = Intent(
    ref="pi_1",
    status="requires_payment_method",
    amount=4999,
    amount_capturable=0,
    amount_received=0,
    currency="EUR",
    client_secret="pi_1_secret_x",
    latest_charge="ch_1",
    livemode=False,
    created=1,
    last_error=None,
    metadata={"payment_id": "pay_1"},
)


def event(event_type: str, *, livemode: bool = False, **fields: Any) -> dict[str, Any]:
    about = {name: value for name, value in (INTENT | fields).items() if value != "absent"}
    return {"id": "evt_1", "type": event_type, "created": 1_900_000_000, "livemode": livemode, "data": {"object": about}}


@pytest.mark.parametrize(
    ("event_type", "kind", "amount"),
    [
        ("payment_intent.processing", NewsKind.PROCESSING, 4999),
        ("payment_intent.amount_capturable_updated", NewsKind.AUTHORIZED, 4000),
        ("payment_intent.succeeded", NewsKind.SUCCEEDED, 3000),
        ("payment_intent.payment_failed", NewsKind.FAILED, None),
        ("payment_intent.canceled", NewsKind.CANCELLED, None),
    ],
)
def test_each_event_is_news_of_its_kind_with_the_amount_it_moved(event_type: str, kind: NewsKind, amount: int | None) -> None:
    news = parse_event(event(event_type, amount_capturable=4000, amount_received=3000))

    assert (news.kind, news.amount, news.defect, news.reason_if_ignored) == (kind, amount, None, None)
    assert (news.event_id, news.type, news.created, news.livemode) == ("evt_1", event_type, 1_900_000_000, False)
    assert (news.intent_ref, news.payment_id_hint, news.latest_charge) == ("pi_1", "pay_1", "ch_1")
    assert news.currency == (None if amount is None else "EUR")


@pytest.mark.parametrize("gone", ["absent", None])
@pytest.mark.parametrize(
    ("event_type", "field"),
    [("payment_intent.amount_capturable_updated", "amount_capturable"), ("payment_intent.succeeded", "amount_received")],
)
def test_the_amount_stands_in_for_the_amount_moved_when_that_is_not_named(event_type: str, field: str, gone: str | None) -> None:
    assert parse_event(event(event_type, **{field: gone})).amount == 4999


def test_nothing_received_is_an_amount_and_not_a_missing_one() -> None:
    """R-PAY-04: zero differs from what was asked."""
    assert parse_event(event("payment_intent.succeeded", amount_received=0)).amount == 0


@pytest.mark.parametrize("amount", [None, "4999", 49.99, True])
def test_an_event_without_a_whole_amount_has_a_defect(amount: Any) -> None:
    """api.md 13.17"""
    news = parse_event(event("payment_intent.processing", amount=amount))

    assert news.kind is NewsKind.PROCESSING
    assert news.amount is None
    assert news.defect == "the event payment_intent.processing names no whole amount"


@pytest.mark.parametrize("currency", [None, "", 978])
def test_an_event_without_a_currency_has_a_defect(currency: Any) -> None:
    """api.md 13.17"""
    news = parse_event(event("payment_intent.succeeded", currency=currency))

    assert news.defect == "the event payment_intent.succeeded names no currency"


@pytest.mark.parametrize("event_type", ["payment_intent.payment_failed", "payment_intent.canceled"])
def test_news_that_moves_no_money_needs_no_amount(event_type: str) -> None:
    assert parse_event(event(event_type, amount=None, currency=None)).defect is None


def test_a_failure_is_told_in_the_providers_words() -> None:
    error = {"code": "card_declined", "decline_code": "insufficient_funds", "message": "Your card has insufficient funds."}
    news = parse_event(event("payment_intent.payment_failed", last_payment_error=error))

    assert (news.failure_code, news.failure_message) == ("card_declined", "Your card has insufficient funds.")


@pytest.mark.parametrize("error", [None, {}, "no"])
def test_a_failure_without_words_is_a_decline(error: Any) -> None:
    news = parse_event(event("payment_intent.payment_failed", last_payment_error=error))

    assert news.failure_code == "declined"


@pytest.mark.parametrize("event_type", ["payment_intent.requires_action", "payment_intent.created", "customer.created"])
def test_other_events_are_ignored_with_the_reason(event_type: str) -> None:
    news = parse_event(event(event_type))

    assert (news.kind, news.amount) == (NewsKind.IGNORED, None)
    assert news.reason_if_ignored == f"an event {event_type} changes no payment"


def test_an_event_of_a_charge_names_the_intent_it_belongs_to() -> None:
    """api.md 13.17"""
    news = parse_event(event("charge.refunded", id="ch_1", payment_intent="pi_9"))

    assert (news.kind, news.intent_ref) == (NewsKind.IGNORED, "pi_9")


def test_an_enclosed_charge_is_read_as_its_id() -> None:
    assert parse_event(event("payment_intent.succeeded", latest_charge={"id": "ch_2", "amount": 4999})).latest_charge == "ch_2"


@pytest.mark.parametrize("livemode", [True, False])
def test_live_and_test_news_are_told_apart(livemode: bool) -> None:
    """R-PAY-05"""
    assert parse_event(event("payment_intent.succeeded", livemode=livemode)).livemode is livemode


def test_an_event_without_an_age_is_older_than_all() -> None:
    timeless = event("payment_intent.processing")
    del timeless["created"]

    assert parse_event(timeless).created == 0


@pytest.mark.parametrize("metadata", ["absent", None, [], {"payment_id": ""}, {"payment_id": 7}])
def test_metadata_of_others_hint_at_no_payment(metadata: Any) -> None:
    assert parse_event(event("payment_intent.succeeded", metadata=metadata)).payment_id_hint is None


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "evt",
        {},
        {"type": "payment_intent.succeeded", "data": {"object": INTENT}},
        {"id": "", "type": "payment_intent.succeeded", "data": {"object": INTENT}},
        {"id": 7, "type": "payment_intent.succeeded", "data": {"object": INTENT}},
        {"id": "evt_1", "data": {"object": INTENT}},
        {"id": "evt_1", "type": "payment_intent.succeeded"},
        {"id": "evt_1", "type": "payment_intent.succeeded", "data": []},
        {"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": "pi_1"}},
    ],
)
def test_what_is_no_event_is_malformed(body: Any) -> None:
    with pytest.raises(MalformedEvent):
        parse_event(body)


@pytest.mark.parametrize(
    ("status", "kind", "amount"),
    [
        ("processing", NewsKind.PROCESSING, 4999),
        ("requires_capture", NewsKind.AUTHORIZED, 4000),
        ("succeeded", NewsKind.SUCCEEDED, 3000),
        ("canceled", NewsKind.CANCELLED, None),
        ("requires_payment_method", NewsKind.IGNORED, None),
        ("requires_confirmation", NewsKind.IGNORED, None),
        ("requires_action", NewsKind.IGNORED, None),
        ("something_new", NewsKind.IGNORED, None),
    ],
)
def test_a_status_in_an_answer_counts_like_an_event(status: str, kind: NewsKind, amount: int | None) -> None:
    """api.md 13.8"""
    news = news_from_intent(replace(ANSWER, status=status, amount_capturable=4000, amount_received=3000), answered_unix=1_900_000_007)

    assert (news.kind, news.amount, news.created, news.event_id) == (kind, amount, 1_900_000_007, None)
    assert (news.intent_ref, news.payment_id_hint) == ("pi_1", "pay_1")
    assert (news.reason_if_ignored is not None) is (kind is NewsKind.IGNORED)


def test_an_answer_with_a_failed_attempt_is_a_failure() -> None:
    news = news_from_intent(replace(ANSWER, last_error=ProviderFault("expired_card", "Your card has expired.")), answered_unix=1)

    assert (news.kind, news.failure_code, news.failure_message) == (NewsKind.FAILED, "expired_card", "Your card has expired.")


def test_a_success_after_a_failed_attempt_is_a_success() -> None:
    """R-PAY-06: the attempt before the last does not count."""
    paid = replace(ANSWER, status="succeeded", amount_received=4999, last_error=ProviderFault("expired_card", ""))

    assert news_from_intent(paid, answered_unix=1).kind is NewsKind.SUCCEEDED


def test_the_secret_of_the_customer_is_not_in_the_intents_text() -> None:
    """R-PAY-27"""
    assert "secret" not in repr(ANSWER)


@pytest.mark.parametrize(("currency", "found"), [("eur", "EUR"), (None, None), ("absent", None)])
def test_news_without_an_amount_says_so_and_names_its_currency_if_it_can(currency: str | None, found: str | None) -> None:
    news = parse_event(event("payment_intent.succeeded", amount="absent", amount_received="absent", currency=currency))

    assert (news.amount, news.currency) == (None, found)
    assert news.defect is not None


@pytest.mark.parametrize(
    ("status", "currency", "dispute", "found"),
    [("won", "eur", "won", "EUR"), ("lost", "absent", "lost", None), ("under_review", "eur", None, None)],
)
def test_a_closed_dispute_was_won_or_lost_or_the_news_is_no_use(status: str, currency: str, dispute: str | None, found: str | None) -> None:
    news = parse_event(event("charge.dispute.closed", status=status, currency=currency))

    assert (news.kind, news.dispute, news.currency, news.defect is None) == (NewsKind.DISPUTED, dispute, found, dispute is not None)


def test_an_intent_in_between_is_no_news_and_says_in_which_status_it_is() -> None:
    news = news_from_intent(replace(ANSWER, status="requires_action"), answered_unix=5)

    assert (news.kind, news.payment_id_hint) == (NewsKind.IGNORED, "pay_1")
    assert news.reason_if_ignored == "an intent in status requires_action changes no payment"


def test_an_event_is_kept_without_what_the_browser_pays_with() -> None:
    kept = without_secret(event("payment_intent.created", client_secret="pi_1_secret_x"))

    assert kept == event("payment_intent.created")
