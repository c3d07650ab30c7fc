"""What a payment's facts say: its whole standing, and the order's totals over all its payments, so that their order never matters."""

from __future__ import annotations

from typing import Any

from services.billing.domain.payment import AUTHORIZED, CANCELLED, CAPTURED, PENDING, Payment
from services.billing.domain.standing import Standing
from shared.contracts.base import Instructions
from shared.contracts.billing import (
    CaptureRequested,
    CloseRequested,
    Failure,
    PaymentAuthorized,
    PaymentCancelled,
    PaymentCaptured,
    PaymentCreated,
    PaymentFailed,
    PaymentMismatched,
    PaymentNews,
    PaymentOrphaned,
    PaymentPending,
    Received,
)
from shared.db.tx import Tx
from shared.values.clock import rfc3339


def tell_created(tx: Tx, standing: Standing, payment: Payment) -> None:
    """The payment can be paid at the provider."""
    tx.publish(PaymentCreated(**_standing(standing, payment, None)), of=payment)


def tell_moved(tx: Tx, standing: Standing, payment: Payment, *, state_before: str | None) -> None:
    """The payment is in a new state; mismatches have a fact of their own. Without a state before it was recorded as it is."""
    said = _standing(standing, payment, state_before)
    if payment.state == PENDING:
        tx.publish(PaymentPending(**said, confirms_order=_confirms(standing, payment), **_waiting(payment)), of=payment)
    elif payment.state == AUTHORIZED:
        until = "" if payment.authorized_until is None else rfc3339(payment.authorized_until)
        tx.publish(PaymentAuthorized(**said, confirms_order=_confirms(standing, payment), authorized_until=until), of=payment)
    elif payment.state == CAPTURED:
        tx.publish(
            PaymentCaptured(
                **said,
                confirms_order=_confirms(standing, payment),
                released=payment.precision.format(payment.released),
            ),
            of=payment,
        )
    elif payment.state == CANCELLED:
        tx.publish(PaymentCancelled(**said), of=payment)
    else:
        tx.publish(PaymentFailed(**said, failure=Failure.model_validate(payment.failure)), of=payment)


def tell_orphaned(tx: Tx, standing: Standing, payment: Payment, *, state_before: str | None, reason: str) -> None:
    """The captured money belongs to no order."""
    tx.publish(PaymentOrphaned(**_standing(standing, payment, state_before), reason=reason), of=payment)


def tell_mismatched(tx: Tx, standing: Standing, payment: Payment, *, state_before: str) -> None:
    """The provider names another amount or currency than was asked."""
    tx.publish(
        PaymentMismatched(
            **_standing(standing, payment, state_before),
            failure=Failure.model_validate(payment.failure),
            received=Received.model_validate(payment.received),
        ),
        of=payment,
    )


def tell_news(tx: Tx, kind: type[PaymentNews], payment: Payment, *, amount: int, **said: Any) -> None:
    """What happened to a saved payment beside its state: `amount` of it, in minor units."""
    write = payment.precision.format
    tx.publish(
        kind(
            payment_id=payment.id,
            order_id=payment.order_id,
            number=payment.number,
            amount=write(amount),
            currency=payment.currency,
            **said,
        ),
        of=payment,
    )


def request_capture(tx: Tx, payment: Payment) -> None:
    """Outside work: `capture_asked` of the payment is to be taken at the provider. The payment was saved before."""
    tx.publish(CaptureRequested(payment_id=payment.id, order_id=payment.order_id, amount=payment.capture_asked), of=payment)


def request_closing(tx: Tx, payment: Payment) -> None:
    """Outside work: the payment's intent is to be withdrawn at the provider. The payment was saved before."""
    tx.publish(CloseRequested(payment_id=payment.id, order_id=payment.order_id), of=payment)


def _confirms(standing: Standing, payment: Payment) -> bool:
    return payment.confirms and not payment.orphaned and not standing.cancels(payment)


def _waiting(payment: Payment) -> dict[str, Any]:
    """How an offline payment is made, and until when; nothing of an online one."""
    if payment.instructions is None:
        return {}
    return {
        "instructions": Instructions(**payment.instructions, amount=payment.precision.format(payment.amount)),
        "reminder_at": None if payment.reminder_at is None else rfc3339(payment.reminder_at),
        "deadline_at": None if payment.deadline_at is None else rfc3339(payment.deadline_at),
    }


def _standing(standing: Standing, payment: Payment, state_before: str | None) -> dict[str, Any]:
    write = payment.precision.format
    return {
        "payment_id": payment.id,
        "order_id": payment.order_id,
        "number": payment.number,
        "submission": payment.submission,
        "method": payment.method,
        "kind": payment.kind,
        "state": payment.state,
        "state_before": state_before,
        "amount": write(payment.amount),
        "currency": payment.currency,
        "captured": write(payment.captured),
        "refunded": write(payment.refunded),
        "orphaned": payment.orphaned,
        "review": payment.review,
        "reference": payment.reference,
        "provider_ref": payment.provider_ref,
        "receipt_number": payment.receipt_number,
        "authorized_total": write(standing.authorized),
        "captured_total": write(standing.captured),
        "due": write(standing.due),
    }
