"""Orders with their lines and discounts: read, locked, written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Row, Table, Update, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from services.orders.domain.order import CANCELLED, Discount, Line, Order, Purchase
from services.orders.domain.search import own_terms, searched
from services.orders.errors import ExternalIdTaken
from services.orders.store.search import write_tags, write_terms
from services.orders.tables import ORDER_DISCOUNTS, ORDER_LINES, ORDER_NUMBERS, ORDERS
from shared.db.rows import Rows
from shared.db.tx import Tx

P = TypeVar("P", Line, Discount)

ROWS: Final = Rows(ORDERS, Order, order_id="id")
_LIKE: Final = (
    select(ORDERS.c.id)
    .where(
        ORDERS.c.fingerprint == bindparam("fingerprint"),
        ORDERS.c.submitted_at >= bindparam("since"),
        ORDERS.c.id != bindparam("order_id"),
        ORDERS.c.state != CANCELLED,
    )
    .order_by(ORDERS.c.submitted_at)
    .limit(1)
)
_NUMBER: Final = insert(ORDER_NUMBERS).returning(ORDER_NUMBERS.c.id)


class _Positions:
    """Statements of a table whose rows belong to an order and stand in it one after the other."""

    def __init__(self, table: Table) -> None:
        self.names = [str(column.name) for column in table.columns]
        self.of_order = select(table).where(table.c.order_id == bindparam("order_id")).order_by(table.c.position)
        self.of_orders = (
            select(table).where(table.c.order_id.in_(bindparam("order_ids", expanding=True))).order_by(table.c.order_id, table.c.position)
        )
        self.insert = insert(table)
        self.table = table
        self._updates: dict[tuple[str, ...], Update] = {}
        self.delete = delete(table).where(table.c.id == bindparam("key"))

    def write(self, tx: Tx, before: Sequence[P], after: Sequence[P]) -> None:
        """Writes the difference."""
        known = {row.id: row for row in before}
        kept = {row.id for row in after}
        gone = [{"key": row_id} for row_id in known if row_id not in kept]
        changed: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for row in after:
            if row.id in known and row != known[row.id]:
                values = {n: getattr(row, n) for n in self.names if getattr(row, n) != getattr(known[row.id], n)}
                changed.setdefault(tuple(values), []).append({"key": row.id} | values)
        new = [row for row in after if row.id not in known]
        if gone:
            tx.execute(self.delete, gone)
        for names, rows in changed.items():
            tx.execute(self._update_of(names), rows)
        if new:
            tx.execute(self.insert, [{n: getattr(row, n) for n in self.names} for row in new])

    def _update_of(self, names: tuple[str, ...]) -> Update:
        # What changes together is a handful of combinations: prices at an edit, a count of units afterwards.
        if names not in self._updates:
            changes: dict[str, Any] = {name: bindparam(name) for name in names}
            self._updates[names] = update(self.table).where(self.table.c.id == bindparam("key")).values(changes)
        return self._updates[names]

    def read(self, row: Row[Any]) -> dict[str, Any]:
        return dict(zip(self.names, row, strict=True))


_LINES: Final = _Positions(ORDER_LINES)
_DISCOUNTS: Final = _Positions(ORDER_DISCOUNTS)


def lock_purchase(tx: Tx, order_id: str) -> Purchase:
    """The order and all of it, locked to the end of the transaction. Raises NotFound."""
    if order_id not in tx.locked:
        tx.locked[order_id] = _with_rows(tx, ROWS.lock(tx, order_id))
    purchase: Purchase = tx.locked[order_id]
    return purchase


def get_purchase(tx: Tx, order_id: str) -> Purchase:
    """The order and all of it, for reading. Raises NotFound."""
    return _with_rows(tx, ROWS.get(tx, order_id))


def purchases_of(tx: Tx, orders: Sequence[Order]) -> list[Purchase]:
    """The orders with their lines and discounts, in two statements; none: in none."""
    if not orders:
        return []
    ids = {"order_ids": [order.id for order in orders]}
    found = {order.id: Purchase(order) for order in orders}
    for row in tx.execute(_LINES.of_orders, ids):
        line = Line(**_LINES.read(row))
        found[line.order_id].lines = [*found[line.order_id].lines, line]
    for row in tx.execute(_DISCOUNTS.of_orders, ids):
        discount = Discount(**_DISCOUNTS.read(row))
        found[discount.order_id].discounts = [*found[discount.order_id].discounts, discount]
    return list(found.values())


def insert_purchase(tx: Tx, purchase: Purchase) -> None:
    """A new order. Raises ExternalIdTaken."""
    try:
        ROWS.insert(tx, purchase.order)
    except IntegrityError as error:
        if purchase.order.external_id is not None and "external_id" in str(error.orig):
            raise ExternalIdTaken(purchase.order.external_id) from None
        raise
    _write_rows(tx, purchase)


def save_purchase(tx: Tx, purchase: Purchase) -> None:
    """Writes a locked order back: its row, and what changed of lines, discounts and what it is found by."""
    ROWS.save(tx, purchase.order)
    _write_rows(tx, purchase)


def next_number(tx: Tx, order_id: str) -> int:
    """A count that no other order has (R-ORD-19)."""
    return int(tx.execute(_NUMBER, {"order_id": order_id}).scalar_one())


def find_like(tx: Tx, order: Order, *, since: datetime) -> str | None:
    """The first order submitted since then that has this one's fingerprint, if any (R-ORD-16)."""
    found: str | None = tx.execute(_LIKE, {"fingerprint": order.fingerprint, "since": since, "order_id": order.id}).scalar_one_or_none()
    return found


def _with_rows(tx: Tx, order: Order) -> Purchase:
    key: Mapping[str, str] = {"order_id": order.id}
    lines = [Line(**_LINES.read(row)) for row in tx.execute(_LINES.of_order, key)]
    discounts = [Discount(**_DISCOUNTS.read(row)) for row in tx.execute(_DISCOUNTS.of_order, key)]
    return Purchase(order, lines, discounts, lines, discounts, searched(order))


def _write_rows(tx: Tx, purchase: Purchase) -> None:
    _LINES.write(tx, purchase.stored_lines, purchase.lines)
    _DISCOUNTS.write(tx, purchase.stored_discounts, purchase.discounts)
    purchase.stored_lines, purchase.stored_discounts = purchase.lines, purchase.discounts

    _write_search(tx, purchase)


def _write_search(tx: Tx, purchase: Purchase) -> None:
    order, before, after = purchase.order, purchase.stored_searched, searched(purchase.order)
    if after != before:
        write_terms(tx, order.id, own_terms(order.id, before), own_terms(order.id, after))
        write_tags(tx, order.id, before.get("tags", ()), after["tags"])
        purchase.stored_searched = after
