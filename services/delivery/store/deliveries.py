"""Deliveries with their lines, and the demand that waits for a sku."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import ColumnElement, bindparam, insert, select, update

from services.delivery.domain.delivery import Delivery, DeliveryLine, Demand
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
_ALL_DONE: Final = update(DELIVERY_LINES).where(DELIVERY_LINES.c.delivery_id == bindparam("key")).values(done=DELIVERY_LINES.c.quantity)
_OPEN_OF_ORDER: Final = ROWS.where(
    DELIVERIES.c.order_id == bindparam("order_id"), DELIVERIES.c.state.in_(("waiting_stock", "ready")), lock=True
)
_OF_ORDER: Final = ROWS.where(DELIVERIES.c.order_id == bindparam("order_id"))
_WITH_SKUS: Final = select(DELIVERY_LINES.c.delivery_id).where(DELIVERY_LINES.c.sku.in_(bindparam("skus", expanding=True)))
_WAITING: Final = ROWS.where(DELIVERIES.c.state == "waiting_stock", DELIVERIES.c.id.in_(_WITH_SKUS), lock=True)
_OPEN: Final = ROWS.where(DELIVERIES.c.state.in_(("waiting_stock", "ready")), DELIVERIES.c.id.in_(_WITH_SKUS), lock=True)
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
    """Deliveries that wait for one of these locked skus, by confirmation time; `also_ready`: those that have it reserved, too."""
    found = ROWS.all(tx, _OPEN if also_ready else _WAITING, {"skus": sorted(skus)})
    held = reservations.lock_by_ids(tx, [delivery.reservation_id for delivery in found])
    pieces = reservations.pieces_of(tx, list(held))
    lines = lines_of(tx, [delivery.id for delivery in found])
    demands = [
        Demand(delivery, held[delivery.reservation_id], lines[delivery.id], pieces[delivery.reservation_id])
        for delivery in found
        if delivery.reservation_id in held
    ]
    return sorted(demands, key=lambda demand: (demand.reservation.confirmed_at, demand.delivery.id))


def list_deliveries(tx: Tx, filters: Mapping[str, Sequence[str]], *, after: str | None, limit: int) -> list[Delivery]:
    """Newest first; `filters` by order_id and state."""
    conditions: list[ColumnElement[bool]] = [DELIVERIES.c[name].in_(values) for name, values in filters.items()]
    if after is not None:
        conditions.append(DELIVERIES.c.id < after)
    return ROWS.all(tx, ROWS.where(*conditions, order_by=(DELIVERIES.c.id.desc(),)).limit(limit))
