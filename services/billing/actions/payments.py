"""Payments: opened for a submission, online or offline. Calls to the provider stand between these steps, in jobs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from services.billing.actions import telling
from services.billing.actions.news import apply_to, learn_reference
from services.billing.actions.provider_events import try_waiting_for
from services.billing.actions.syncing import watch_payment
from services.billing.domain.intent import Intent
from services.billing.domain.method import Method, Purchase, text_in, unavailable, unavailable_at_all, unavailable_for_amount
from services.billing.domain.payment import CANCELLED, CREATED, FAILED, Payment
from services.billing.domain.provider_news import news_from_intent
from services.billing.domain.standing import Standing
from services.billing.errors import (
    AmountExceedsOutstanding,
    FailedPaymentFirst,
    PaymentInProgress,
    PaymentMethodUnavailable,
    SubmissionEnded,
)
from services.billing.store import methods as methods_store
from services.billing.store import orders as orders_store
from services.billing.store import payments as store
from shared.contracts.api.submit import CheckMethod, CreatePayment, OfferMethods
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.values.ids import new_id
from shared.values.money import Money, Precision


def check_method(tx: Tx, asked: CheckMethod, *, providers: Collection[str], staff: bool) -> Method:
    """The method, if this can be paid with it, by staff or by a customer. Raises PaymentMethodUnavailable (R-PAY-19)."""
    method = methods_store.find_method(tx, asked.code)
    reason = "unknown" if method is None else unavailable(method, providers, purchase_of(asked, staff=staff))
    if method is None or reason is not None:
        raise PaymentMethodUnavailable(asked.code, str(reason))
    return method


def purchase_of(asked: CheckMethod | OfferMethods, *, staff: bool) -> Purchase:
    """What the gateway asks about, in billing's words."""
    amount = Money(Precision.of(asked.currency, {}).parse(asked.amount), asked.currency)
    return Purchase(country=asked.country, amount=amount, pickup=asked.pickup, goods=asked.goods, staff=staff)


def open_payment(
    tx: Tx, asked: CreatePayment, *, providers: Collection[str], livemode: bool, staff: bool, language: str | None, now_unix: int
) -> Payment:
    """The one open payment of the order: the one that is there, else a new one (P1), online without an intent yet, offline pending.

    `now_unix`: real time; `language`: the caller's. Raises SubmissionEnded, PaymentInProgress, FailedPaymentFirst,
    PaymentMethodUnavailable, AmountExceedsOutstanding.
    """
    standing = store.lock_standing(tx, asked.order_id)
    order = standing.order
    if asked.submission < order.submission or asked.submission <= max(order.ended_submission, order.cancelled_submission):
        raise SubmissionEnded(asked.order_id, asked.submission)
    counting = [payment for payment in standing.payments if payment.counts]
    same = [payment for payment in counting if (payment.submission, payment.method) == (asked.submission, asked.method)]
    if same:
        return _same(tx, next((payment for payment in same if payment.payable), same[-1]), now_unix)
    for payment in counting:
        if payment.payable and payment.state == FAILED:
            raise FailedPaymentFirst(asked.order_id, payment.reference, payment.submission)
        if payment.payable or payment.moving or payment.waits_for_person:
            raise PaymentInProgress(asked.order_id, payment.reference)

    precision = Precision(asked.currency, asked.decimals)
    amount, total = precision.parse(asked.amount), precision.parse(asked.total)
    order.take_figures(number=asked.number, submission=asked.submission, currency=asked.currency, decimals=asked.decimals, total=total)
    if not 0 < amount <= standing.due:
        raise AmountExceedsOutstanding(asked.amount, precision.format(standing.due))
    method = _usable(tx, asked.method, providers, Money(amount, asked.currency), staff=staff)
    orders_store.save_order(tx, order)
    if method.offline:
        spoken = asked.language or language or shop_settings(tx).store.default_language
        return _open_offline(tx, standing, method, amount=amount, language=spoken, now_unix=now_unix)
    payment = new_payment(tx, standing, method, amount=amount, livemode=livemode, now_unix=now_unix)
    payment.begin("create")
    store.ROWS.insert(tx, payment)
    watch_payment(tx, payment)
    return payment


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


