"""What billing tells of an order's money."""

from __future__ import annotations

from services.orders.actions.confirm import confirm_paid_order
from services.orders.actions.projection import note
from services.orders.actions.reopen import expire_order as end_submission
from services.orders.domain.parts import PAYMENT, Part
from shared.contracts.billing import (
    OpenPaymentClosed,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentEvent,
    PaymentMismatched,
    PaymentPending,
)
from shared.db.tx import Tx
from shared.values.money import ISO_DECIMALS, Precision


def record_payment(event: PaymentEvent, tx: Tx) -> None:
    """A payment is where its newest fact says it is."""
    precision = Precision(event.currency, ISO_DECIMALS[event.currency])
    values = {
        "submission": event.submission,
        "kind": event.kind,
        "state": event.state,
        "amount": precision.parse(event.amount),
        "captured": precision.parse(event.captured),
        "refunded": precision.parse(event.refunded),
        "orphaned": event.orphaned,
        "mismatched": isinstance(event, PaymentMismatched),
    }
    note(tx, event.order_id, Part(PAYMENT, event.payment_id, event.envelope.aggregate_seq, values))


def confirm_order(event: PaymentPending | PaymentAuthorized | PaymentCaptured, tx: Tx) -> None:
    """Enough money is promised or there: the order is binding, once, however often and by whomever it is told (R-ORD-33)."""
    if event.confirms_order:
        confirm_paid_order(tx, event.order_id, submission=event.submission)


def expire_order(event: OpenPaymentClosed, tx: Tx) -> None:
    """The hold is over and the open payment withdrawn; while money moves the order stays as it is (R-STK-03)."""
    if event.outcome != "moving":
        end_submission(tx, event.order_id, submission=event.submission, on_expiry=event.on_expiry)
