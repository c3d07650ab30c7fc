"""Payments: opened for a submission, and closed again. Calls to the provider stand between these steps, in jobs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from services.billing.actions import telling
from services.billing.actions.news import apply_to, learn_reference
from services.billing.actions.orders import cancel_here
from services.billing.actions.provider_events import try_waiting_for
from services.billing.domain.intent import Intent
from services.billing.domain.method import Method, unavailable
from services.billing.domain.payment import CANCELLED, CREATED, FAILED, MOVING, Payment
from services.billing.domain.provider_news import news_from_intent
from services.billing.domain.standing import Standing
from services.billing.errors import AmountExceedsOutstanding, PaymentInProgress, PaymentMethodUnavailable, SubmissionEnded
from services.billing.store import methods as methods_store
from services.billing.store import orders as orders_store
from services.billing.store import payments as store
from shared.contracts.api.submit import CheckMethod, CreatePayment
from shared.db.tx import Tx
from shared.values.ids import new_id
from shared.values.money import Money, Precision

Outcome = Literal["cancelled", "none", "moving"]


def check_method(tx: Tx, asked: CheckMethod, *, providers: Collection[str]) -> Method:
    """The method, if it can be used for this country, currency and amount. Raises PaymentMethodUnavailable (R-PAY-19)."""
    method = methods_store.find_method(tx, asked.code)
    if method is None:
        raise PaymentMethodUnavailable(asked.code, "unknown")
    reason = unavailable(method, providers, country=asked.country, amount=_money(asked.amount, asked.currency))
    if reason is not None:
        raise PaymentMethodUnavailable(asked.code, reason)
    return method


def open_payment(tx: Tx, asked: CreatePayment, *, providers: Collection[str], livemode: bool, now_unix: int) -> Payment:
    """The one payment of this submission and method: the one that is there, else a new one without an intent (P1).

    `now_unix`: real time. Raises SubmissionEnded, PaymentInProgress, PaymentMethodUnavailable, AmountExceedsOutstanding.
    """
    standing = store.lock_standing(tx, asked.order_id)
    order = standing.order
    if asked.submission < order.submission or asked.submission <= max(order.ended_submission, order.cancelled_submission):
        raise SubmissionEnded(asked.order_id, asked.submission)
    counting = [payment for payment in standing.payments if payment.counts]
    for payment in counting:
        if (payment.submission, payment.method) == (asked.submission, asked.method):
            return _same(tx, payment, now_unix)
    for payment in counting:
        if payment.payable or payment.state in MOVING or payment.waits_for_person:
            raise PaymentInProgress(asked.order_id, payment.reference)

    precision = Precision(asked.currency, asked.decimals)
    amount, total = precision.parse(asked.amount), precision.parse(asked.total)
    order.take_figures(number=asked.number, submission=asked.submission, currency=asked.currency, decimals=asked.decimals, total=total)
    if not 0 < amount <= standing.due:
        raise AmountExceedsOutstanding(asked.amount, precision.format(standing.due))
    method = _usable(tx, asked.method, providers, Money(amount, asked.currency))
    orders_store.save_order(tx, order)
    return _insert(tx, asked, standing, method, amount=amount, livemode=livemode, now_unix=now_unix)


def record_intent(tx: Tx, payment_id: str, intent: Intent, *, now_unix: int) -> Payment:
    """The provider's answer about a payment: its reference is kept, its status counts like an event (api.md, 13.8).

    Events that came before the payment had its reference are tried again (R-PAY-08). One that was withdrawn meanwhile is
    withdrawn at the provider too.
    """
    standing = store.lock_standing_of(tx, payment_id)
    payment = standing.payment(payment_id)
    if payment.provider_ref is None:
        learn_reference(tx, standing, payment, intent.ref, livemode=intent.livemode)
        if payment.state == CANCELLED:
            telling.request_closing(tx, payment)
    apply_to(tx, news_from_intent(intent, answered_unix=now_unix), standing, payment)
    try_waiting_for(tx, standing, payment)
    return payment


def refuse_payment(tx: Tx, payment_id: str, *, code: str, message: str) -> None:
    """The provider will not make an intent of it: failed, and never payable (api.md, section 11)."""
    standing = store.lock_standing_of(tx, payment_id)
    payment = standing.payment(payment_id)
    if payment.state != CREATED or payment.provider_ref is not None:
        return
    payment.failure = {"code": code, "message": message}
    payment.move("fail", reason=code)
    store.ROWS.save(tx, payment)
    telling.tell_moved(tx, standing, payment, state_before=CREATED)


def give_up_key(tx: Tx, payment_id: str, *, attempt: int, now_unix: int) -> None:
    """After a 5xx the provider repeats that answer to the same key: the next call has another (R-PAY-12).

    `attempt`: the one that was answered so; another run may have gone on already.
    """
    payment = store.lock_standing_of(tx, payment_id).payment(payment_id)
    if payment.key_attempt == attempt:
        payment.use_next_key(now_unix)
        store.ROWS.save(tx, payment)


def record_closing(
    tx: Tx, standing: Standing, submission: int, answers: Mapping[str, Intent | None], *, reason: str, now_unix: int
) -> Outcome:
    """Writes what the provider said of the submission's payments when asked to withdraw them, and says what became of all.

    `answers` by payment id; None: the provider knows no such intent. A payment without a reference is withdrawn here (P6).
    """
    mine = [payment for payment in standing.payments if payment.submission == submission]
    for payment in mine:
        answer = answers.get(payment.id)
        if answer is not None:
            apply_to(tx, news_from_intent(answer, answered_unix=now_unix), standing, payment)
        elif payment.closable and (payment.provider_ref is None or payment.id in answers):
            cancel_here(tx, standing, payment, reason=reason)
    return outcome_of(mine)


def outcome_of(payments: Collection[Payment]) -> Outcome:
    """Whether money is moving or there, or all was withdrawn, or nothing was there to be withdrawn.

    What is still open could not be asked after: its intent was made this very moment, so its customer is paying now.
    """
    counting = [payment for payment in payments if payment.counts]
    if counting:
        return "moving"
    return "cancelled" if payments else "none"


def _same(tx: Tx, payment: Payment, now_unix: int) -> Payment:
    if payment.waits_for_person:
        raise PaymentInProgress(payment.order_id, payment.reference)
    if payment.state == FAILED and not payment.payable:
        raise PaymentMethodUnavailable(payment.method, str((payment.failure or {}).get("code")))
    if payment.provider_ref is None and payment.key_is_old(now_unix):
        payment.use_next_key(now_unix)
        store.ROWS.save(tx, payment)
    return payment


def _usable(tx: Tx, code: str, providers: Collection[str], amount: Money) -> Method:
    method = methods_store.find_method(tx, code)
    # Countries were asked about in the first step of the submit; they are not known here.
    reason = "unknown" if method is None else unavailable(method, providers, country=None, amount=amount)
    if method is None or reason not in (None, "country"):
        raise PaymentMethodUnavailable(code, str(reason))
    return method


def _insert(tx: Tx, asked: CreatePayment, standing: Standing, method: Method, *, amount: int, livemode: bool, now_unix: int) -> Payment:
    earlier = len(standing.payments)
    payment = Payment(
        id=new_id("pay"),
        state=CREATED,
        order_id=asked.order_id,
        number=asked.number,
        submission=asked.submission,
        method=method.code,
        kind=method.kind,
        provider=method.provider,
        reference=f"{asked.number}-{earlier}" if earlier else asked.number,
        livemode=livemode,
        amount=amount,
        currency=asked.currency,
        decimals=asked.decimals,
        confirm_on=method.confirm_on,
        hold_minutes=method.hold_minutes,
        on_expiry=method.on_expiry,
        key_used_at=now_unix,
        created_at=tx.now,
    )
    payment.begin("create")
    store.ROWS.insert(tx, payment)
    return payment


def _money(amount: str, currency: str) -> Money:
    return Money(Precision.of(currency, {}).parse(amount), currency)
