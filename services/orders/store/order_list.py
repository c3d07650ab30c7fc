"""The one list of orders: its filters, its views, its orders (R-ORD-30, R-ORD-60)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from services.orders.domain.order import Order, Purchase
from services.orders.store.orders import ROWS, purchases_of
from services.orders.store.search import found_by
from services.orders.tables import ORDER_LINES, ORDER_TAGS, ORDERS
from services.orders.tables import search as listed
from shared.db.keyset import count_of, page_of
from shared.db.tx import Tx

_O: Final = ORDERS.c
_WORDS: Final = ("state", "status", "payment_status", "delivery_status", "invoice_status", "return_status", "channel")
_CODES: Final = ("customer_id", "team", "salesperson", "manager")
_FLAGS: Final[Mapping[str, tuple[ColumnElement[bool], ColumnElement[bool]]]] = {
    "unassigned": (listed.UNASSIGNED, or_(_O.team.is_not(None), _O.salesperson.is_not(None), _O.manager.is_not(None))),
    "held": (listed.HELD, _O.hold_reason.is_(None)),
    "late": (listed.LATE, ~_O.late),
    "duplicate": (listed.DUPLICATE, _O.duplicate_of.is_(None)),
    "submitted": (_O.submitted_at.is_not(None), _O.submitted_at.is_(None)),
}
_VIEWS: Final[Mapping[str, ColumnElement[bool]]] = {
    "carts": listed.CART,
    "unpaid": listed.OWING & or_(listed.one_of(_O.state, ("quotation_sent", "confirmed")), listed.TO_CONFIRM),
    "to_confirm": listed.TO_CONFIRM,
    "to_ship": listed.READY & _O.hold_reason.is_(None) & listed.one_of(_O.state, ("confirmed",)),
    "on_hold": listed.HELD,
    "late": listed.LATE,
    "payment_problem": listed.PAYMENT_PROBLEM,
    "returns": listed.RETURNING,
    "done": listed.CLOSED,
}
ABANDONED: Final = "abandoned"
VIEWS: Final = ("carts", ABANDONED, *(view for view in _VIEWS if view != "carts"))

SORTS: Final = ("created_at", "confirmed_at", "total", "last_activity_at")


def list_purchases(
    tx: Tx, filters: Mapping[str, Any], *, sort: str, rising: bool, after: tuple[Any, ...] | None, rows: int, idle_since: datetime
) -> list[Purchase]:
    """A page of orders with their lines and discounts, in three statements.

    `filters`: words, codes, `tag` and `seller_id` are collections; flags are bools; `view` one of VIEWS; `q` the readings of a typed
    text; `created_at[gte]`, `created_at[lt]` and the same of `confirmed_at` instants. `after` is where the page before ended, as `place`
    gives it. `idle_since`: carts with no activity since then are abandoned (R-ABC-01).
    """
    statement = _matching(filters, idle_since)
    if sort != "confirmed_at":
        return purchases_of(tx, ROWS.all(tx, page_of(statement, (_O[sort], _O.id), after=after, rows=rows, rising=rising)))

    orders: list[Order] = []
    if after is None or after[0]:
        confirmed = statement.where(listed.CONFIRMED_ONCE)
        last = None if after is None else after[1:]
        orders = ROWS.all(tx, page_of(confirmed, (_O.confirmed_at, _O.id), after=last, rows=rows, rising=rising))
        after = None
    if len(orders) < rows:
        others = statement.where(listed.NEVER_CONFIRMED)
        last = None if after is None else after[1:]
        orders += ROWS.all(tx, page_of(others, (_O.created_at, _O.id), after=last, rows=rows - len(orders), rising=rising))
    return purchases_of(tx, orders)


def place(order: Order, sort: str) -> tuple[Any, ...]:
    """An order's place in the list. By confirmation: those without one come last, by when they were made."""
    if sort == "confirmed_at":
        return order.confirmed_at is not None, order.confirmed_at or order.created_at, order.id
    return getattr(order, sort), order.id


def count_orders(tx: Tx, filters: Mapping[str, Any], *, idle_since: datetime) -> int:
    """How many there are."""
    return count_of(tx, _matching(filters, idle_since))


def count_views(tx: Tx, *, idle_since: datetime) -> dict[str, int]:
    """How many orders each built-in view shows, in one statement."""
    counts = [select(func.count()).select_from(ORDERS).where(_view(view, idle_since)).scalar_subquery().label(view) for view in VIEWS]
    row = tx.execute(select(*counts)).one()
    return {view: int(count) for view, count in zip(VIEWS, row, strict=True)}


def _matching(filters: Mapping[str, Any], idle_since: datetime) -> Select[Any]:
    return select(ORDERS).where(*(_condition(name, value, idle_since) for name, value in filters.items()))


def _condition(name: str, value: Any, idle_since: datetime) -> ColumnElement[bool]:
    if name in _WORDS:
        return listed.one_of(_O[name], value)
    if name in _CODES:
        return _O[name].in_(value)
    if name in _FLAGS:
        yes, no = _FLAGS[name]
        return yes if value else no
    match name:
        case "tag":
            return _O.id.in_(select(ORDER_TAGS.c.order_id).where(ORDER_TAGS.c.tag.in_(value)))
        case "seller_id":
            return _O.id.in_(select(ORDER_LINES.c.order_id).where(ORDER_LINES.c.seller_id.in_(value)))
        case "view":
            return _view(value, idle_since)
        case "q":
            return found_by(value)
        case _:
            name, _, operator = name.rstrip("]").partition("[")
            column: ColumnElement[Any] = _O[name]
            conditions: dict[str, ColumnElement[bool]] = {"gte": column >= value, "lt": column < value}
            return conditions[operator]


def _view(view: str, idle_since: datetime) -> ColumnElement[bool]:
    if view != ABANDONED:
        return _VIEWS[view]
    return and_(listed.LEFT, _O.last_activity_at <= idle_since, _O.id.in_(select(ORDER_LINES.c.order_id)))
