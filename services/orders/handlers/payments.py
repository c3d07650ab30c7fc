"""What billing tells of an order's money."""

from __future__ import annotations

from typing import Any, assert_never

from services.orders.actions.confirm import confirm_paid_order
from services.orders.actions.projection import note
from services.orders.actions.reopen import expire_order as end_submission
from services.orders.domain.parts import DISPUTE, PAYMENT, RESOLVED, REVIEW, Part
from shared.contracts.billing import (
    OpenPaymentClosed,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentDisputed,
    PaymentEvent,
    PaymentMismatched,
    PaymentPending,
    PaymentResolved,
    PaymentReviewed,
    ReviewRequired,
)
from shared.db.tx import Tx
from shared.values.money import ISO_DECIMALS, Precision


def record_payment(event: PaymentEvent | ReviewRequired | PaymentReviewed | PaymentDisputed | PaymentResolved, tx: Tx) -> None:
    """A payment is where its newest fact says it is; what people and banks say of it stands beside that, each for itself."""
    match event:
        case PaymentEvent():
            kind, values = PAYMENT, _standing(event)
        case ReviewRequired():
            kind, values = REVIEW, {"result": "required"}
        case PaymentReviewed():
            kind, values = REVIEW, {"result": event.result}
        case PaymentDisputed():
            kind, values = DISPUTE, {"dispute": event.dispute}
        case PaymentResolved():
            kind, values = RESOLVED, {"action": event.action}
        case _:
            assert_never(event)
    note(tx, event.order_id, Part(kind, event.payment_id, event.envelope.aggregate_seq, values))


def _standing(event: PaymentEvent) -> dict[str, Any]:
    precision = Precision(event.currency, ISO_DECIMALS[event.currency])
    return {
        "submission": event.submission,
        "kind": event.kind,
        "state": event.state,
        "amount": precision.parse(event.amount),
        "captured": precision.parse(event.captured),
        "refunded": precision.parse(event.refunded),
        "orphaned": event.orphaned,
        "mismatched": isinstance(event, PaymentMismatched),
        "numbers": [number for number in (event.reference, event.provider_ref, event.receipt_number) if number is not None],
    }


def confirm_order(event: PaymentPending | PaymentAuthorized | PaymentCaptured, tx: Tx) -> None:
    """Enough money is promised or there: the order is binding, once, however often and by whomever it is told (R-ORD-33)."""
    if event.confirms_order:
        confirm_paid_order(tx, event.order_id, submission=event.submission)


def expire_order(event: OpenPaymentClosed, tx: Tx) -> None:
    """The hold is over and the open payment withdrawn; while money moves the order stays as it is (R-STK-03)."""
    if event.outcome != "moving":
        end_submission(tx, event.order_id, submission=event.submission, on_expiry=event.on_expiry)
