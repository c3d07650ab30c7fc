"""What staff do with a delivery before it is handed over: reserve, free, begin, plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.delivery.actions import facts
from services.delivery.actions.stock import serve, serve_waiting, settle
from services.delivery.domain.delivery import DELIVERY, Delivery, Demand
from services.delivery.domain.reservation import per_line
from services.delivery.domain.shelf import Shelf
from services.delivery.errors import DeliveryHeld, OutOfStock
from services.delivery.store import deliveries, reservations
from services.delivery.store.orders import lock_order
from services.delivery.store.shelf import lock_shelf
from shared.contracts.delivery import DeliveryStarted, StockReserved
from shared.db.tx import Tx
from shared.errors import IllegalTransition


def reserve_delivery(tx: Tx, delivery_id: str) -> Delivery:
    """Takes what is free for a delivery that misses something (A3). All is there already: nothing changes.

    Raises NotFound, IllegalTransition, OutOfStock with every shortage when there is nothing for it.
    """
    shelf, demand = _lock(tx, delivery_id, "reserve")
    missing = demand.missing()
    if missing and not serve(tx, shelf, demand):
        raise OutOfStock([(short.sku, short.requested, short.available) for short in shelf.shortages(missing)])
    settle(tx, shelf)
    return demand.delivery


def unreserve_delivery(tx: Tx, delivery_id: str) -> Delivery:
    """What it has reserved is free, and serves others that wait (A3); it waits for the stock that comes next. Raises as `_lock`."""
    shelf, demand = _lock(tx, delivery_id, "unreserve")
    if not demand.pieces:
        return demand.delivery
    shelf.give_back("firm", demand.pieces)
    demand.pieces = []
    reservations.replace_pieces(tx, demand.reservation.id, ())
    reservations.ROWS.save(tx, demand.reservation)
    tx.publish(StockReserved(**facts.of_reservation(demand.reservation), lines=(), complete=False), of=demand.reservation)
    demand.delivery.waits = True
    demand.delivery.move_to("waiting_stock", command="unreserve")
    deliveries.ROWS.save(tx, demand.delivery)
    serve_waiting(tx, shelf, but=demand.delivery.id)
    settle(tx, shelf)
    return demand.delivery


def _lock(tx: Tx, delivery_id: str, command: str) -> tuple[Shelf, Demand]:
    """The delivery with its goods and their shelf. Raises NotFound, IllegalTransition unless it is at the shelf."""
    seen = deliveries.ROWS.get(tx, delivery_id)
    lock_order(tx, seen.order_id)
    lines = deliveries.lines_of(tx, [seen.id])[seen.id]
    shelf = lock_shelf(tx, {line.sku for line in lines})
    delivery = deliveries.ROWS.lock(tx, delivery_id)
    # What is put back is nobody's, and what an earlier step brought is no longer at its place: neither is given to others.
    nobodys = not delivery.outgoing or (command == "unreserve" and delivery.previous_id is not None)
    if nobodys or delivery.state not in ("waiting_stock", "ready"):
        raise IllegalTransition(DELIVERY.name, delivery.state, command, DELIVERY.allowed(delivery.state))
    firm = reservations.ROWS.lock(tx, delivery.reservation_id)
    return shelf, Demand(delivery, firm, lines, reservations.pieces_of(tx, [firm.id])[firm.id])


def start_delivery(tx: Tx, delivery_id: str, *, picker: str) -> Delivery:
    """Somebody is at it (A5, R-DLV-07). Begun already: nothing changes. Raises NotFound, IllegalTransition, DeliveryHeld."""
    seen = deliveries.ROWS.get(tx, delivery_id)
    order = lock_order(tx, seen.order_id)
    lines = deliveries.lines_of(tx, [seen.id])[seen.id]
    delivery = deliveries.ROWS.lock(tx, delivery_id)
    DELIVERY.target(delivery.state, "start")
    if delivery.outgoing and order.hold_reasons:
        raise DeliveryHeld(delivery.number, order.hold_reasons)
    if delivery.started_at is not None:
        return delivery
    delivery.move("start")
    delivery.started_at, delivery.picker = tx.now, picker
    deliveries.ROWS.save(tx, delivery)
    reserved = per_line(reservations.pieces_of(tx, [delivery.reservation_id])[delivery.reservation_id]) if delivery.outgoing else {}
    tx.publish(DeliveryStarted(**facts.of_delivery(delivery, lines, reserved), picker=picker), of=delivery)
    return delivery


def assign_delivery(tx: Tx, delivery_id: str, said: Mapping[str, Any]) -> Delivery:
    """Plans an open delivery: `picker`, `priority`, `scheduled_at`, those that are said. The same again changes nothing.

    Raises NotFound, IllegalTransition.
    """
    delivery = deliveries.ROWS.lock(tx, delivery_id)
    DELIVERY.target(delivery.state, "assign")
    changed = {name: value for name, value in said.items() if getattr(delivery, name) != value}
    if changed:
        delivery.move("assign")
        for name, value in changed.items():
            setattr(delivery, name, value)
        deliveries.ROWS.save(tx, delivery)
    return delivery
