"""Reserving the goods of a confirmed order."""

from __future__ import annotations

from collections.abc import Sequence

from services.delivery.actions import facts
from services.delivery.actions.release import HOLDS
from services.delivery.actions.stock import serve_waiting, settle
from services.delivery.domain.chain import Portion, may_split, one_portion, split_goods
from services.delivery.domain.reservation import Reservation, add_pieces, fit_pieces, per_line
from services.delivery.domain.shelf import Piece, Shelf, Wanted
from services.delivery.store import deliveries, reservations
from services.delivery.store.orders import lock_order
from services.delivery.store.shelf import lock_shelf
from shared.contracts.delivery import StockReserved, StockShort
from shared.contracts.orders import OrderConfirmed, OrderLine
from shared.db.settings_copy import shop_settings
from shared.db.timers import cancel_timer
from shared.db.tx import Tx
from shared.values.clock import parse_rfc3339
from shared.values.ids import new_id


def goods_of(event: OrderConfirmed) -> list[OrderLine]:
    """What a delivery brings."""
    return [line for line in event.lines if line.type == "goods"]


def reserve_goods(tx: Tx, event: OrderConfirmed) -> None:
    """The order's holds become firm without a gap (R-STK-05); what it lacks is taken from free stock as far as that reaches.

    One reservation for each chain that the goods will leave in (R-ORD-68). What is still short waits for stock (R-STK-07).
    Nothing happens for a submission that was cancelled meanwhile.
    """
    wanted = [Wanted(line.line_id, line.sku, line.quantity) for line in goods_of(event)]
    if not wanted or event.submission <= lock_order(tx, event.order_id).ended_submission:
        return
    shelf = lock_shelf(tx, {line.sku for line in wanted} | deliveries.skus_of_order(tx, event.order_id))
    active = reservations.lock_active(tx, event.order_id)
    holds = [found for found in active if found.kind == "hold" and found.submission == event.submission]
    pieces, spare = _consume(tx, shelf, holds, wanted) if holds else ([], [])
    held = per_line(pieces)
    for line in wanted:
        pieces = add_pieces(pieces, shelf.promise("firm", line.line_id, line.sku, line.quantity - held.get(line.line_id, 0)))

    skus = {line.line_id: line.sku for line in wanted}
    for portion in _portions(tx, event, wanted, pieces):
        firm = firm_reservation(tx, event.order_id, event.submission, portion, confirmed_at=event.confirmed_at)
        reservations.add_firm(tx, firm, portion.pieces)
        tell_portion(tx, firm, portion.pieces, skus)
    if spare:
        serve_waiting(tx, shelf)
    settle(tx, shelf)


def _portions(tx: Tx, event: OrderConfirmed, wanted: Sequence[Wanted], pieces: Sequence[Piece]) -> list[Portion]:
    sellers = {line.line_id: line.seller_id for line in goods_of(event)}
    if not may_split(sellers, pieces):
        return one_portion(wanted, pieces)
    return split_goods(wanted, pieces, sellers=sellers, split_by=shop_settings(tx).delivery.split_by)


def _consume(tx: Tx, shelf: Shelf, holds: Sequence[Reservation], wanted: list[Wanted]) -> tuple[list[Piece], list[Piece]]:
    held = reservations.pieces_of(tx, [hold.id for hold in holds])
    kept, spare = fit_pieces([piece for hold in holds for piece in held[hold.id]], wanted)
    shelf.make_firm(kept)
    shelf.give_back("hold", spare)
    for hold in holds:
        hold.move("confirm")
        reservations.ROWS.save(tx, hold)
        cancel_timer(tx, HOLDS, hold.id)
    return kept, spare


def firm_reservation(tx: Tx, order_id: str, submission: int, portion: Portion, *, confirmed_at: str) -> Reservation:
    """A new one for a portion of an order."""
    firm = Reservation(
        id=new_id("res"),
        state="active",
        order_id=order_id,
        submission=submission,
        kind="firm",
        portion=portion.code,
        wanted=portion.wanted,
        created_at=tx.now,
        confirmed_at=parse_rfc3339(confirmed_at),
    )
    firm.begin("reserve")
    return firm


def tell_portion(tx: Tx, firm: Reservation, pieces: Sequence[Piece], skus: dict[str, str]) -> None:
    """What a new reservation has, and what it lacks. `skus`: by order line."""
    reserved = per_line(pieces)
    short = [Wanted(line_id, skus[line_id], units - reserved.get(line_id, 0)) for line_id, units in firm.wanted.items()]
    short = [line for line in short if line.quantity]
    if pieces:
        lines = facts.stock_lines(pieces)
        tx.publish(StockReserved(**facts.of_reservation(firm), lines=lines, complete=not short), of=firm)
    if short:
        if pieces:
            # Two facts of one record in one breath: the second is the newer.
            reservations.ROWS.save(tx, firm)
        tx.publish(StockShort(**facts.of_reservation(firm), lines=facts.missing(short)), of=firm)
