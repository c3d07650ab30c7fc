"""The list of deliveries: its filters and its orders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, literal, not_, or_, select

from services.delivery.domain.delivery import OPEN, Delivery
from services.delivery.store.deliveries import ROWS
from services.delivery.tables import DELIVERIES, ORDERS, PARCELS
from shared.db.base import Instant
from shared.db.keyset import count_of, page_of
from shared.db.tx import Tx

_D: Final = DELIVERIES.c
UNSCHEDULED: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""The place in the list of a delivery that nobody planned: after all others."""
_SORTS: Final[Mapping[str, tuple[ColumnElement[Any], ...]]] = {
    "created_at": (_D.id,),
    "priority": (9 - _D.priority, _D.id),
    "scheduled_at": (func.coalesce(_D.scheduled_at, literal(UNSCHEDULED, Instant())), _D.id),
}
_HELD_ORDERS: Final = select(ORDERS.c.order_id).where(or_(ORDERS.c.held, ORDERS.c.review_open, ORDERS.c.due_held))
_HELD: Final = and_(_D.kind == "outgoing", _D.state.in_(OPEN), _D.order_id.in_(_HELD_ORDERS))


def list_deliveries(
    tx: Tx, filters: Mapping[str, Any], *, sort: str, rising: bool, after: tuple[Any, ...] | None, rows: int
) -> list[Delivery]:
    """A page. `filters`: columns by collections of values, `late` and `held` by bools, `q` a number or a parcel's tracking number."""
    return ROWS.all(tx, page_of(_matching(tx, filters), _SORTS[sort], after=after, rows=rows, rising=rising))


def place(delivery: Delivery, sort: str) -> tuple[Any, ...]:
    """A delivery's place in the list."""
    match sort:
        case "priority":
            return 9 - delivery.priority, delivery.id
        case "scheduled_at":
            return delivery.scheduled_at or UNSCHEDULED, delivery.id
        case _:
            return (delivery.id,)


def count_deliveries(tx: Tx, filters: Mapping[str, Any]) -> int:
    """How many there are."""
    return count_of(tx, _matching(tx, filters))


def _matching(tx: Tx, filters: Mapping[str, Any]) -> Select[Any]:
    return select(DELIVERIES).where(*(_condition(tx, name, value) for name, value in filters.items()))


def _condition(tx: Tx, name: str, value: Any) -> ColumnElement[bool]:
    match name:
        case "late":
            late = and_(_D.state.in_(OPEN), _D.deadline_at.is_not(None), _D.deadline_at < tx.now)
            return late if value else or_(_D.deadline_at.is_(None), not_(late))
        case "held":
            return _HELD if value else not_(_HELD)
        case "q":
            tracked = select(PARCELS.c.delivery_id).where(PARCELS.c.tracking_number == value)
            return or_(_D.number == value.upper(), _D.id.in_(tracked))
        case _:
            return _D[name].in_(value)
