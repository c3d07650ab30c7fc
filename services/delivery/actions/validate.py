"""Handing a delivery over: the last step's goods leave the house, an earlier step's go to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.delivery.actions import facts, parcels
from services.delivery.actions.backorder import Work, leave_behind
from services.delivery.actions.stock import settle, tell_ready
from services.delivery.domain.delivery import DELIVERY, Delivery, Demand
from services.delivery.domain.handover import AskedUnits, chosen_units, rest_of, split_pieces
from services.delivery.domain.reservation import per_line
from services.delivery.errors import DeliveryHeld
from services.delivery.store import deliveries, reservations
from services.delivery.store.orders import lock_order
from services.delivery.store.shelf import lock_shelf
from shared.contracts.delivery import DeliveryDone
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.errors import Invalid
from shared.values.clock import rfc3339


@dataclass(frozen=True, slots=True)
class HandOver:
    """What somebody says of a hand-over. None: all that is reserved, the frozen policy, as planned, as the shop has it."""

    units: Sequence[AskedUnits] | None = None
    backorder: bool | None = None
    tracking_number: str | None = None
    carrier: str | None = None
    notify: bool | None = None


def validate_delivery(tx: Tx, delivery_id: str, said: HandOver) -> Delivery:
    """These units are handed over (A7): with the last step they leave as one parcel, or with a pickup in the customer's hands.

    The rest follows, or is cancelled (A8). Of a delivery that is done nothing changes.
    Raises NotFound, IllegalTransition, DeliveryHeld, BackorderDecisionNeeded, Invalid and SeveralInvalid.
    """
    seen = deliveries.ROWS.get(tx, delivery_id)
    if seen.state == "done":
        return seen
    order = lock_order(tx, seen.order_id)
    lines = deliveries.open_lines_of_order(tx, seen.order_id)
    shelf = lock_shelf(tx, {line.sku for own in lines.values() for line in own})
    open_ones = {found.id: found for found in deliveries.lock_open_of_order(tx, seen.order_id)}
    delivery = open_ones.get(delivery_id) or deliveries.ROWS.get(tx, delivery_id)
    if delivery.state == "done":
        return delivery
    DELIVERY.target(delivery.state, "validate")
    if delivery.outgoing and order.hold_reasons:
        raise DeliveryHeld(delivery.number, order.hold_reasons)
    if not delivery.last and (said.tracking_number or said.carrier):
        raise Invalid("is of a chain's last step", pointer="/tracking_number" if said.tracking_number else "/carrier")
    work = Work(shelf, open_ones, lines)
    if not delivery.outgoing:
        return _put_away(tx, work, delivery, said)

    firm = reservations.ROWS.lock(tx, delivery.reservation_id)
    demand = Demand(delivery, firm, lines[delivery.id], reservations.pieces_of(tx, [firm.id])[firm.id])
    units = chosen_units(demand.lines, per_line(demand.pieces), said.units)
    rest = rest_of(demand.lines, units)
    demand.pieces, left = split_pieces(demand.pieces, units)
    if rest:
        leave_behind(tx, work, demand, units, rest, left, backorder=said.backorder)
    delivery.carrier = said.carrier or delivery.carrier
    if delivery.last:
        shelf.ship(demand.pieces, delivery_id=delivery.id)
        firm.move("ship")
        reservations.ROWS.save(tx, firm)
    _finish(tx, work, delivery, units)
    if delivery.last:
        own = [replace(line, quantity=units[line.order_line_id]) for line in demand.lines if line.order_line_id in units]
        notify = shop_settings(tx).delivery.mail_on_shipped if said.notify is None else said.notify
        packed = parcels.pack(tx, delivery, own, said.tracking_number)
        _tell_done(tx, work, delivery, [packed], notify=notify)
        parcels.send_off(tx, delivery, packed)
    else:
        _tell_done(tx, work, delivery, [], notify=False)
        _pass_on(tx, work, demand)
    settle(tx, shelf)
    return delivery


def _put_away(tx: Tx, work: Work, delivery: Delivery, said: HandOver) -> Delivery:
    lines = work.lines[delivery.id]
    units = chosen_units(lines, {line.order_line_id: line.quantity for line in lines}, said.units)
    if rest_of(lines, units):
        raise Invalid("is put back as a whole", pointer="/lines")
    _finish(tx, work, delivery, units)
    _tell_done(tx, work, delivery, [], notify=False)
    return delivery


def _finish(tx: Tx, work: Work, delivery: Delivery, units: dict[str, int]) -> None:
    delivery.move("validate")
    delivery.done_at = tx.now
    delivery.waits = False
    deliveries.ROWS.save(tx, delivery)
    lines = work.lines[delivery.id]
    for line in lines:
        line.done = units.get(line.order_line_id, 0)
    if all(line.done == line.quantity for line in lines):
        deliveries.mark_all_done(tx, delivery.id)
    else:
        deliveries.mark_done(tx, lines)


def _pass_on(tx: Tx, work: Work, demand: Demand) -> None:
    """The next step has what arrived (A4)."""
    following = work.next_of(demand.delivery)
    following.move("arrive")
    tell_ready(tx, Demand(following, demand.reservation, work.lines[following.id], demand.pieces))


def _tell_done(tx: Tx, work: Work, delivery: Delivery, packed: Sequence[parcels.Packed], *, notify: bool) -> None:
    done = DeliveryDone(
        **facts.of_delivery(delivery, work.lines[delivery.id], {}),
        to_customer=delivery.last and not delivery.pickup,
        parcels=tuple(item.content for item in packed),
        remaining=facts.delivery_lines(work.remaining(delivery), {}),
        notify=notify,
        done_at=rfc3339(tx.now),
    )
    tx.publish(done, of=delivery)
