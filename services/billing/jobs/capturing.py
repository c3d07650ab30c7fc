"""Authorized money is taken at the provider, once: for a hand-over, or because staff say so (P11)."""

from __future__ import annotations

import time

from services.billing.actions import capturing
from services.billing.actions import payments as actions
from services.billing.adapters.outside import BillingOutside
from services.billing.adapters.stripe import ProviderRefused, ProviderUnavailable, StripeProvider
from services.billing.domain.intent import Intent
from services.billing.domain.payment import Payment
from services.billing.domain.stripe_units import to_stripe
from services.billing.errors import ProviderMissing
from services.billing.jobs.closing import NO_LONGER_OPEN
from shared.contracts.billing import CaptureRequested
from shared.messaging.hearing import JobContext
from shared.values.money import Money

CAPTURABLE = "requires_capture"


def capture_payment(event: CaptureRequested, ctx: JobContext) -> None:
    """A hand-over takes its value."""
    take_money(event.payment_id, ctx)


def take_money(payment_id: str, ctx: JobContext) -> None:
    """Takes what was asked for, and writes what the provider says of it.

    The intent is read first: whatever an earlier run did is there (R-PAY-12). Raises ProviderUnavailable (asking again goes on),
    ProviderRefused (nothing was taken, and nothing is asked for any more), ProviderMissing.
    """
    with ctx.begin() as tx:
        payment = capturing.payment_to_capture(tx, payment_id)
    if payment is None:
        return
    outside: BillingOutside = ctx.outside
    if outside.stripe is None:
        raise ProviderMissing
    now_unix = int(time.time())
    try:
        intent = _take(payment, outside.stripe)
    except ProviderRefused:
        with ctx.begin() as tx:
            capturing.refuse_capture(tx, payment.id, now_unix=now_unix)
        raise
    except ProviderUnavailable as away:
        if away.http_status is not None and away.http_status >= 500:
            with ctx.begin() as tx:
                actions.give_up_key(tx, payment.id, attempt=payment.key_attempt, now_unix=now_unix)
        raise
    with ctx.finish() as tx:
        actions.record_intent(tx, payment.id, intent, now_unix=int(time.time()))


def _take(payment: Payment, stripe: StripeProvider) -> Intent:
    ref = str(payment.provider_ref)
    intent = stripe.retrieve_intent(ref)
    if intent.status != CAPTURABLE:
        return intent
    try:
        return stripe.capture_intent(ref, to_stripe(Money(payment.expected, payment.currency)), payment.capture_key)
    except ProviderRefused as refusal:
        if refusal.code != NO_LONGER_OPEN:
            raise
        # It was taken or given back between our two calls.
        return stripe.retrieve_intent(ref)
