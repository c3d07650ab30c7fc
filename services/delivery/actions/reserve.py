"""Reserving the goods of a confirmed order, and the delivery they leave with."""

from __future__ import annotations

from services.delivery.actions import facts
from services.delivery.actions.release import HOLDS
from services.delivery.actions.stock import serve_waiting, settle
from services.delivery.domain.delivery import Delivery, DeliveryLine, delivery_number, missing_units
from services.delivery.domain.reservation import Reservation, add_pieces, fit_pieces, per_line
from services.delivery.domain.shelf import Piece, Shelf, Wanted
from services.delivery.store import deliveries, reservations
from services.delivery.store.orders import lock_order
from services.delivery.store.shelf import lock_shelf
from shared.contracts.delivery import DeliveryCreated, DeliveryReady, StockReserved, StockShort
from shared.contracts.orders import OrderConfirmed, OrderLine
from shared.db.timers import cancel_timer
from shared.db.tx import Tx
from shared.errors import NotFound
from shared.values.clock import parse_rfc3339
from shared.values.ids import new_id


def reserve_goods(tx: Tx, event: OrderConfirmed) -> None:
    """The order's hold becomes firm without a gap (R-STK-05); what it lacks is taken from free stock as far as that reaches.

    What is still short waits for stock (R-STK-07). Nothing happens for a submission that was cancelled meanwhile.
    """
    wanted = [Wanted(line.line_id, line.sku, line.quantity) for line in _goods(event)]
    if not wanted or event.submission <= lock_order(tx, event.order_id):
        return
    shelf = lock_shelf(tx, {line.sku for line in wanted} | deliveries.skus_of_order(tx, event.order_id))
    active = reservations.lock_active(tx, event.order_id)
    hold = next((found for found in active if found.kind == "hold" and found.submission == event.submission), None)
    pieces, spare = ([], []) if hold is None else _consume(tx, shelf, hold, wanted)
    held = per_line(pieces)
    for line in wanted:
        pieces = add_pieces(pieces, shelf.promise("firm", line.line_id, line.sku, line.quantity - held.get(line.line_id, 0)))

    firm = Reservation(
        id=new_id("res"),
        state="active",
        order_id=event.order_id,
        submission=event.submission,
        kind="firm",
        created_at=tx.now,
        confirmed_at=parse_rfc3339(event.confirmed_at),
    )
    firm.begin("reserve")
    reservations.ROWS.insert(tx, firm)
    reservations.add_pieces(tx, firm.id, pieces)
    _tell_reserved(tx, firm, wanted, pieces)
    if spare:
        serve_waiting(tx, shelf)
    settle(tx, shelf)


def _consume(tx: Tx, shelf: Shelf, hold: Reservation, wanted: list[Wanted]) -> tuple[list[Piece], list[Piece]]:
    kept, spare = fit_pieces(reservations.pieces_of(tx, [hold.id])[hold.id], wanted)
    shelf.make_firm(kept)
    shelf.give_back("hold", spare)
    hold.move("confirm")
    reservations.ROWS.save(tx, hold)
    cancel_timer(tx, HOLDS, hold.id)
    return kept, spare


def _tell_reserved(tx: Tx, firm: Reservation, wanted: list[Wanted], pieces: list[Piece]) -> None:
    reserved = per_line(pieces)
    short = [Wanted(line.line_id, line.sku, line.quantity - reserved.get(line.line_id, 0)) for line in wanted]
    short = [line for line in short if line.quantity]
    if pieces:
        lines = facts.stock_lines(pieces)
        tx.publish(StockReserved(**facts.of_reservation(firm), lines=lines, complete=not short), of=firm)
    if short:
        if pieces:
            # Two facts of one record in one breath: the second is the newer.
            reservations.ROWS.save(tx, firm)
        tx.publish(StockShort(**facts.of_reservation(firm), lines=facts.missing(short)), of=firm)


def create_delivery(tx: Tx, event: OrderConfirmed) -> None:
    """One delivery for the goods of the order, ready when all of them are reserved (R-DLV-01).

    None for services and digital goods only (R-ORD-12), and none for a submission that was cancelled meanwhile. Raises NotFound
    while the goods are not reserved yet.
    """
    goods = _goods(event)
    if not goods or event.submission <= lock_order(tx, event.order_id):
        return
    firm = reservations.firm_one(tx, event.order_id, event.submission)
    if firm is None:
        raise NotFound(f"nothing is reserved yet for order {event.order_id}")
    reserved = per_line(reservations.pieces_of(tx, [firm.id])[firm.id])
    delivery = _planned(tx, event, firm.id)
    lines = [_line(delivery.id, position, line) for position, line in enumerate(goods, start=1)]
    deliveries.add(tx, delivery, lines)
    tx.publish(DeliveryCreated(**facts.of_delivery(delivery, lines, reserved)), of=delivery)

    missing = missing_units(lines, reserved)
    if not missing:
        delivery.move("reserve")
        deliveries.ROWS.save(tx, delivery)
        tx.publish(DeliveryReady(**facts.of_delivery(delivery, lines, reserved)), of=delivery)
        return

    # Stock that came between the reservation and this delivery found nobody waiting.
    shelf = lock_shelf(tx, {line.sku for line in missing})
    serve_waiting(tx, shelf)
    settle(tx, shelf)


def _planned(tx: Tx, event: OrderConfirmed, reservation_id: str) -> Delivery:
    delivery_id = new_id("dlv")
    shipping = event.shipping
    delivery = Delivery(
        id=delivery_id,
        state="draft",
        number=delivery_number(deliveries.next_serial(tx, delivery_id)),
        order_id=event.order_id,
        submission=event.submission,
        reservation_id=reservation_id,
        shipping_method=shipping.method if shipping is not None else None,
        carrier=shipping.carrier if shipping is not None else "manual",
        # Goods that go nowhere are handed over at the counter (R-ORD-45).
        pickup=shipping.pickup if shipping is not None else event.shipping_address is None,
        customer_note=event.customer_note,
        shipping_address=event.shipping_address,
        created_at=tx.now,
    )
    delivery.begin("create")
    delivery.move("plan")
    return delivery


def _line(delivery_id: str, position: int, line: OrderLine) -> DeliveryLine:
    return DeliveryLine(
        id=new_id("dln"),
        delivery_id=delivery_id,
        position=position,
        order_line_id=line.line_id,
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        weight_g=line.weight_g,
        barcode=line.barcode,
        attributes=line.attributes,
    )


def _goods(event: OrderConfirmed) -> list[OrderLine]:
    return [line for line in event.lines if line.type == "goods"]
