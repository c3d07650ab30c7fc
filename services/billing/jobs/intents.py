"""A payment gets its intent at the provider. Run by the route that opens it, and by every repeat of that call."""

from __future__ import annotations

import time

from services.billing.actions import payments as actions
from services.billing.adapters.outside import BillingOutside
from services.billing.adapters.stripe import ProviderRefused, ProviderUnavailable
from services.billing.domain.intent import Intent
from services.billing.domain.payment import CANCELLED, Payment
from services.billing.domain.stripe_units import to_stripe
from services.billing.errors import PaymentMethodUnavailable, ProviderMissing, SubmissionEnded
from shared.messaging.hearing import JobContext
from shared.values.money import Money


def create_intent(payment: Payment, ctx: JobContext) -> tuple[Payment, Intent]:
    """Asks the provider for the payment's intent, or how it stands now, and writes down what it says.

    The key is the payment's id, so that a lost answer is had again by asking again, and no second intent is made (R-PAY-12). The
    client secret is in the answer only: it is never stored. Raises ProviderUnavailable (asking again goes on),
    PaymentMethodUnavailable (the provider refuses: the payment has failed), SubmissionEnded.
    """
    try:
        intent = _ask(payment, ctx.outside)
    except ProviderRefused as refusal:
        with ctx.finish() as tx:
            actions.refuse_payment(tx, payment.id, code=refusal.code, message=refusal.message)
        raise PaymentMethodUnavailable(payment.method, refusal.code) from refusal
    except ProviderUnavailable as away:
        if away.http_status is not None and away.http_status >= 500 and payment.provider_ref is None:
            with ctx.begin() as tx:
                actions.give_up_key(tx, payment.id, attempt=payment.key_attempt, now_unix=int(time.time()))
        raise

    with ctx.finish() as tx:
        payment = actions.record_intent(tx, payment.id, intent, now_unix=int(time.time()))
    if payment.state == CANCELLED:
        raise SubmissionEnded(payment.order_id, payment.submission)
    return payment, intent


def _ask(payment: Payment, outside: BillingOutside) -> Intent:
    if outside.stripe is None:
        raise ProviderMissing
    if payment.provider_ref is not None:
        return outside.stripe.retrieve_intent(payment.provider_ref)
    return outside.stripe.create_intent(
        payment_id=payment.id,
        order_id=payment.order_id,
        order_number=payment.number,
        amount=to_stripe(Money(payment.amount, payment.currency)),
        currency=payment.currency,
        capture="automatic" if payment.capture == "automatic" else "manual",
        key=payment.create_key,
    )
