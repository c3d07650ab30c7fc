"""Why goods of an order are to stay in the house, as orders and billing tell it. The facts come in any order, also before a delivery."""

from __future__ import annotations

from services.delivery.store.orders import lock_order, save_holds
from shared.contracts.billing import DueChanged, PaymentReviewed, ReviewRequired
from shared.contracts.orders import OrderHeld, OrderReleased
from shared.db.tx import Tx


def note_hold(tx: Tx, event: OrderHeld | OrderReleased, *, held: bool) -> None:
    """The order was held or released; the newer fact counts (R-ORD-50)."""
    order = lock_order(tx, event.order_id)
    if order.note_hold(event.envelope.aggregate_seq, held=held):
        save_holds(tx, order)


def note_due(tx: Tx, event: DueChanged) -> None:
    """Something is due again, or that is paid (P11)."""
    order = lock_order(tx, event.order_id)
    if order.note_due(event.envelope.aggregate_seq, held=event.held):
        save_holds(tx, order)


def note_review(tx: Tx, event: ReviewRequired | PaymentReviewed) -> None:
    """A payment has to be looked at, or somebody did; one that failed holds as one not looked at (P13, R-PAY-17)."""
    order = lock_order(tx, event.order_id)
    passed = isinstance(event, PaymentReviewed) and event.result == "passed"
    if order.note_review(event.payment_id, event.envelope.aggregate_seq, passed=passed):
        save_holds(tx, order)
