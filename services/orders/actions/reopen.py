"""A submission ends: the order is an open cart again, or over (O4, O9)."""

from __future__ import annotations

from typing import Final, Literal

from services.orders.actions.cancel import call_off
from services.orders.actions.standing import settle
from services.orders.domain.order import ORDER_LIFECYCLE, Order, Purchase
from services.orders.domain.parts import Parts
from services.orders.store.orders import lock_purchase
from services.orders.store.parts import parts_of
from shared.contracts.orders import OrderReopened
from shared.db.timers import Timer, set_timer
from shared.db.tx import Tx

PAYMENT_EXPIRED: Final = "payment_expired"
QUOTATION_EXPIRED: Final = "quotation_expired"
QUOTATION_VALIDITY: Final = "quotation"
"""The timer of section 7 of lifecycles.md."""


def reopen_order(tx: Tx, order_id: str, *, submission: int, reason: str) -> Purchase:
    """Ends the named submission; when it has ended before, nothing happens. Raises NotFound, IllegalTransition."""
    purchase = lock_purchase(tx, order_id)
    order = purchase.order
    if order.submission != submission or order.open:
        return purchase
    ORDER_LIFECYCLE.target(order.state, "reopen")
    _open_again(tx, purchase, parts_of(tx, order_id), reason=reason)
    return purchase


def expire_order(tx: Tx, order_id: str, *, submission: int, on_expiry: Literal["cancel", "release"]) -> None:
    """The hold of a submission is over and no money is moving: an open cart again, or cancelled (R-ORD-54).

    An order that was confirmed, cancelled or submitted anew in between is left alone, and so is one whose money is there by now.
    Raises NotFound.
    """
    purchase = lock_purchase(tx, order_id)
    order = purchase.order
    if not order.undecided or not order.submitted or order.submission != submission:
        return
    parts = parts_of(tx, order_id)
    if _money_is_there(parts, submission):
        return
    if on_expiry == "release":
        _open_again(tx, purchase, parts, reason=PAYMENT_EXPIRED)
    else:
        call_off(tx, purchase, parts, command="expire", reason=PAYMENT_EXPIRED)


def await_validity(tx: Tx, order: Order) -> None:
    """Sets the timer of an order with an end: its quotation, if it is still one then, is over (O9)."""
    if order.valid_until is not None:
        # A timer of its own for each submission: one that fires now has its row, and waits for the order that is locked here.
        record_id = f"{order.id}:{order.submission}"
        set_timer(tx, QUOTATION_VALIDITY, record_id, due_at=order.valid_until, payload={"order_id": order.id})


def expire_quotation(timer: Timer, tx: Tx) -> None:
    """The quotation's time is over: cancelled, and billing withdraws an offline payment on hearing it.

    Never while money is there or an online payment can still succeed: that one ends with its hold, which sets this timer anew.
    """
    purchase = lock_purchase(tx, timer.payload["order_id"])
    order = purchase.order
    if not order.undecided:
        return
    parts = parts_of(tx, order.id)
    payable = order.submitted and any(p.kind == "online" and p.state != "cancelled" for p in parts.of_submission(order.submission))
    if not payable and not _money_is_there(parts, order.submission):
        call_off(tx, purchase, parts, command="expire", reason=QUOTATION_EXPIRED)


def _money_is_there(parts: Parts, submission: int) -> bool:
    return any(payment.state in ("authorized", "captured") for payment in parts.of_submission(submission))


def _open_again(tx: Tx, purchase: Purchase, parts: Parts, *, reason: str) -> None:
    order = purchase.order
    ended = order.submission
    order.move("reopen", reason)
    order.version += 1
    order.submission += 1
    order.offered = False
    order.submitted_at = order.payment_method = order.duplicate_of = order.fingerprint = None
    settle(tx, purchase, parts, OrderReopened(order_id=order.id, number=order.number, submission=ended, reason=reason))
    await_validity(tx, order)
