"""What a piece of the provider's news does to a payment: the table of lifecycles.md, P2 to P10 and P14, as one pure decision.

News comes twice, late and in any order. Captured money is believed whenever it comes; a failure counts unless something younger is
known, and after a failure only younger news counts; a withdrawn payment hears of money only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from services.billing.domain.payment import AUTHORIZED, CANCELLED, CAPTURED, FAILED, PENDING, Payment
from services.billing.domain.provider_news import NewsKind, ProviderNews
from services.billing.domain.stripe_units import UnexpressibleAmount, from_stripe, to_stripe
from shared.values.money import ISO_DECIMALS, Money, Precision, UnknownCurrency


class Step(StrEnum):
    """The command of a payment's lifecycle that news amounts to."""

    PROCESS = "process"
    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    FAIL = "fail"
    CANCEL = "cancel"
    MISMATCH = "mismatch"
    DISPUTE = "dispute"
    CLOSE_DISPUTE = "close_dispute"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with the payment: a step, or nothing and the reason why.

    `younger`: nothing moves, but the news is of the present state and its age counts.
    """

    step: Step | None
    reason: str | None = None
    mismatch: str | None = None
    """amount_mismatch or currency_mismatch."""
    younger: bool = False


_STATE_OF = {NewsKind.PROCESSING: PENDING, NewsKind.AUTHORIZED: AUTHORIZED}


def judge(payment: Payment, news: ProviderNews) -> Verdict:
    """The step that `news` amounts to. Its `defect` must be None."""
    if news.livemode != payment.livemode:
        return _ignored(f"the event is of {'live' if news.livemode else 'test'} mode, the payment is not")  # R-PAY-05
    match news.kind:
        case NewsKind.IGNORED:
            return _ignored(news.reason_if_ignored or f"{news.type} changes no payment")
        case NewsKind.FAILED:
            return _judge_failure(payment, news)
        case NewsKind.CANCELLED:
            return _judge_cancellation(payment, news)
        case NewsKind.DISPUTED:
            return _judge_dispute(payment, news)
        case NewsKind.PROCESSING | NewsKind.AUTHORIZED | NewsKind.SUCCEEDED:
            return _judge_money(payment, news)
        case _:
            assert_never(news.kind)


def received(news: ProviderNews) -> dict[str, str]:
    """The amount and currency that news names, as decimal strings; in Stripe's own unit where ours cannot express it."""
    currency = str(news.currency)
    try:
        money = from_stripe(news.amount or 0, currency)
    except (UnexpressibleAmount, UnknownCurrency):
        return {"amount": str(news.amount), "currency": currency}
    return {"amount": Precision(currency, ISO_DECIMALS[currency]).format(money.minor), "currency": currency}


def received_minor(payment: Payment, news: ProviderNews) -> int:
    """What came in the payment's own currency, minor units; nothing when it came in another."""
    try:
        return from_stripe(news.amount or 0, payment.currency).minor if news.currency == payment.currency else 0
    except UnexpressibleAmount:
        return 0


def _judge_failure(payment: Payment, news: ProviderNews) -> Verdict:
    if _of_another_intent(payment, news):
        return _ignored("another intent of this payment failed")
    if payment.state in (CAPTURED, CANCELLED):
        return _ignored(f"the payment is {payment.state}")  # R-PAY-07
    if news.created < payment.news_at:
        return _ignored("younger news of this payment is known")
    if payment.state == FAILED:
        return Verdict(None, "the payment has failed already", younger=True)
    return Verdict(Step.FAIL)


def _judge_cancellation(payment: Payment, news: ProviderNews) -> Verdict:
    if _of_another_intent(payment, news):
        return _ignored("another intent of this payment was cancelled")
    if payment.state in (CAPTURED, CANCELLED):
        return _ignored(f"the payment is {payment.state}")
    return Verdict(Step.CANCEL)


def _judge_dispute(payment: Payment, news: ProviderNews) -> Verdict:
    """An open dispute follows nothing, a closed one follows none or an open one: news that comes late changes nothing (P14)."""
    if payment.state != CAPTURED:
        return _ignored(f"the payment is {payment.state}: there is nothing to dispute")
    if payment.dispute in ("won", "lost") or payment.dispute == news.dispute:
        return _ignored(f"the dispute is {payment.dispute}")
    return Verdict(Step.DISPUTE if news.dispute == "open" else Step.CLOSE_DISPUTE)


def _judge_money(payment: Payment, news: ProviderNews) -> Verdict:
    if payment.state == CAPTURED:
        return _ignored("the payment is captured")
    if news.kind is not NewsKind.SUCCEEDED:
        if payment.state == CANCELLED:
            return _ignored("the payment is cancelled")
        if payment.state == FAILED and news.created <= payment.news_at:
            return _ignored("the payment has failed since")  # P8
        if payment.state == AUTHORIZED and news.kind is NewsKind.PROCESSING:
            return _ignored("the payment is authorized")
        if payment.state == _STATE_OF[news.kind]:
            return Verdict(None, f"the payment is {payment.state} already", younger=True)
        if news.created < payment.news_at:
            return _ignored("younger news of this payment is known")

    mismatch = _mismatch(payment, news)
    if mismatch is not None and payment.state != CANCELLED:
        if payment.state == FAILED and payment.received == received(news):
            return Verdict(None, "the mismatch is known", younger=True)
        return Verdict(Step.MISMATCH, mismatch=mismatch)
    match news.kind:
        case NewsKind.PROCESSING:
            return Verdict(Step.PROCESS)
        case NewsKind.AUTHORIZED:
            return Verdict(Step.AUTHORIZE)
        case _:
            # A withdrawn payment takes even a wrong amount: the money is there, and belongs to no order.
            return Verdict(Step.CAPTURE, mismatch=mismatch)


def _mismatch(payment: Payment, news: ProviderNews) -> str | None:
    if news.currency != payment.currency:
        return "currency_mismatch"
    expected = payment.expected if news.kind is NewsKind.SUCCEEDED else payment.amount
    return None if news.amount == to_stripe(Money(expected, payment.currency)) else "amount_mismatch"


def _of_another_intent(payment: Payment, news: ProviderNews) -> bool:
    """A lost answer can leave a second intent of the same payment, which nobody can pay; its end says nothing of ours."""
    return payment.provider_ref is not None and news.intent_ref != payment.provider_ref


def _ignored(reason: str) -> Verdict:
    return Verdict(None, reason)
