"""Deliveries with their lines, and the demand that waits for a sku."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from sqlalchemy import bindparam, delete, insert, or_, select, update

from services.delivery.domain.delivery import OPEN, Delivery, DeliveryLine, Demand
from services.delivery.store import reservations
from services.delivery.tables import DELIVERIES, DELIVERY_LINES, DELIVERY_NUMBERS, RESERVATION_LINES, RESERVATIONS
from shared.db.rows import Rows
from shared.db.tx import Tx

ROWS: Final = Rows(DELIVERIES, Delivery)
_LINE_NAMES: Final = [str(column.name) for column in DELIVERY_LINES.columns]
_NUMBER: Final = insert(DELIVERY_NUMBERS).returning(DELIVERY_NUMBERS.c.serial)
_ADD_LINES: Final = insert(DELIVERY_LINES)
_LINES: Final = (
    select(DELIVERY_LINES)
    .where(DELIVERY_LINES.c.delivery_id.in_(bindparam("ids", expanding=True)))
    .order_by(DELIVERY_LINES.c.delivery_id, DELIVERY_LINES.c.position)
)
_OPEN_LINES: Final = (
    select(DELIVERY_LINES)
    .join(DELIVERIES, DELIVERIES.c.id == DELIVERY_LINES.c.delivery_id)
    .where(DELIVERIES.c.order_id == bindparam("order_id"), DELIVERIES.c.state.in_(OPEN))
    .order_by(DELIVERY_LINES.c.delivery_id, DELIVERY_LINES.c.position)
)
_ALL_DONE: Final = update(DELIVERY_LINES).where(DELIVERY_LINES.c.delivery_id == bindparam("key")).values(done=DELIVERY_LINES.c.quantity)
_SOME_DONE: Final = update(DELIVERY_LINES).where(DELIVERY_LINES.c.id == bindparam("key")).values(done=bindparam("units"))
_REDUCE: Final = update(DELIVERY_LINES).where(DELIVERY_LINES.c.id == bindparam("key")).values(quantity=bindparam("units"))
_DROP_LINES: Final = delete(DELIVERY_LINES).where(DELIVERY_LINES.c.id.in_(bindparam("ids", expanding=True)))
_OPEN_OF_ORDER: Final = ROWS.where(DELIVERIES.c.order_id == bindparam("order_id"), DELIVERIES.c.state.in_(OPEN), lock=True)
_OF_ORDER: Final = ROWS.where(DELIVERIES.c.order_id == bindparam("order_id"))
_WITH_SKUS: Final = select(DELIVERY_LINES.c.delivery_id).where(DELIVERY_LINES.c.sku.in_(bindparam("skus", expanding=True)))
_WAITING: Final = ROWS.where(DELIVERIES.c.waits, DELIVERIES.c.id.in_(_WITH_SKUS), lock=True)
_AT_THE_SHELF: Final = ROWS.where(DELIVERIES.c.state.in_(("waiting_stock", "ready")), DELIVERIES.c.id.in_(_WITH_SKUS), lock=True)
_LINKED: Final = select(DELIVERIES.c.id, DELIVERIES.c.previous_id, DELIVERIES.c.backorder_of).where(
    or_(DELIVERIES.c.previous_id.in_(bindparam("ids", expanding=True)), DELIVERIES.c.backorder_of.in_(bindparam("ids", expanding=True)))
)
_SKUS_OF_ORDER: Final = (
    select(RESERVATION_LINES.c.sku)
    .join(RESERVATIONS, RESERVATIONS.c.id == RESERVATION_LINES.c.reservation_id)
    .where(RESERVATIONS.c.order_id == bindparam("order_id"))
    .union(
        select(DELIVERY_LINES.c.sku)
        .join(DELIVERIES, DELIVERIES.c.id == DELIVERY_LINES.c.delivery_id)
        .where(DELIVERIES.c.order_id == bindparam("order_id"))
    )
)


def next_serial(tx: Tx, delivery_id: str) -> int:
    """The next delivery number; it may leave a gap."""
    serial: int = tx.execute(_NUMBER, {"delivery_id": delivery_id}).scalar_one()
    return serial


def add(tx: Tx, delivery: Delivery, lines: Sequence[DeliveryLine]) -> None:
    """A new delivery with its lines."""
    ROWS.insert(tx, delivery)
    tx.execute(_ADD_LINES, [vars(line) for line in lines])


def open_lines_of_order(tx: Tx, order_id: str) -> dict[str, list[DeliveryLine]]:
    """Lines of each open delivery of a locked order."""
    found: dict[str, list[DeliveryLine]] = {}
    for row in tx.execute(_OPEN_LINES, {"order_id": order_id}):
        line = DeliveryLine(**dict(zip(_LINE_NAMES, row, strict=True)))
        found.setdefault(line.delivery_id, []).append(line)
    return found


def lines_of(tx: Tx, ids: Collection[str]) -> dict[str, list[DeliveryLine]]:
    """Lines of each delivery in the order's order."""
    found: dict[str, list[DeliveryLine]] = {key: [] for key in ids}
    if ids:
        for row in tx.execute(_LINES, {"ids": list(ids)}):
            line = DeliveryLine(**dict(zip(_LINE_NAMES, row, strict=True)))
            found[line.delivery_id].append(line)
    return found


