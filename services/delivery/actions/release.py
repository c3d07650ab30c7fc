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
from shared.contracts.delivery import HoldExpired, HoldLapsed, StockReleased, StockReserved
from shared.db.timers import cancel_timer, set_timer
from shared.db.tx import Tx

HOLDS: Final = "holds"
"""Kind of the timer that comes when a hold's time is over; its record is the reservation."""
STAFF: Final = "staff"
"""The portion of an order that staff hold for their confirm, beside what the customer's submit holds."""


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
    if reservation.kind == "firm":
        # Who counts what an order has reserved hears it in the words in which it was reserved.
        tx.publish(StockReserved(**facts.of_reservation(reservation), lines=(), complete=False), of=reservation)


def release_submission(tx: Tx, order_id: str, submission: int, *, reason: str) -> None:
    """A submission ended: its hold is free, and nothing is held or delivered for it later on. Others keep theirs."""
    end_submission(tx, lock_order(tx, order_id), submission)
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


def close_hold(tx: Tx, closed: OpenPaymentClosed) -> None:
    """Billing answered for a hold whose time is over: without money it expires, with money moving it is prolonged (R-STK-03).

    A hold that was consumed or released meanwhile, or prolonged by a later answer, is left alone. Raises NotFound: it may be early.
    """
    lock_order(tx, closed.order_id)
    if closed.outcome == "moving":
        hold = reservations.ROWS.lock(tx, closed.reservation_id)
        if hold.active and closed.attempt >= hold.attempt:
            prolong(tx, hold, closed.attempt + 1, tx.now + PROLONGED_BY)
        return

    shelf = lock_shelf(tx, deliveries.skus_of_order(tx, closed.order_id))
    hold = reservations.ROWS.lock(tx, closed.reservation_id)
    if not hold.active or closed.attempt < hold.attempt:
        return
    _give_back(tx, shelf, hold, command="expire", reason="expired")


def lapse_hold(tx: Tx, lapsed: HoldLapsed) -> None:
    """A hold that staff had for their confirm is over, and nobody else is told: it is free.

    Unless it was confirmed meanwhile, or prolonged by another attempt to confirm.
    """
    lock_order(tx, lapsed.order_id)
    shelf = lock_shelf(tx, deliveries.skus_of_order(tx, lapsed.order_id))
    hold = reservations.ROWS.lock(tx, lapsed.reservation_id)
    if hold.active and lapsed.attempt >= hold.attempt:
        _give_back(tx, shelf, hold, command="expire", reason="expired")


def give_back_hold(tx: Tx, order_id: str, submission: int) -> bool:
    """A confirm by staff failed after it had held: what it held is free. The customer's own hold stays; whether there was any."""
    lock_order(tx, order_id)
    skus = deliveries.skus_of_order(tx, order_id)
    if not skus:
        return False
    shelf = lock_shelf(tx, skus)
    active = reservations.lock_active(tx, order_id)
    hold = next((found for found in active if found.portion == STAFF and found.submission == submission), None)
    if hold is None:
        return False
    _give_back(tx, shelf, hold, command="release", reason="confirm_failed")
    return True


def _give_back(tx: Tx, shelf: Shelf, hold: Reservation, *, command: Literal["release", "expire"], reason: str) -> None:
    pieces = reservations.pieces_of(tx, [hold.id])[hold.id]
    give_up(tx, shelf, hold, pieces, command=command, reason=reason)
    serve_waiting(tx, shelf)
    settle(tx, shelf)


def prolong(tx: Tx, hold: Reservation, attempt: int, expires_at: datetime) -> None:
    """A hold lasts longer; what billing answers to an earlier end of it counts no more."""
    hold.move("prolong")
    hold.attempt, hold.expires_at = attempt, expires_at
    reservations.ROWS.save(tx, hold)
    set_timer(tx, HOLDS, hold.id, due_at=expires_at)
