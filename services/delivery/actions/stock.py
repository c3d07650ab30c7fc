"""The end of every change of stock: what came free serves those who wait, and the new figures are told."""

from __future__ import annotations

from services.delivery.actions import facts
from services.delivery.domain.delivery import Demand, new_pickup_code
from services.delivery.domain.reservation import add_pieces, per_line
from services.delivery.domain.shelf import Shelf
from services.delivery.store import deliveries, reservations
from services.delivery.store.shelf import save_shelf
from shared.contracts.delivery import DeliveryReady, PickupReady, StockChanged, StockReserved
from shared.db.tx import Tx


def serve_waiting(tx: Tx, shelf: Shelf, *, but: str | None = None) -> None:
    """Free units go to waiting deliveries at once, in their turn (R-STK-06, R-STK-11). `but`: a delivery that just gave them up."""
    free = [sku for sku in shelf.skus if shelf.free(sku)]
    if not free:
        return
    for demand in deliveries.lock_demands(tx, free, also_ready=False):
        if demand.delivery.id != but:
            serve(tx, shelf, demand)


def serve(tx: Tx, shelf: Shelf, demand: Demand) -> bool:
    """Reserves what a delivery misses, as far as the locked shelf reaches; enough of it: it is ready. Returns whether it got anything."""
    # Of a sku that is not locked the shelf knows no place, and gives nothing.
    gained = [piece for line in demand.missing() for piece in shelf.promise("firm", line.line_id, line.sku, line.quantity)]
    if not gained:
        return False
    demand.pieces = add_pieces(demand.pieces, gained)
    reservations.replace_pieces(tx, demand.reservation.id, demand.pieces)
    tell_reserved(tx, demand)
    was_waiting = demand.delivery.waits
    demand.delivery.waits = bool(demand.missing())
    if demand.delivery.state == "waiting_stock" and demand.may_leave():
        demand.delivery.move("reserve")
        tell_ready(tx, demand)
    elif demand.delivery.waits != was_waiting:
        deliveries.ROWS.save(tx, demand.delivery)
    return True


def tell_reserved(tx: Tx, demand: Demand) -> None:
    """What its reservation has now."""
    reservations.ROWS.save(tx, demand.reservation)
    lines = facts.stock_lines(demand.pieces)
    complete = not demand.missing()
    tx.publish(StockReserved(**facts.of_reservation(demand.reservation), lines=lines, complete=complete), of=demand.reservation)


def tell_ready(tx: Tx, demand: Demand) -> None:
    """It can be handed over; the customer of a pickup is to come, with a code, when the first units are there (R-DLV-21)."""
    delivery = demand.delivery
    calls_customer = delivery.pickup and delivery.last and delivery.pickup_code is None
    if calls_customer:
        delivery.pickup_code = new_pickup_code()
    deliveries.ROWS.save(tx, delivery)
    told = facts.of_delivery(delivery, demand.lines, per_line(demand.pieces))
    tx.publish(DeliveryReady(**told), of=delivery)
    if calls_customer:
        # Two facts of one record in one breath: the second is the newer.
        deliveries.ROWS.save(tx, delivery)
        tx.publish(PickupReady(**told, code=delivery.pickup_code), of=delivery)


def settle(tx: Tx, shelf: Shelf) -> None:
    """Writes the shelf back and tells each changed sku once, over all its places."""
    save_shelf(tx, shelf)
    for sku in sorted({place.sku for place in shelf.changed()}):
        levels = shelf.levels(sku)
        fact = StockChanged(sku=sku, on_hand=levels.on_hand, reserved=levels.reserved, held=levels.held, available=levels.available)
        tx.publish(fact, seq=shelf.counters[sku])
