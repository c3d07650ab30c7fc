"""The two halves of a closing: which payments the provider is asked about, and what its answers mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from services.billing.actions.withdrawing import Outcome, cancel_here, money_has_come, record_closing
from services.billing.domain.built_in import CARD
from services.billing.domain.intent import Intent
from services.billing.domain.payment import CANCELLED, Payment
from services.billing.domain.standing import Standing
from services.billing.store import methods as methods_store
from services.billing.store import orders as orders_store
from services.billing.store import payments as store
from shared.contracts.billing import OpenPaymentClosed
from shared.contracts.delivery import HoldDue
from shared.db.tx import Tx

Answers = Mapping[str, Intent | None]


def payments_to_close(tx: Tx, order_id: str, submission: int) -> list[Payment]:
    """The submission's payments that the provider has to be asked about; none when part of the money has come."""
    mine = [payment for payment in store.payments_of(tx, order_id) if payment.submission == submission]
    return [] if money_has_come(mine) else [payment for payment in mine if payment.closable and payment.provider_ref]


def payment_to_close(tx: Tx, payment_id: str) -> tuple[list[Payment], bool]:
    """The payment, unless it is settled by now, and whether its order was cancelled: then moving money is given back too."""
    standing = store.lock_standing_of(tx, payment_id)
    payment = standing.payment(payment_id)
    cancelled = standing.cancels(payment)
    # One that was withdrawn here before its reference was known is still open at the provider.
    asked = payment.closable or payment.state == CANCELLED or (cancelled and payment.moving)
    return [payment] if asked and payment.provider_ref else [], cancelled


def close_for_hold(tx: Tx, due: HoldDue, answers: Answers, *, now_unix: int) -> None:
    """Writes the answers, and tells delivery and orders what became of the submission's payment.

    With its hold the submission ends: a customer who comes between this and orders' hearing of it must not be let pay for an order
    that is going to be cancelled. One that staff have confirmed lives on.
    """
    standing = store.lock_standing(tx, due.order_id)
    on_expiry = _on_expiry(tx, standing, due.submission)
    outcome = record_closing(tx, standing, standing.of_submission(due.submission), answers, reason="hold_expired", now_unix=now_unix)
    if outcome != "moving" and standing.order.confirmed_submission < due.submission:
        standing.order.ended_submission = max(standing.order.ended_submission, due.submission)
        orders_store.save_order(tx, standing.order)
    tx.publish(
        OpenPaymentClosed(
            order_id=due.order_id,
            reservation_id=due.reservation_id,
            submission=due.submission,
            attempt=due.attempt,
            outcome=outcome,
            on_expiry=on_expiry,
        ),
        seq=due.attempt,
    )


def close_one(tx: Tx, payment_id: str, answers: Answers, *, now_unix: int) -> None:
    """Writes the answer about one payment."""
    standing = store.lock_standing_of(tx, payment_id)
    record_closing(tx, standing, [standing.payment(payment_id)], answers, reason="withdrawn", now_unix=now_unix)


def close_for_command(tx: Tx, order_id: str, submission: int, answers: Answers, *, now_unix: int) -> Outcome:
    """Writes the answers of a closing that the gateway asked for."""
    standing = store.lock_standing(tx, order_id)
    return record_closing(tx, standing, standing.of_submission(submission), answers, reason="withdrawn", now_unix=now_unix)


def payment_to_void(tx: Tx, payment_id: str) -> Payment:
    """The payment that staff take back (P6, P12); one without an intent is withdrawn here. Raises NotFound, IllegalTransition."""
    standing = store.lock_standing_of(tx, payment_id)
    payment = standing.payment(payment_id)
    if payment.state == CANCELLED:
        return payment
    payment.need("void")
    if payment.provider_ref is None:
        cancel_here(tx, standing, payment, reason="voided")
    return payment


def close_for_void(tx: Tx, payment_id: str, answers: Answers, *, now_unix: int) -> None:
    """Writes the provider's answer to a void; what cannot be stopped any more stays as it is."""
    standing = store.lock_standing_of(tx, payment_id)
    record_closing(tx, standing, [standing.payment(payment_id)], answers, reason="voided", now_unix=now_unix)


def _on_expiry(tx: Tx, standing: Standing, submission: int) -> Literal["cancel", "release"]:
    """As frozen on the submission's payment; without one, as its method says now."""
    frozen = [payment.on_expiry for payment in standing.of_submission(submission)]
    if not frozen:
        chosen = (standing.order.content or {}).get("payment_method")
        method = methods_store.find_method(tx, chosen) if chosen else None
        frozen = [(method or CARD).on_expiry]
    return "cancel" if frozen[-1] == "cancel" else "release"
