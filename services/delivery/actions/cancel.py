"""Calling deliveries off."""

from __future__ import annotations

from collections.abc import Sequence

from services.delivery.actions import facts
from services.delivery.actions.backorder import Work
from services.delivery.actions.chains import put_back
from services.delivery.actions.release import give_up
from services.delivery.actions.stock import serve_waiting, settle
from services.delivery.domain.delivery import Delivery
from services.delivery.store import deliveries, reservations
from services.delivery.store.orders import end_submission, lock_order
from services.delivery.store.shelf import lock_shelf
from shared.contracts.delivery import DeliveryCancelled
from shared.db.tx import Tx


def cancel_order(tx: Tx, order_id: str, submission: int, *, reason: str) -> None:
    """The order will not be delivered: its open deliveries are cancelled, its units are free. What was handed over stays so."""
    end_submission(tx, lock_order(tx, order_id), submission)
    shelf = lock_shelf(tx, deliveries.skus_of_order(tx, order_id))
    open_ones = deliveries.lock_open_of_order(tx, order_id)
    lines = deliveries.lines_of(tx, [delivery.id for delivery in open_ones])
    work = Work(shelf, {delivery.id: delivery for delivery in open_ones}, lines)
    _cancel(tx, work, [delivery for delivery in open_ones if delivery.outgoing], reason=reason)
    active = reservations.lock_active(tx, order_id)
    pieces = reservations.pieces_of(tx, [found.id for found in active])
    for reservation in active:
        give_up(tx, shelf, reservation, pieces[reservation.id], command="release", reason="cancelled")
    serve_waiting(tx, shelf)
    settle(tx, shelf)


def cancel_delivery(tx: Tx, delivery_id: str, *, reason: str | None) -> Delivery:
    """It will not be handed over, nor will a step of its chain (A9). Cancelled already: nothing changes.

    Its units are free; goods that an earlier step took from their place are to be put back (R-DLV-11).
    Raises NotFound, IllegalTransition.
    """
    seen = deliveries.ROWS.get(tx, delivery_id)
    lock_order(tx, seen.order_id)
    lines = deliveries.open_lines_of_order(tx, seen.order_id)
    shelf = lock_shelf(tx, {line.sku for own in lines.values() for line in own})
    open_ones = {found.id: found for found in deliveries.lock_open_of_order(tx, seen.order_id)}
    delivery = open_ones.get(delivery_id) or deliveries.ROWS.get(tx, delivery_id)
    if delivery.state == "cancelled":
        return delivery
    if delivery.id not in open_ones or not delivery.outgoing:
        delivery.move("cancel", reason)
        _tell_cancelled(tx, Work(shelf, open_ones, lines), delivery)
        return delivery
    chain = [found for found in open_ones.values() if found.reservation_id == delivery.reservation_id and found.outgoing]
    _cancel(tx, Work(shelf, open_ones, lines), chain, reason=reason)
    firm = reservations.ROWS.lock(tx, delivery.reservation_id)
    give_up(tx, shelf, firm, reservations.pieces_of(tx, [firm.id])[firm.id], command="release", reason="delivery_cancelled")
    serve_waiting(tx, shelf)
    settle(tx, shelf)
    return delivery


def _cancel(tx: Tx, work: Work, chains: Sequence[Delivery], *, reason: str | None) -> None:
    for delivery in chains:
        # An open step that does not wait for the one before has what that one brought.
        has_goods = delivery.previous_id is not None and delivery.state != "waiting_operation"
        delivery.move("cancel", reason)
        _tell_cancelled(tx, work, delivery)
        if has_goods:
            put_back(tx, delivery, work.lines[delivery.id])


def _tell_cancelled(tx: Tx, work: Work, delivery: Delivery) -> None:
    delivery.waits = False
    deliveries.ROWS.save(tx, delivery)
    tx.publish(DeliveryCancelled(**facts.of_delivery(delivery, work.lines[delivery.id], {})), of=delivery)
