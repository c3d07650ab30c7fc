"""The provider is asked where a payment stands, and its answer counts like an event (R-PAY-09)."""

from __future__ import annotations

import time

from services.billing.actions import payments as actions
from services.billing.actions import syncing
from services.billing.adapters.outside import BillingOutside
from services.billing.adapters.stripe import ProviderRefused, ProviderUnavailable
from services.billing.errors import ProviderMissing
from services.billing.jobs.closing import UNKNOWN_INTENT
from shared.contracts.billing import SyncDue
from shared.messaging.hearing import JobContext


def sync_payment(event: SyncDue, ctx: JobContext) -> None:
    """As asked by the clock."""
    read_again(event.payment_id, ctx)


def read_again(payment_id: str, ctx: JobContext) -> None:
    """Reads the payment's intent and applies it; of a payment that is settled, or has none, nothing is asked.

    Raises NotFound, ProviderUnavailable, ProviderMissing.
    """
    with ctx.begin() as tx:
        payment = syncing.payment_to_ask_about(tx, payment_id)
    if payment is None:
        return
    outside: BillingOutside = ctx.outside
    if outside.stripe is None:
        raise ProviderMissing
    try:
        intent = outside.stripe.retrieve_intent(str(payment.provider_ref))
    except ProviderRefused as refusal:
        if refusal.code != UNKNOWN_INTENT:
            # Of our access, not of this payment.
            raise ProviderUnavailable(str(refusal)) from refusal
        with ctx.finish() as tx:
            syncing.tell_missing(tx, payment_id)
        return
    with ctx.finish() as tx:
        actions.record_intent(tx, payment_id, intent, now_unix=int(time.time()))