def _same(tx: Tx, payment: Payment, now_unix: int) -> Payment:
    if payment.waits_for_person:
        raise PaymentInProgress(payment.order_id, payment.reference)
    if payment.state == FAILED and not payment.payable:
        raise PaymentMethodUnavailable(payment.method, str((payment.failure or {}).get("code")))
    if payment.provider_ref is None and payment.key_is_old(now_unix):
        payment.use_next_key(now_unix)
        store.ROWS.save(tx, payment)
    return payment


def _usable(tx: Tx, code: str, providers: Collection[str], amount: Money, *, staff: bool) -> Method:
    # Country, goods and pickup were asked about in the first step of the submit; they are not known here.
    method = methods_store.find_method(tx, code)
    if method is None:
        raise PaymentMethodUnavailable(code, "unknown")
    reason = "staff_only" if method.staff_only and not staff else unavailable_at_all(method, providers)
    if reason := reason or unavailable_for_amount(method, amount):
        raise PaymentMethodUnavailable(code, reason)
    return method


def _open_offline(tx: Tx, standing: Standing, method: Method, *, amount: int, language: str, now_unix: int) -> Payment:
    payment = new_payment(tx, standing, method, amount=amount, livemode=False, now_unix=now_unix)
    text = text_in(method.instructions, language, shop_settings(tx).store.default_language)
    payment.instructions = {"text": text, "details": method.details}
    if method.hold_minutes is not None:
        payment.deadline_at = tx.now + timedelta(minutes=method.hold_minutes)
        payment.reminder_at = _reminder_at(tx.now, method, payment.deadline_at)
    await_money(tx, standing, payment)
    return payment


def _reminder_at(now: datetime, method: Method, deadline_at: datetime) -> datetime | None:
    """No hold, no reminder (R-ORD-55); nor one that would come when the order is gone."""
    if method.reminder_minutes is None:
        return None
    reminder_at = now + timedelta(minutes=method.reminder_minutes)
    return reminder_at if reminder_at < deadline_at else None


def await_money(tx: Tx, standing: Standing, payment: Payment) -> None:
    """Writes and tells a new offline payment: created, and at once pending (P1)."""
    payment.begin("create")
    store.ROWS.insert(tx, payment)
    standing.payments.append(payment)
    telling.tell_created(tx, standing, payment)
    payment.move("await_money")
    store.ROWS.save(tx, payment)
    telling.tell_moved(tx, standing, payment, state_before=CREATED)


def open_rest(tx: Tx, standing: Standing, settled: Payment, *, amount: int, now_unix: int) -> Payment:
    """A part of an offline payment came: the rest stays open, as it was asked for (R-PAY-15)."""
    rest = replace(
        settled,
        id=new_id("pay"),
        state=CREATED,
        seq=0,
        moves=[],
        stored=None,
        reference=next_reference(standing),
        amount=amount,
        captured=0,
        review="none",
        receipt_number=None,
        record_key=None,
        paid_at=None,
        bank=None,
        note=None,
        key_used_at=now_unix,
        created_at=tx.now,
        captured_at=None,
    )
    await_money(tx, standing, rest)
    return rest


def next_reference(standing: Standing) -> str:
    """The order's number; for a later payment with -1, -2 …"""
    earlier = len(standing.payments)
    return f"{standing.order.number}-{earlier}" if earlier else standing.order.number


def new_payment(tx: Tx, standing: Standing, method: Method, *, amount: int, livemode: bool, now_unix: int) -> Payment:
    """A payment with the method's policy frozen on it (api.md, 13.13), not written yet."""
    order = standing.order
    return Payment(
        id=new_id("pay"),
        state=CREATED,
        order_id=order.order_id,
        number=order.number,
        submission=order.submission,
        method=method.code,
        kind=method.kind,
        provider=method.provider,
        reference=next_reference(standing),
        livemode=livemode,
        amount=amount,
        currency=order.currency,
        decimals=order.decimals,
        confirm_on=method.confirm_on,
        hold_minutes=method.hold_minutes,
        on_expiry=method.on_expiry,
        capture=method.capture,
        review_policy=method.review,
        key_used_at=now_unix,
        created_at=tx.now,
    )
