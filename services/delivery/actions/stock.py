"""The end of every change of stock: what came free serves those who wait, and the new figures are told."""

from __future__ import annotations

from services.delivery.actions import facts
from services.delivery.domain.delivery import Demand
from services.delivery.domain.reservation import add_pieces, per_line
from services.delivery.domain.shelf import Shelf
from services.delivery.store import deliveries, reservations
from services.delivery.store.shelf import save_shelf
from shared.contracts.delivery import DeliveryReady, StockChanged, StockReserved
from shared.db.tx import Tx


def serve_waiting(tx: Tx, shelf: Shelf) -> None:
    """Free units go to waiting deliveries at once, by confirmation time (R-STK-06, R-STK-11)."""
    free = [sku for sku in shelf.skus if shelf.free(sku)]
    if not free:
        return
    for demand in deliveries.lock_demands(tx, free, also_ready=False):
        serve(tx, shelf, demand)


def serve(tx: Tx, shelf: Shelf, demand: Demand) -> None:
    """Reserves what a waiting delivery misses, as far as the locked shelf reaches; complete: it is ready."""
    # Of a sku that is not locked the shelf knows no place, and gives nothing.
    gained = [piece for line in demand.missing() for piece in shelf.promise("firm", line.line_id, line.sku, line.quantity)]
    if not gained:
        return
    demand.pieces = add_pieces(demand.pieces, gained)
    complete = not demand.missing()
    reservations.replace_pieces(tx, demand.reservation.id, demand.pieces)
    reservations.ROWS.save(tx, demand.reservation)
    lines = facts.stock_lines(demand.pieces)
    tx.publish(StockReserved(**facts.of_reservation(demand.reservation), lines=lines, complete=complete), of=demand.reservation)

    if complete:
        demand.delivery.move("reserve")
        deliveries.ROWS.save(tx, demand.delivery)
        told = facts.of_delivery(demand.delivery, demand.lines, per_line(demand.pieces))
        tx.publish(DeliveryReady(**told), of=demand.delivery)


def settle(tx: Tx, shelf: Shelf) -> None:
    """Writes the shelf back and tells each changed sku once, over all its places."""
    save_shelf(tx, shelf)
    for sku in sorted({place.sku for place in shelf.changed()}):
        levels = shelf.levels(sku)
        fact = StockChanged(sku=sku, on_hand=levels.on_hand, reserved=levels.reserved, held=levels.held, available=levels.available)
        tx.publish(fact, seq=shelf.counters[sku])
