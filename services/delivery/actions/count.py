"""Counting the shelf."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.delivery.actions import facts
from services.delivery.actions.stock import serve_waiting, settle
from services.delivery.domain.delivery import Demand
from services.delivery.domain.reservation import Reservation, take_pieces
from services.delivery.domain.shelf import Key, MoveReason, Piece, Shelf, Wanted
from services.delivery.store import deliveries, reservations
from services.delivery.store.shelf import lock_shelf
from shared.contracts.delivery import StockShort
from shared.db.tx import Tx
from shared.errors import Invalid


@dataclass(frozen=True, slots=True)
class Count:
    """What somebody found at a place."""

    sku: str
    on_hand: int
    warehouse: str = "main"
    location: str = "stock"
    note: str | None = None

    @property
    def key(self) -> Key:
        """The place counted."""
        return (self.sku, self.warehouse, self.location)


def count_stock(tx: Tx, counts: Sequence[Count]) -> None:
    """Takes counts of places; each difference is a move (R-STK-10).

    More than before serves waiting deliveries at once (R-STK-11); less than was promised takes promises back (R-STK-12).
    """
    shelf = lock_shelf(tx, {count.sku for count in counts})
    for count in counts:
        shelf.count(count.key, count.on_hand, note=count.note)
    balance(tx, shelf)
    settle(tx, shelf)


def move_stock(tx: Tx, key: Key, quantity: int, *, reason: MoveReason, note: str | None) -> str:
    """Units came to a place or went from it, with a reason (R-STK-10); what follows is as with a count. Returns the move's id.

    Raises Invalid for more than lies there.
    """
    shelf = lock_shelf(tx, {key[0]})
    if shelf.on_hand(key) + quantity < 0:
        meta = {"requested": -quantity, "on_hand": shelf.on_hand(key)}
        raise Invalid(f"only {shelf.on_hand(key)} lie there", pointer="/quantity", meta=meta)
    shelf.move(key, quantity, reason=reason, note=note)
    balance(tx, shelf)
    settle(tx, shelf)
    return shelf.moves[-1].id


def balance(tx: Tx, shelf: Shelf) -> None:
    """Places that promised more than is there take promises back; what is free serves those who wait."""
    overdrawn = shelf.overdrawn()
    if overdrawn:
        _take_back(tx, shelf, overdrawn)
    serve_waiting(tx, shelf)


def _take_back(tx: Tx, shelf: Shelf, overdrawn: dict[Key, int]) -> None:
    """Confirmed orders give way first, the last in turn before the others; then holds, the newest first.

    A hold guarantees its units until it expires (R-STK-03), so it is the last to lose them.
    """
    # Every delivery that this transaction may touch is locked here at once: what is free elsewhere is given out next.
    demands = deliveries.lock_demands(tx, shelf.skus, also_ready=True)
    known = {demand.reservation.id for demand in demands}
    loose = reservations.lock_by_ids(tx, sorted(reservations.holders_at(tx, overdrawn) - known))
    pieces = reservations.pieces_of(tx, loose)
    # A firm one without a delivery is of an order that is being confirmed right now: later than all others.
    newest_first = sorted(loose.values(), key=lambda found: (found.kind == "firm", found.created_at, found.id), reverse=True)
    confirmed_now = [(found, pieces[found.id], None) for found in newest_first if found.kind == "firm"]
    confirmed = [(demand.reservation, demand.pieces, demand) for demand in reversed(demands)]
    holds = [(found, pieces[found.id], None) for found in newest_first if found.kind == "hold"]
    for reservation, own, demand in (*confirmed_now, *confirmed, *holds):
        _take(tx, shelf, overdrawn, reservation, own, demand)


def _take(
    tx: Tx, shelf: Shelf, overdrawn: dict[Key, int], reservation: Reservation, pieces: Sequence[Piece], demand: Demand | None
) -> None:
    taken = []
    for piece in pieces:
        units = min(piece.quantity, overdrawn.get(piece.key, 0))
        if units:
            overdrawn[piece.key] -= units
            taken.append(replace(piece, quantity=units))
    if not taken:
        return
    left = take_pieces(pieces, taken)
    shelf.give_back(reservation.kind, taken)
    reservations.replace_pieces(tx, reservation.id, left)
    if reservation.kind == "hold":
        # Its order asks again when it is confirmed, and is told then what is short.
        return
    reservations.ROWS.save(tx, reservation)
    lost = [Wanted(piece.line_id, piece.sku, piece.quantity) for piece in taken]
    if demand is not None:
        demand.pieces = left
        demand.delivery.waits = True
        lost = demand.missing()
        if not demand.may_leave():
            demand.delivery.move_to("waiting_stock", command="unreserve")
        deliveries.ROWS.save(tx, demand.delivery)
    tx.publish(StockShort(**facts.of_reservation(reservation), lines=facts.missing(lost)), of=reservation)