def mark_all_done(tx: Tx, delivery_id: str) -> None:
    """All units of the delivery are handed over."""
    tx.execute(_ALL_DONE, {"key": delivery_id})


def mark_done(tx: Tx, lines: Sequence[DeliveryLine]) -> None:
    """Some units of these lines are handed over."""
    tx.execute(_SOME_DONE, [{"key": line.id, "units": line.done} for line in lines])


def reduce_lines(tx: Tx, before: Sequence[DeliveryLine], after: Sequence[DeliveryLine]) -> None:
    """A delivery is to hand over less: of some lines fewer units, of others none."""
    kept = {line.id for line in after}
    tx.execute(_REDUCE, [{"key": line.id, "units": line.quantity} for line in after])
    tx.execute(_DROP_LINES, {"ids": [line.id for line in before if line.id not in kept]})


def skus_of_order(tx: Tx, order_id: str) -> set[str]:
    """Every sku that a piece or a delivery line of the locked order has: what to lock before changing any of them."""
    return {row.sku for row in tx.execute(_SKUS_OF_ORDER, {"order_id": order_id})}


def lock_open_of_order(tx: Tx, order_id: str) -> list[Delivery]:
    """The order's deliveries that are neither done nor cancelled."""
    return ROWS.all(tx, _OPEN_OF_ORDER, {"order_id": order_id})


def of_order(tx: Tx, order_id: str) -> list[Delivery]:
    """All deliveries of an order, oldest first."""
    return ROWS.all(tx, _OF_ORDER, {"order_id": order_id})


def lock_demands(tx: Tx, skus: Collection[str], *, also_ready: bool) -> list[Demand]:
    """Deliveries that wait for one of these locked skus, in their turn; `also_ready`: those that have it reserved, too."""
    found = ROWS.all(tx, _AT_THE_SHELF if also_ready else _WAITING, {"skus": sorted(skus)})
    held = reservations.lock_by_ids(tx, [delivery.reservation_id for delivery in found])
    pieces = reservations.pieces_of(tx, list(held))
    lines = lines_of(tx, [delivery.id for delivery in found])
    demands = [
        Demand(delivery, held[delivery.reservation_id], lines[delivery.id], pieces[delivery.reservation_id])
        for delivery in found
        if delivery.reservation_id in held
    ]
    return sorted(demands, key=lambda demand: demand.turn)


class Links(NamedTuple):
    """Ids of the deliveries around one."""

    next: list[str]
    backorders: list[str]


NO_LINKS: Final = Links([], [])


def links_of(tx: Tx, ids: Collection[str]) -> dict[str, Links]:
    """What follows each of these, and what was left over of it."""
    found = {key: Links([], []) for key in ids}
    if ids:
        for row in tx.execute(_LINKED, {"ids": list(ids)}):
            if row.previous_id in found:
                found[row.previous_id].next.append(row.id)
            if row.backorder_of in found:
                found[row.backorder_of].backorders.append(row.id)
    return found
