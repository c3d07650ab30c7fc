"""Open payments are withdrawn at the provider: for a hold's end, a reopening, another method, a cancelled order.

The provider is asked how the intent stands first: money that is moving, or there, is not withdrawn but written down (lifecycles.md,
section 3, *moving*). Only a cancelled order gives authorized money back.
"""

from __future__ import annotations

import time
from typing import Final

from services.billing.actions import closing
from services.billing.actions import payments as actions
from services.billing.actions.withdrawing import Outcome
from services.billing.adapters.outside import BillingOutside
from services.billing.adapters.stripe import ProviderRefused, ProviderUnavailable
from services.billing.domain.intent import Intent
from services.billing.domain.payment import Payment
from services.billing.errors import ProviderMissing
from shared.contracts.billing import CloseRequested
from shared.contracts.delivery import HoldDue
from shared.messaging.hearing import JobContext

UNKNOWN_INTENT: Final = "resource_missing"
NO_LONGER_OPEN: Final = "payment_intent_unexpected_state"
MOVING_AT_PROVIDER: Final = frozenset({"processing", "requires_capture", "succeeded"})


def close_open_payment(event: HoldDue, ctx: JobContext) -> None:
    """The hold's time is over: its submission's payment is withdrawn, unless money is moving; delivery is told which."""
    with ctx.begin() as tx:
        payments = closing.payments_to_close(tx, event.order_id, event.submission)
    answers = _withdraw(payments, ctx, moving_too=False)
    with ctx.finish() as tx:
        closing.close_for_hold(tx, event, answers, now_unix=int(time.time()))


def close_payment(event: CloseRequested, ctx: JobContext) -> None:
    """A reopened or cancelled order's payment is withdrawn."""
    with ctx.begin() as tx:
        payments, order_cancelled = closing.payment_to_close(tx, event.payment_id)
    answers = _withdraw(payments, ctx, moving_too=order_cancelled)
    with ctx.finish() as tx:
        closing.close_one(tx, event.payment_id, answers, now_unix=int(time.time()))


def close_submission(order_id: str, submission: int, ctx: JobContext) -> Outcome:
    """As asked by the gateway before it reopens an order, or takes another method."""
    with ctx.begin() as tx:
        payments = closing.payments_to_close(tx, order_id, submission)
    answers = _withdraw(payments, ctx, moving_too=False)
    with ctx.finish() as tx:
        return closing.close_for_command(tx, order_id, submission, answers, now_unix=int(time.time()))


def void_payment(payment: Payment, ctx: JobContext) -> None:
    """As asked by staff: authorized money is given back too (P12)."""
    answers = _withdraw([payment], ctx, moving_too=True)
    with ctx.finish() as tx:
        closing.close_for_void(tx, payment.id, answers, now_unix=int(time.time()))


def _withdraw(payments: list[Payment], ctx: JobContext, *, moving_too: bool) -> dict[str, Intent | None]:
    return {payment.id: _withdraw_one(payment, ctx, moving_too=moving_too) for payment in payments}


def _withdraw_one(payment: Payment, ctx: JobContext, *, moving_too: bool) -> Intent | None:
    """The intent as it stands after the try; None: the provider has none of that name."""
    outside: BillingOutside = ctx.outside
    if outside.stripe is None:
        raise ProviderMissing
    ref = str(payment.provider_ref)
    try:
        intent = outside.stripe.retrieve_intent(ref)
        if intent.status in ("canceled", "succeeded") or (intent.status in MOVING_AT_PROVIDER and not moving_too):
            return intent
        return outside.stripe.cancel_intent(ref, payment.cancel_key)
    except ProviderRefused as refusal:
        if refusal.code == UNKNOWN_INTENT:
            return None
        if refusal.code == NO_LONGER_OPEN:
            # It was paid or cancelled between our two calls.
            return outside.stripe.retrieve_intent(ref)
        # Of our access, not of this payment: whatever it is, it says nothing about the money.
        raise ProviderUnavailable(str(refusal)) from refusal
    except ProviderUnavailable as away:
        if away.http_status is not None and away.http_status >= 500:
            with ctx.begin() as tx:
                actions.give_up_key(tx, payment.id, attempt=payment.key_attempt, now_unix=int(time.time()))
        raise
