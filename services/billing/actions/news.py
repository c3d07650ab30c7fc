"""The provider's news, applied to the payment it is about."""

from __future__ import annotations

from dataclasses import dataclass

from services.billing.actions import telling
from services.billing.actions.allocation import settle_invoices
from services.billing.actions.capturing import capture, capture_if_handed_over, take_dispute, tell_due
from services.billing.domain.judging import Step, Verdict, judge, received, received_minor
from services.billing.domain.payment import AUTHORIZED_FOR, CANCELLED, Payment
from services.billing.domain.provider_event import APPLIED, IGNORED, UNMATCHED
from services.billing.domain.provider_news import ProviderNews
from services.billing.domain.standing import Standing
from services.billing.store import payments as store
from shared.db.tx import Tx


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of news: applied, ignored or unmatched, and why."""

    state: str
    payment_id: str | None = None
    reason: str | None = None


class NewsDefective(ValueError):
    """The event lacks what it is applied by (api.md, 13.17): no try will ever pass."""


def apply_news(tx: Tx, news: ProviderNews) -> Applied:
    """Finds the payment and applies the news, under the order's lock. Raises NewsDefective."""
    if news.defect is not None:
        raise NewsDefective(news.defect)
    found = store.find_by_news(tx, ref=news.intent_ref, hint=news.payment_id_hint)
    if news.reason_if_ignored is not None:
        return Applied(IGNORED, found[0] if found else None, news.reason_if_ignored)
    if found is None:
        return Applied(UNMATCHED, reason="no payment of ours has this reference yet")
    payment_id, order_id = found
    standing = store.lock_standing(tx, order_id)
    return apply_to(tx, news, standing, standing.payment(payment_id))


def apply_to(tx: Tx, news: ProviderNews, standing: Standing, payment: Payment) -> Applied:
    """Applies the news to a payment of a locked standing."""
    verdict = judge(payment, news)
    if verdict.step is None:
        if verdict.younger and news.created > payment.news_at:
            payment.news_at = news.created
            store.ROWS.save(tx, payment)
        return Applied(IGNORED, payment.id, verdict.reason)

    if payment.provider_ref is None and news.intent_ref is not None:
        learn_reference(tx, standing, payment, news.intent_ref, livemode=news.livemode)
    payment.news_at = max(payment.news_at, news.created)
    payment.receipt_number = news.latest_charge or payment.receipt_number
    _take(tx, standing, payment, news, verdict)
    return Applied(APPLIED, payment.id)


def learn_reference(tx: Tx, standing: Standing, payment: Payment, ref: str, *, livemode: bool) -> None:
    """The provider has an intent for the payment: from here on it can be paid. Told once."""
    payment.provider_ref, payment.livemode = ref, livemode
    # The calls about an intent that is there have keys of their own, whose count begins anew.
    payment.key_attempt = 1
    store.ROWS.save(tx, payment)
    if payment.state != CANCELLED:
        telling.tell_created(tx, standing, payment)


def _take(tx: Tx, standing: Standing, payment: Payment, news: ProviderNews, verdict: Verdict) -> None:
    before = payment.state
    if verdict.mismatch is not None:
        payment.received = received(news)
        payment.review = "required"
        payment.failure = {"code": verdict.mismatch, "message": f"asked for another amount or currency than came: {payment.received}"}

    match verdict.step:
        case Step.MISMATCH:
            payment.move("mismatch", reason=verdict.mismatch)
            store.ROWS.save(tx, payment)
            telling.tell_mismatched(tx, standing, payment, state_before=before)
        case Step.CAPTURE:
            orphaned = before == CANCELLED or standing.cancels(payment)
            capture(tx, standing, payment, amount=received_minor(payment, news), orphaned=orphaned)
            return
        case Step.DISPUTE | Step.CLOSE_DISPUTE as step:
            take_dispute(tx, payment, news, step)
        case Step.FAIL:
            payment.failure = {"code": news.failure_code, "message": news.failure_message}
            payment.move("fail", reason=news.failure_code)
            store.ROWS.save(tx, payment)
            telling.tell_moved(tx, standing, payment, state_before=before)
        case Step.PROCESS | Step.AUTHORIZE | Step.CANCEL as step:
            if step is not Step.CANCEL:
                payment.failure = None
            if step is Step.AUTHORIZE:
                payment.authorized_until = tx.now + AUTHORIZED_FOR
            payment.move(step.value)
            store.ROWS.save(tx, payment)
            telling.tell_moved(tx, standing, payment, state_before=before)
    if verdict.step is Step.AUTHORIZE:
        tell_due(tx, standing)
        capture_if_handed_over(tx, standing)
    # Captured money is allocated by the hearer of the fact, after the invoice that it may bring about.
    settle_invoices(tx, standing)
