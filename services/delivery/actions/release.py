"""Giving goods back: reopened, cancelled, expired."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from services.delivery.actions import facts
from services.delivery.actions.stock import serve_waiting, settle
from services.delivery.domain.reservation import PROLONGED_BY, Reservation
from services.delivery.domain.shelf import Piece, Shelf
from services.delivery.store import deliveries, reservations
from services.delivery.store.orders import end_submission, lock_order
from services.delivery.store.shelf import lock_shelf
from shared.contracts.billing import OpenPaymentClosed
from shared.contracts.delivery import DeliveryCancelled, HoldExpired, StockReleased
from shared.db.timers import cancel_timer, set_timer
from shared.db.tx import Tx

HOLDS: Final = "holds"
"""Kind of the timer that comes when a hold's time is over; its record is the reservation."""


def give_up(
    tx: Tx, shelf: Shelf, reservation: Reservation, pieces: list[Piece], *, command: Literal["release", "expire"], reason: str
) -> None:
    """An active reservation ends and its units are free on the locked shelf; once (R-STK-04)."""
    shelf.give_back(reservation.kind, pieces)
    reservation.move(command, reason)
    reservations.ROWS.save(tx, reservation)
    if reservation.kind == "hold":
        cancel_timer(tx, HOLDS, reservation.id)
    lines = facts.stock_lines(pieces)
    if command == "expire":
        tx.publish(HoldExpired(**facts.of_reservation(reservation), lines=lines), of=reservation)
    tx.publish(StockReleased(**facts.of_reservation(reservation), lines=lines, reason=reason), of=reservation)


def release_submission(tx: Tx, order_id: str, submission: int, *, reason: str) -> None:
    """A submission ended: its hold is free, and nothing is held or delivered for it later on. Others keep theirs."""
    lock_order(tx, order_id)
    end_submission(tx, order_id, submission)
    skus = deliveries.skus_of_order(tx, order_id)
    if not skus:
        return
    shelf = lock_shelf(tx, skus)
    active = reservations.lock_active(tx, order_id)
    holds = [found for found in active if found.kind == "hold" and found.submission == submission]
    pieces = reservations.pieces_of(tx, [found.id for found in holds])
    for hold in holds:
        give_up(tx, shelf, hold, pieces[hold.id], command="release", reason=reason)
    serve_waiting(tx, shelf)
    settle(tx, shelf)


def cancel_order(tx: Tx, order_id: str, submission: int, *, reason: str) -> None:
    """The order will not be delivered: its open deliveries are cancelled, its units are free. What was handed over stays so."""
    lock_order(tx, order_id)
    end_submission(tx, order_id, submission)
    skus = deliveries.skus_of_order(tx, order_id)
    shelf = lock_shelf(tx, skus)
    open_ones = deliveries.lock_open_of_order(tx, order_id)
    lines = deliveries.lines_of(tx, [delivery.id for delivery in open_ones])
    for delivery in open_ones:
        delivery.move("cancel", reason)
        deliveries.ROWS.save(tx, delivery)
        tx.publish(DeliveryCancelled(**facts.of_delivery(delivery, lines[delivery.id], {})), of=delivery)
    active = reservations.lock_active(tx, order_id)
    pieces = reservations.pieces_of(tx, [found.id for found in active])
    for reservation in active:
        give_up(tx, shelf, reservation, pieces[reservation.id], command="release", reason="cancelled")
    serve_waiting(tx, shelf)
    settle(tx, shelf)


def close_hold(tx: Tx, closed: OpenPaymentClosed) -> None:
    """Billing answered for a hold whose time is over: without money it expires, with money moving it is prolonged (R-STK-03).

    A hold that was consumed or released meanwhile, or prolonged by a later answer, is left alone. Raises NotFound: it may be early.
    """
    lock_order(tx, closed.order_id)
    if closed.outcome == "moving":
        hold = reservations.ROWS.lock(tx, closed.reservation_id)
        if hold.active and closed.attempt >= hold.attempt:
            _prolong(tx, hold, closed.attempt + 1, tx.now + PROLONGED_BY)
        return

    shelf = lock_shelf(tx, deliveries.skus_of_order(tx, closed.order_id))
    hold = reservations.ROWS.lock(tx, closed.reservation_id)
    if not hold.active or closed.attempt < hold.attempt:
        return
    pieces = reservations.pieces_of(tx, [hold.id])[hold.id]
    give_up(tx, shelf, hold, pieces, command="expire", reason="expired")
    serve_waiting(tx, shelf)
    settle(tx, shelf)


def _prolong(tx: Tx, hold: Reservation, attempt: int, expires_at: datetime) -> None:
    hold.move("prolong")
    hold.attempt, hold.expires_at = attempt, expires_at
    reservations.ROWS.save(tx, hold)
    set_timer(tx, HOLDS, hold.id, due_at=expires_at)
