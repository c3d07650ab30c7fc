"""Held orders go on only when somebody has released them; money is recorded all the same (O13, R-ORD-50)."""

from __future__ import annotations

from typing import Final

from services.orders.actions.confirm import confirm_if_free, confirm_if_paid
from services.orders.actions.edit import need_version
from services.orders.actions.standing import settle
from services.orders.domain.order import CANCELLED, CONFIRMED, Order, Purchase
from services.orders.store.orders import lock_purchase
from services.orders.store.own_orders import owed_by
from services.orders.store.parts import parts_of
from shared.contracts.base import SYSTEM, Actor
from shared.contracts.orders import OrderHeld, OrderReleased
from shared.db.tx import Tx

PAYMENT_FAILED: Final = "payment_failed"
PAYMENT_CANCELLED: Final = "payment_cancelled"
PAYMENT_DISPUTED: Final = "payment_disputed"
REVIEW_FAILED: Final = "review_failed"
AUTHORIZATION_EXPIRED: Final = "authorization_expired"
CREDIT_LIMIT: Final = "credit_limit"


def hold_order(tx: Tx, order_id: str, *, reason: str, note: str | None, version: str | None) -> Purchase:
    """Holds the order; one that is held stays held for its first reason. Raises NotFound, VersionMismatch, IllegalTransition."""
    purchase = lock_purchase(tx, order_id)
    need_version(purchase.order, version)
    _hold(tx, purchase, reason=reason, note=note)
    return purchase


def hold_over_credit(tx: Tx, purchase: Purchase, limit: int) -> None:
    """Holds a locked order with which its customer would owe more than `limit`, minor units, until a person has looked (R-ORD-17)."""
    order = purchase.order
    if order.customer_id is not None and owed_by(tx, order.customer_id, order.currency) + order.total > limit:
        _hold(tx, purchase, reason=CREDIT_LIMIT, note=None, by=SYSTEM)


def hold_confirmed_order(tx: Tx, order_id: str, *, reason: str) -> None:
    """Holds a confirmed order whose promised money did not come (R-PAY-21); others have nothing to keep back. Raises NotFound."""
    purchase = lock_purchase(tx, order_id)
    if purchase.order.state == CONFIRMED:
        _hold(tx, purchase, reason=reason, note=None)


def hold_order_unless_cancelled(tx: Tx, order_id: str, *, reason: str) -> None:
    """Holds an order whose money is in question (R-PAY-17, R-PAY-23); a cancelled one stays as it is. Raises NotFound."""
    purchase = lock_purchase(tx, order_id)
    if purchase.order.state != CANCELLED:
        _hold(tx, purchase, reason=reason, note=None)


def release_order(tx: Tx, order_id: str, *, note: str | None, version: str | None) -> Purchase:
    """Ends the hold, and confirms the order if its money has come meanwhile; one that is not held is left as it is.

    Raises NotFound, VersionMismatch, IllegalTransition.
    """
    purchase = lock_purchase(tx, order_id)
    order = purchase.order
    need_version(order, version)
    order.LIFECYCLE.target(order.state, "release")
    if not order.held:
        return purchase

    order.move("release", note)
    order.version += 1
    order.hold_reason = order.hold_note = order.held_by = order.held_at = None
    settle(tx, purchase, parts_of(tx, order_id), OrderReleased(order_id=order.id, number=order.number, note=note))
    confirm_if_paid(tx, purchase)
    confirm_if_free(tx, purchase)
    return purchase


def _hold(tx: Tx, purchase: Purchase, *, reason: str, note: str | None, by: Actor | None = None) -> None:
    order: Order = purchase.order
    order.LIFECYCLE.target(order.state, "hold")
    if order.held:
        return
    order.move("hold", reason)
    order.version += 1
    order.hold_reason, order.hold_note = reason, note
    order.held_by, order.held_at = (by or tx.cause.actor).model_dump(exclude_none=True), tx.now
    settle(tx, purchase, parts_of(tx, order.id), OrderHeld(order_id=order.id, number=order.number, reason=reason, note=note))
