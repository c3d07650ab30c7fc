"""What orders tells, written into billing's copy; and what it means for open payments."""

from __future__ import annotations

from services.billing.actions import capturing
from services.billing.actions.units import propose_refunds
from services.billing.actions.withdrawing import withdraw
from services.billing.domain.payment import CAPTURED
from services.billing.store import orders as store
from services.billing.store import payments as payments_store
from shared.contracts.orders import OrderCancelled, OrderConfirmed, OrderReopened, OrderSubmitted
from shared.db.tx import Tx
from shared.values.money import Precision


def copy_content(tx: Tx, event: OrderSubmitted | OrderConfirmed) -> None:
    """Takes the order's content, the newest wins whenever it comes."""
    order = store.lock_order(tx, event.order_id)
    if isinstance(event, OrderConfirmed):
        order.confirmed_submission = max(order.confirmed_submission, event.submission)
        # Confirmed by staff before orders heard of the end of its hold: it goes on, and may be paid.
        if order.ended_submission == event.submission:
            order.ended_submission = event.submission - 1
    seq = event.envelope.aggregate_seq
    if seq > order.content_seq and event.submission >= order.submission:
        order.take_figures(
            number=event.number,
            submission=event.submission,
            currency=event.currency,
            decimals=event.decimals,
            total=Precision(event.currency, event.decimals).parse(event.totals.total),
        )
        order.content, order.content_seq = event.model_dump(mode="json", exclude_none=True), seq
    if order.cancelled_units:
        propose_refunds(tx, payments_store.lock_standing(tx, event.order_id))
    store.save_order(tx, order)


def end_submission(tx: Tx, event: OrderReopened) -> None:
    """The submission was reopened: what of its payment can still be withdrawn, is."""
    standing = payments_store.lock_standing(tx, event.order_id)
    standing.order.ended_submission = max(standing.order.ended_submission, event.submission)
    store.save_order(tx, standing.order)
    for payment in standing.payments:
        if payment.submission == event.submission and payment.closable:
            withdraw(tx, standing, payment, reason="order_reopened")


def cancel_order(tx: Tx, event: OrderCancelled) -> None:
    """The order will not be delivered: its open and authorized payments are withdrawn; money that still comes is orphaned (P10).

    So is what came while the order was being cancelled: orders had not heard of it, or would have kept the order (R-ORD-53).
    """
    standing = payments_store.lock_standing(tx, event.order_id)
    standing.order.cancelled_submission = max(standing.order.cancelled_submission, event.submission)
    store.save_order(tx, standing.order)
    for payment in standing.payments:
        if standing.cancels(payment) and (payment.closable or payment.moving):
            withdraw(tx, standing, payment, reason="order_cancelled")
        elif standing.cancels(payment) and payment.state == CAPTURED and payment.counts and payment.captured > payment.refunded:
            capturing.orphan(tx, standing, payment)
