"""A submission ends: the order is an open cart again, or over (O4, O9)."""

from __future__ import annotations

from typing import Final, Literal

from services.orders.actions.content import who
from services.orders.actions.standing import settle
from services.orders.domain.order import ORDER_LIFECYCLE, QUOTATION, Purchase
from services.orders.domain.parts import Parts
from services.orders.store.orders import lock_purchase
from services.orders.store.parts import parts_of
from shared.contracts.orders import OrderCancelled, OrderReopened
from shared.db.tx import Tx

PAYMENT_EXPIRED: Final = "payment_expired"


def reopen_order(tx: Tx, order_id: str, *, submission: int, reason: str) -> Purchase:
    """Ends the named submission; when it has ended before, nothing happens. Raises NotFound, IllegalTransition."""
    purchase = lock_purchase(tx, order_id)
    order = purchase.order
    if order.submission != submission or (order.state == QUOTATION and not order.submitted):
        return purchase
    ORDER_LIFECYCLE.target(order.state, "reopen")
    _open_again(tx, purchase, parts_of(tx, order_id), command="reopen", reason=reason)
    return purchase


def expire_order(tx: Tx, order_id: str, *, submission: int, on_expiry: Literal["cancel", "release"]) -> None:
    """The hold of a submission is over and no money is moving: an open cart again, or cancelled (R-ORD-54).

    An order that was confirmed, cancelled or submitted anew in between is left alone, and so is one whose money is there by now.
    Raises NotFound.
    """
    purchase = lock_purchase(tx, order_id)
    order = purchase.order
    if order.state != QUOTATION or not order.submitted or order.submission != submission:
        return
    parts = parts_of(tx, order_id)
    if any(payment.state in ("authorized", "captured") for payment in parts.of_submission(submission)):
        return
    if on_expiry == "release":
        _open_again(tx, purchase, parts, command="release", reason=PAYMENT_EXPIRED)
        return

    order.move("expire", PAYMENT_EXPIRED)
    order.version += 1
    order.cancelled_at, order.cancel_reason = tx.now, PAYMENT_EXPIRED
    fact = OrderCancelled(
        order_id=order.id,
        number=order.number,
        who=who(order),
        reason=PAYMENT_EXPIRED,
        state_before=QUOTATION,
        submission=order.submission,
    )
    settle(tx, purchase, parts, fact)


def _open_again(tx: Tx, purchase: Purchase, parts: Parts, *, command: str, reason: str) -> None:
    order = purchase.order
    ended = order.submission
    order.move(command, reason)
    order.version += 1
    order.submission += 1
    order.submitted_at = order.payment_method = None
    settle(tx, purchase, parts, OrderReopened(order_id=order.id, number=order.number, submission=ended, reason=reason))
