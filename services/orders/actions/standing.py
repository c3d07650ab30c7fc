"""The last step of whatever happens to an order: derive where it stands, write it, tell what moved."""

from __future__ import annotations

from dataclasses import replace

from services.orders.domain.order import Purchase
from services.orders.domain.parts import NO_PARTS, Parts
from services.orders.domain.standing import Standing, derive
from services.orders.store.orders import insert_purchase, save_purchase
from shared.contracts.orders import OrderCompleted, OrderEvent, OrderStatusChanged
from shared.db.tx import Tx
from shared.values.clock import rfc3339


def settle(tx: Tx, purchase: Purchase, parts: Parts, *events: OrderEvent) -> None:
    """Writes a locked order with its standing, then tells `events`, that it is over (O16), and that its display status moved.

    Without `events` it is called on hearing a fact: when the order stands where it stood, nothing is written.
    """
    order = purchase.order
    before = replace(order)
    _stand(tx, purchase, derive(order, purchase.lines, parts, now=tx.now))
    if not events and order == before and list(purchase.lines) == list(purchase.stored_lines):
        return
    save_purchase(tx, purchase)

    for event in events:
        tx.publish(event, of=order)
    if order.closed_at is not None and before.closed_at is None:
        tx.publish(OrderCompleted(order_id=order.id, closed_at=rfc3339(order.closed_at)), of=order)
    if order.status != before.status:
        tx.publish(OrderStatusChanged(order_id=order.id, status_before=before.status, status=order.status, by="event"), of=order)


def settle_new(tx: Tx, purchase: Purchase, event: OrderEvent) -> None:
    """Writes a new order with its standing and tells that it exists. Raises ExternalIdTaken."""
    _stand(tx, purchase, derive(purchase.order, purchase.lines, NO_PARTS, now=tx.now))
    purchase.order.begin("create")
    insert_purchase(tx, purchase)
    tx.publish(event, of=purchase.order)


def _stand(tx: Tx, purchase: Purchase, standing: Standing) -> None:
    order = purchase.order
    order.authorized, order.captured, order.refunded = standing.authorized, standing.captured, standing.refunded
    order.outstanding = standing.outstanding
    order.payment_status, order.delivery_status = standing.payment_status, standing.delivery_status
    order.invoice_status, order.status = standing.invoice_status, standing.status
    order.delivery_ready, order.payment_problem = standing.delivery_ready, standing.payment_problem
    if standing.closed and order.closed_at is None:
        order.closed_at = tx.now
    if standing.delivery_status in ("none", "full", "returned"):
        order.late = False
    order.payment_deadline_at = standing.payment_deadline_at
    purchase.lines = [
        replace(
            line,
            quantity_reserved=standing.units[line.id].reserved,
            quantity_delivered=standing.units[line.id].delivered,
            quantity_cancelled=standing.units[line.id].cancelled,
            quantity_invoiced=standing.units[line.id].invoiced,
        )
        for line in purchase.lines
    ]
