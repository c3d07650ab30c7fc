"""An order will not be delivered: cancelled by staff (O10), or by the clock (O9)."""

from __future__ import annotations

from typing import Literal

from services.orders.actions.content import who
from services.orders.actions.edit import known_parts, need_version
from services.orders.actions.standing import settle
from services.orders.domain.order import CANCELLED, ORDER_LIFECYCLE, Purchase
from services.orders.domain.parts import INVOICE, Parts, handed_over
from services.orders.errors import DocumentStands, MoneyStands, ReturnFirst
from services.orders.store.orders import lock_purchase
from shared.contracts.orders import OrderCancelled
from shared.db.tx import Tx


def cancel_order(tx: Tx, order_id: str, *, reason: str, note: str | None, notify: bool, version: str | None) -> Purchase:
    """Cancels the order; one that is cancelled stays so for its first reason (R-ORD-51).

    What was promised or is awaited billing gives up on hearing it, stock and deliveries delivery. Nothing gives captured money back by
    itself yet, and nothing takes an invoice back: both stand in the way. Raises NotFound, VersionMismatch, ReturnFirst, MoneyStands,
    DocumentStands.
    """
    purchase = lock_purchase(tx, order_id)
    order = purchase.order
    need_version(order, version)
    if order.state == CANCELLED:
        return purchase
    allowed = ORDER_LIFECYCLE.allowed(order.state)
    parts = known_parts(tx, order)
    if handed_over(parts):
        raise ReturnFirst(order.id)
    if parts.captured > parts.refunded:
        raise MoneyStands(order.state, allowed)
    if parts.all(INVOICE):
        raise DocumentStands(order.state, allowed)

    call_off(tx, purchase, parts, command="cancel", reason=reason, note=note, notify=notify)
    return purchase


def call_off(
    tx: Tx,
    purchase: Purchase,
    parts: Parts,
    *,
    command: Literal["cancel", "expire"],
    reason: str,
    note: str | None = None,
    notify: bool = True,
) -> None:
    """Cancels a locked order, whose hold ends with it, and tells it. Raises IllegalTransition."""
    order = purchase.order
    state_before = order.state
    order.move(command, reason)
    order.version += 1
    order.cancelled_at, order.cancel_reason = tx.now, reason
    order.hold_reason = order.hold_note = order.held_by = order.held_at = None
    fact = OrderCancelled(
        order_id=order.id,
        number=order.number,
        who=who(order),
        reason=reason,
        state_before=state_before,
        submission=order.submission,
        notify=notify,
        note=note,
    )
    settle(tx, purchase, parts, fact)
