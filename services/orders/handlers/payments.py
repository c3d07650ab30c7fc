"""What billing tells of an order's money."""

from __future__ import annotations

from typing import Any

from services.orders.actions.confirm import confirm_paid_order
from services.orders.actions.hold import (
    AUTHORIZATION_EXPIRED,
    PAYMENT_CANCELLED,
    PAYMENT_DISPUTED,
    PAYMENT_FAILED,
    REVIEW_FAILED,
    hold_confirmed_order,
    hold_order_unless_cancelled,
)
from services.orders.actions.offline import await_offline_payment
from services.orders.actions.projection import note
from services.orders.actions.reopen import expire_order as end_submission
from services.orders.domain.parts import DISPUTE, PAYMENT, RESOLVED, REVIEW, Part
from shared.contracts.billing import (
    AuthorizationExpired,
    OpenPaymentClosed,
    PaymentAuthorized,
    PaymentCancelled,
    PaymentCaptured,
    PaymentDisputed,
    PaymentEvent,
    PaymentFailed,
    PaymentMismatched,
    PaymentPending,
    PaymentResolved,
    PaymentReviewed,
    ReviewRequired,
)
from shared.db.tx import Tx
from shared.values.clock import parse_rfc3339
from shared.values.money import ISO_DECIMALS, Precision


def record_payment(event: PaymentEvent | PaymentDisputed | ReviewRequired | PaymentReviewed | PaymentResolved, tx: Tx) -> None:
    """A payment is where its newest fact says it is; what people and banks say of it are words of their own."""
    note(tx, event.order_id, _payment(event) if isinstance(event, PaymentEvent) else _news(event))


def _payment(event: PaymentEvent) -> Part:
    precision = _precision(event)
    values: dict[str, Any] = {
        "submission": event.submission,
        "method": event.method,
        "kind": event.kind,
        "state": event.state,
        "amount": precision.parse(event.amount),
        "captured": precision.parse(event.captured),
        "refunded": precision.parse(event.refunded),
        "orphaned": event.orphaned,
        "mismatched": isinstance(event, PaymentMismatched),
        "confirms": isinstance(event, PaymentPending | PaymentAuthorized | PaymentCaptured) and event.confirms_order,
        "reference": event.reference,
        "instructions": None,
        "deadline_at": None,
        "numbers": [number for number in (event.reference, event.provider_ref, event.receipt_number) if number is not None],
    }
    if isinstance(event, PaymentPending):
        instructions = event.instructions
        values["instructions"] = None if instructions is None else instructions.model_dump(mode="json")
        values["deadline_at"] = event.deadline_at
    return Part(PAYMENT, event.payment_id, event.envelope.aggregate_seq, values)


def _news(event: PaymentDisputed | ReviewRequired | PaymentReviewed | PaymentResolved) -> Part:
    seq = event.envelope.aggregate_seq
    if isinstance(event, PaymentDisputed):
        return Part(DISPUTE, event.payment_id, seq, {"dispute": event.dispute, "amount": _precision(event).parse(event.amount)})
    if isinstance(event, PaymentResolved):
        return Part(RESOLVED, event.payment_id, seq, {"action": event.action})
    result = event.result if isinstance(event, PaymentReviewed) else "required"
    return Part(REVIEW, event.payment_id, seq, {"result": result})


def _precision(event: PaymentEvent | PaymentDisputed) -> Precision:
    return Precision(event.currency, ISO_DECIMALS[event.currency])


def confirm_order(event: PaymentPending | PaymentAuthorized | PaymentCaptured, tx: Tx) -> None:
    """Enough money is promised or there: the order is binding, once, however often and by whomever it is told (R-ORD-33).

    The payment is noted here too: `record_payment` may have failed, and be tried again when this one is done.
    """
    if event.confirms_order:
        note(tx, event.order_id, _payment(event))
        confirm_paid_order(tx, event.order_id, submission=event.submission)


def mark_sent(event: PaymentPending, tx: Tx) -> None:
    """An offline payment is awaited: the customer knows how to pay, the shop until when it waits (O5). It is noted here too, as above."""
    if event.kind == "offline":
        note(tx, event.order_id, _payment(event))
        reminder_at = None if event.reminder_at is None else parse_rfc3339(event.reminder_at)
        await_offline_payment(tx, event.order_id, submission=event.submission, confirms=event.confirms_order, reminder_at=reminder_at)


def hold_order(event: PaymentFailed | PaymentCancelled | PaymentDisputed | PaymentReviewed | AuthorizationExpired, tx: Tx) -> None:
    """Money that an order goes on with is not there, or is in question: nothing leaves until a person says so (P5, P6, P13, P14)."""
    if isinstance(event, PaymentDisputed):
        if event.dispute == "open":
            hold_order_unless_cancelled(tx, event.order_id, reason=PAYMENT_DISPUTED)
    elif isinstance(event, PaymentReviewed):
        if event.result == "failed":
            hold_order_unless_cancelled(tx, event.order_id, reason=REVIEW_FAILED)
    elif isinstance(event, AuthorizationExpired):
        hold_confirmed_order(tx, event.order_id, reason=AUTHORIZATION_EXPIRED)
    elif event.state_before == "authorized":
        reason = PAYMENT_FAILED if isinstance(event, PaymentFailed) else PAYMENT_CANCELLED
        hold_confirmed_order(tx, event.order_id, reason=reason)


def expire_order(event: OpenPaymentClosed, tx: Tx) -> None:
    """The hold is over and the open payment withdrawn; while money moves the order stays as it is (R-STK-03)."""
    if event.outcome != "moving":
        end_submission(tx, event.order_id, submission=event.submission, on_expiry=event.on_expiry)
