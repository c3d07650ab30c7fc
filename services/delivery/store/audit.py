"""What an audit asks delivery: goods of many orders at once, and what stock should be by its moves and promises; without a lock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import Row, bindparam, case, func, literal, literal_column, select, union_all

from services.delivery.tables import DELIVERIES, DELIVERY_LINES, RESERVATION_LINES, RESERVATIONS, SKUS, STOCK, STOCK_MOVES
from shared.db.tx import Tx

_RESERVATIONS: Final = (
    select(
        RESERVATIONS.c.id,
        RESERVATIONS.c.order_id,
        RESERVATIONS.c.submission,
        RESERVATIONS.c.kind,
        RESERVATIONS.c.state,
        RESERVATIONS.c.portion,
        RESERVATIONS.c.wanted,
    )
    .where(RESERVATIONS.c.order_id.in_(bindparam("ids", expanding=True)))
    .order_by(RESERVATIONS.c.id)
)
_LAST_STEPS: Final = (
    select(
        DELIVERIES.c.id,
        DELIVERIES.c.order_id,
        DELIVERIES.c.submission,
        DELIVERIES.c.state,
        DELIVERIES.c.reservation_id,
        DELIVERY_LINES.c.order_line_id,
        DELIVERY_LINES.c.quantity,
        DELIVERY_LINES.c.done,
    )
    .join(DELIVERY_LINES, DELIVERY_LINES.c.delivery_id == DELIVERIES.c.id)
    .where(DELIVERIES.c.order_id.in_(bindparam("ids", expanding=True)), DELIVERIES.c.last, DELIVERIES.c.kind == "outgoing")
    .order_by(DELIVERIES.c.id)
)
_SKUS: Final = select(SKUS.c.sku, SKUS.c.counter).where(SKUS.c.sku > bindparam("after")).order_by(SKUS.c.sku).limit(bindparam("rows"))
_OVERDUE_HOLDS: Final = (
    select(RESERVATIONS.c.id, RESERVATIONS.c.order_id, RESERVATIONS.c.expires_at)
    .where(
        RESERVATIONS.c.id > bindparam("after"),
        RESERVATIONS.c.state == "active",
        RESERVATIONS.c.kind == "hold",
        RESERVATIONS.c.expires_at < bindparam("before"),
    )
    .order_by(RESERVATIONS.c.id)
    .limit(bindparam("rows"))
)
_ORDER_IDS: Final = (
    select(RESERVATIONS.c.order_id)
    .where(RESERVATIONS.c.order_id > bindparam("after"))
    .distinct()
    .order_by(RESERVATIONS.c.order_id)
    .limit(bindparam("rows"))
)
_LEVELS: Final = (
    select(SKUS.c.sku, SKUS.c.counter, func.coalesce(func.sum(STOCK.c.on_hand - STOCK.c.reserved - STOCK.c.held), 0).label("available"))
    .outerjoin(STOCK, STOCK.c.sku == SKUS.c.sku)
    .where(SKUS.c.sku.in_(bindparam("skus", expanding=True)))
    .group_by(SKUS.c.sku, SKUS.c.counter)
)


def _place(table: Any, **figures: Any) -> Any:
    names = ("on_hand", "moved", "reserved", "firm", "held", "hold")
    columns = [figures.get(name, literal_column("0")).label(name) for name in names]
    return select(table.c.sku, table.c.warehouse, table.c.location, *columns)


def _units(kind: str) -> Any:
    return case((RESERVATIONS.c.kind == literal(kind), RESERVATION_LINES.c.quantity), else_=literal_column("0"))


_EVERYWHERE: Final = union_all(
    _place(STOCK, on_hand=STOCK.c.on_hand, reserved=STOCK.c.reserved, held=STOCK.c.held).where(
        STOCK.c.sku.in_(bindparam("skus", expanding=True))
    ),
    _place(STOCK_MOVES, moved=STOCK_MOVES.c.quantity).where(STOCK_MOVES.c.sku.in_(bindparam("skus", expanding=True))),
    _place(RESERVATION_LINES, firm=_units("firm"), hold=_units("hold"))
    .join(RESERVATIONS, RESERVATIONS.c.id == RESERVATION_LINES.c.reservation_id)
    .where(RESERVATIONS.c.state == "active", RESERVATION_LINES.c.sku.in_(bindparam("skus", expanding=True))),
).subquery("everywhere")
_A: Final = _EVERYWHERE.c
_PLACES: Final = (
    select(_A.sku, _A.warehouse, _A.location, *(func.sum(_A[name]).label(name) for name in list(_A.keys())[3:]))
    .group_by(_A.sku, _A.warehouse, _A.location)
    .having(
        (func.sum(_A.on_hand) != func.sum(_A.moved))
        | (func.sum(_A.reserved) != func.sum(_A.firm))
        | (func.sum(_A.held) != func.sum(_A.hold))
        | (func.sum(_A.reserved) + func.sum(_A.held) > func.sum(_A.on_hand))
    )
    .order_by(_A.sku, _A.warehouse, _A.location)
)
"""One statement: a consistent sight of stock, moves and promises while all three are written."""


def reservations_of(tx: Tx, ids: Collection[str]) -> dict[str, list[Row[Any]]]:
    """Holds and firm reservations by order, oldest first."""
    found: dict[str, list[Row[Any]]] = {order_id: [] for order_id in ids}
    for row in tx.execute(_RESERVATIONS, {"ids": list(ids)}):
        found[row.order_id].append(row)
    return found


def last_steps_of(tx: Tx, ids: Collection[str]) -> dict[str, list[Row[Any]]]:
    """Lines of the steps that hand over to the customer, by order, whatever their state."""
    found: dict[str, list[Row[Any]]] = {order_id: [] for order_id in ids}
    for row in tx.execute(_LAST_STEPS, {"ids": list(ids)}):
        found[row.order_id].append(row)
    return found


def order_ids(tx: Tx, *, after: str | None, rows: int) -> Sequence[Row[Any]]:
    """A page of (order_id): every order that something was ever held or reserved for."""
    return tx.execute(_ORDER_IDS, {"after": after or "", "rows": rows}).all()


def skus(tx: Tx, *, after: str | None, rows: int) -> Sequence[Row[Any]]:
    """A page of (sku, counter)."""
    return tx.execute(_SKUS, {"after": after or "", "rows": rows}).all()


def wrong_places(tx: Tx, some: Collection[str]) -> Sequence[Row[Any]]:
    """Places of these skus whose figures are not what moves and active reservations add up to, or that promise more than is there.

    (sku, warehouse, location, on_hand, moved, reserved, firm, held, hold), in units.
    """
    return tx.execute(_PLACES, {"skus": list(some)}).all()


def levels_of(tx: Tx, some: Collection[str]) -> dict[str, tuple[int, int]]:
    """(number of the latest change, units that can be sold) by sku."""
    return {row.sku: (row.counter, int(row.available)) for row in tx.execute(_LEVELS, {"skus": list(some)})}


def overdue_holds(tx: Tx, *, after: str | None, rows: int, before: Any) -> Sequence[Row[Any]]:
    """A page of active holds whose time was over `before`: (id, order_id, expires_at)."""
    return tx.execute(_OVERDUE_HOLDS, {"after": after or "", "rows": rows, "before": before}).all()
