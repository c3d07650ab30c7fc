"""Holding goods at submit, and the end of a hold's time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from services.delivery.actions import facts
from services.delivery.actions.release import HOLDS, STAFF, give_up, prolong
from services.delivery.actions.stock import serve_waiting, settle
from services.delivery.domain.reservation import Reservation, fit_pieces, holds_all, still_wanted
from services.delivery.domain.shelf import Piece, Shelf, Wanted
from services.delivery.errors import OutOfStock, SubmissionEnded
from services.delivery.store import reservations
from services.delivery.store.orders import lock_order
from services.delivery.store.shelf import lock_shelf
from shared.contracts.api.submit import HoldStock
from shared.contracts.delivery import HoldDue, HoldLapsed, StockHeld
from shared.db.timers import Timer, set_timer
from shared.db.tx import Tx
from shared.values.clock import rfc3339
from shared.values.ids import new_id


def hold_stock(tx: Tx, asked: HoldStock) -> Reservation | None:
    """Holds the goods of a submission for `minutes`; None minutes: only a look, nothing new is held.

    Repeated for the same submission and lines it changes nothing (R-STK-04). What the order held before, for an earlier submission
    or for other lines, is free for this one. Lines of one sku count as a sum (R-ORD-05); those that allow a backorder get what is
    left and never refuse (R-STK-06). Without `on_expiry` it is staff who ask: what the submit holds stays and counts as held.
    Raises OutOfStock with every shortage, SubmissionEnded.
    """
    ended = lock_order(tx, asked.order_id).ended_submission
    known = reservations.of_order(tx, asked.order_id)
    if asked.submission <= ended or any(found.submission > asked.submission for found in known):
        raise SubmissionEnded(asked.order_id, asked.submission)
    of_this = [found for found in known if found.submission == asked.submission]
    firm = next((found for found in of_this if found.kind == "firm"), None)
    if firm is not None:
        return firm

    wanted = [Wanted(line.line_id, line.sku, line.quantity, line.allow_backorder) for line in asked.lines]
    active = [found for found in known if found.active and found.kind == "hold"]
    pieces = reservations.pieces_of(tx, [found.id for found in active])
    own = [found for found in of_this if found.active and (asked.on_expiry is None or found.portion != STAFF)]
    if own and holds_all([piece for found in own for piece in pieces[found.id]], wanted):
        return own[0] if asked.on_expiry is not None else _for_staff(tx, asked, own)

    shelf = lock_shelf(tx, {line.sku for line in wanted} | {piece.sku for found in active for piece in pieces[found.id]})
    kept = [found for found in own if asked.on_expiry is None and found.portion != STAFF]
    if len(active) > len(kept):
        _give_up_earlier(tx, shelf, asked.order_id, but={found.id for found in kept})
    pieces = reservations.pieces_of(tx, [found.id for found in kept])
    held, _ = fit_pieces([piece for found in kept for piece in pieces[found.id]], wanted)
    shortages = shelf.shortages(wanted, held)
    if shortages:
        raise OutOfStock([(short.sku, short.requested, short.available) for short in shortages])
    made = None if asked.minutes is None else _hold(tx, asked, asked.minutes, _promise(shelf, still_wanted(wanted, held)))
    if made is not None and kept:
        _for_staff(tx, asked, kept)
    if len(active) > len(kept):
        serve_waiting(tx, shelf)
    settle(tx, shelf)
    return made


def _for_staff(tx: Tx, asked: HoldStock, own: Sequence[Reservation]) -> Reservation:
    """What the order holds serves the confirm, and lasts as long: no gap opens before the confirmation is heard (R-STK-05)."""
    until = tx.now + timedelta(minutes=asked.minutes or 0)
    active = {found.id: found for found in reservations.lock_active(tx, asked.order_id)}
    for hold in (active[found.id] for found in own):
        if hold.expires_at is not None and hold.expires_at < until:
            prolong(tx, hold, hold.attempt + 1, until)
    return active[own[0].id]


def _give_up_earlier(tx: Tx, shelf: Shelf, order_id: str, *, but: Collection[str]) -> None:
    active = [found for found in reservations.lock_active(tx, order_id) if found.kind == "hold" and found.id not in but]
    pieces = reservations.pieces_of(tx, [found.id for found in active])
    for earlier in active:
        give_up(tx, shelf, earlier, pieces[earlier.id], command="release", reason="submitted_anew")


def _promise(shelf: Shelf, wanted: Sequence[Wanted]) -> list[Piece]:
    # Lines that may wait come last: they take what the others leave.
    lines = sorted(wanted, key=lambda line: line.may_wait)
    return [piece for line in lines for piece in shelf.promise("hold", line.line_id, line.sku, line.quantity)]


def _hold(tx: Tx, asked: HoldStock, minutes: int, pieces: Sequence[Piece]) -> Reservation:
    expires_at = tx.now + timedelta(minutes=minutes)
    held = Reservation(
        id=new_id("res"),
        state="active",
        order_id=asked.order_id,
        submission=asked.submission,
        kind="hold",
        portion="" if asked.on_expiry is not None else STAFF,
        created_at=tx.now,
        expires_at=expires_at,
        on_expiry=asked.on_expiry,
    )
    held.begin("hold")
    reservations.ROWS.insert(tx, held)
    reservations.add_pieces(tx, held.id, pieces)
    set_timer(tx, HOLDS, held.id, due_at=expires_at)
    lines = facts.stock_lines(pieces)
    tx.publish(StockHeld(**facts.of_reservation(held), lines=lines, expires_at=rfc3339(expires_at)), of=held)
    return held


def tell_hold_due(timer: Timer, tx: Tx) -> None:
    """A hold's time is over: billing is asked whether money is moving, and answers with OpenPaymentClosed. Of staff's nobody is asked.

    Nothing is locked here, for this transaction has the timer's row, which others delete under the order's lock. A hold that is
    being consumed meanwhile is left alone when the answer comes.
    """
    held = reservations.ROWS.get(tx, timer.record_id)
    if held.active and held.portion == STAFF:
        tx.publish(HoldLapsed(**facts.of_reservation(held), attempt=held.attempt), seq=held.seq)
    elif held.active:
        fact = HoldDue(**facts.of_reservation(held), attempt=held.attempt, on_expiry=held.on_expiry)
        tx.publish(fact, seq=held.seq)
