"""Payments are withdrawn: here, or at the provider by a job (lifecycles.md, P6)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from services.billing.actions import telling
from services.billing.actions.news import apply_to
from services.billing.domain.intent import Intent
from services.billing.domain.payment import CAPTURED, Payment
from services.billing.domain.provider_news import news_from_intent
from services.billing.domain.standing import Standing
from services.billing.store import payments as store
from shared.db.tx import Tx

Outcome = Literal["cancelled", "none", "moving"]


def withdraw(tx: Tx, standing: Standing, payment: Payment, *, reason: str) -> None:
    """Withdraws a payment here when the provider has no intent of it that we know; else a job does it there."""
    if payment.provider_ref is None:
        cancel_here(tx, standing, payment, reason=reason)
        return
    # Saved for a new place among its facts: a second request is not the first one again.
    store.ROWS.save(tx, payment)
    telling.request_closing(tx, payment)


def cancel_here(tx: Tx, standing: Standing, payment: Payment, *, reason: str) -> None:
    """Withdraws a payment that no intent is known of; should there be one, what it brings is orphaned."""
    before = payment.state
    payment.move("cancel", reason=reason)
    store.ROWS.save(tx, payment)
    telling.tell_moved(tx, standing, payment, state_before=before)


def withdraw_covered(tx: Tx, standing: Standing) -> None:
    """The order is paid in full: what is still open of it would be paid twice (api.md, 13.12)."""
    if standing.captured < standing.order.total:
        return
    for payment in standing.payments:
        if payment.closable and not payment.waits_for_person:
            withdraw(tx, standing, payment, reason="paid_otherwise")


def record_closing(
    tx: Tx, standing: Standing, payments: Collection[Payment], answers: Mapping[str, Intent | None], *, reason: str, now_unix: int
) -> Outcome:
    """Writes what the provider said of these payments when asked to withdraw them, and says what became of all.

    `answers` by payment id; None: the provider knows no such intent. A payment without a reference is withdrawn here (P6), unless
    part of the money has come: then the rest stays open (R-ORD-54).
    """
    for payment in payments:
        answer = answers.get(payment.id)
        if answer is not None:
            apply_to(tx, news_from_intent(answer, answered_unix=now_unix), standing, payment)
        elif payment.closable and (payment.provider_ref is None or payment.id in answers) and not money_has_come(payments):
            cancel_here(tx, standing, payment, reason=reason)
    return outcome_of(payments)


def money_has_come(payments: Collection[Payment]) -> bool:
    """Whether something was captured of them, and counts for the order."""
    return any(payment.state == CAPTURED and payment.counts for payment in payments)


def outcome_of(payments: Collection[Payment]) -> Outcome:
    """Whether money is moving or there, or all was withdrawn, or nothing was there to be withdrawn.

    What is still open could not be asked after: its intent was made this very moment, so its customer is paying now.
    """
    counting = [payment for payment in payments if payment.counts]
    if counting:
        return "moving"
    return "cancelled" if payments else "none"
