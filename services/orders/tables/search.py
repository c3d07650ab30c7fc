"""What orders are found by, and the indexes that the lists of orders read (R-ORD-60)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, ForeignKey, Index, PrimaryKeyConstraint, Table, and_, bindparam, literal_column, or_

from services.orders.tables.base import METADATA
from services.orders.tables.catalogue import PRODUCTS
from services.orders.tables.orders import ORDER_LINES, ORDERS
from shared.db.base import text_id

SEARCH_TERMS: Final = Table(
    "search_terms",
    METADATA,
    Column("order_id", text_id(), ForeignKey("orders.id"), nullable=False),
    Column("term", text_id(), nullable=False),
    Column("record_id", text_id(), nullable=False),
    PrimaryKeyConstraint("term", "order_id", "record_id"),
    Index("ix_search_terms_order_id", "order_id"),
)
"""A rare term is looked up by itself; a common one is looked up in the orders of the list, one after the other."""

ORDER_TAGS: Final = Table(
    "order_tags",
    METADATA,
    Column("order_id", text_id(), ForeignKey("orders.id"), nullable=False),
    Column("tag", text_id(), nullable=False),
    PrimaryKeyConstraint("tag", "order_id"),
)


def one_of(column: ColumnElement[Any], values: Sequence[str]) -> ColumnElement[bool]:
    """The column is one of these words, which stand in the statement itself: else no partial index fits, and no plan is made for them."""
    return column.in_(bindparam(None, list(values), type_=column.type, expanding=True, literal_execute=True))


_O: Final = ORDERS.c
CART: Final = (_O.state == literal_column("'quotation'")) & _O.submitted_at.is_(None)
TO_CONFIRM: Final = or_(
    _O.state == literal_column("'quotation_sent'"), (_O.state == literal_column("'quotation'")) & _O.submitted_at.is_not(None)
)
LEFT: Final = and_(
    _O.state == literal_column("'quotation'"),
    one_of(_O.payment_status, ("none", "unpaid")),
    or_(_O.email.is_not(None), _O.customer_id.is_not(None)),
)
"""Not paid for and no money on its way, but whoever it was can be asked (R-ABC-01)."""
OWING: Final = one_of(_O.payment_status, ("unpaid", "partial"))
RETURNING: Final = one_of(_O.return_status, ("requested", "in_progress"))
LATE: Final = _O.late == literal_column("true")
READY: Final = _O.delivery_ready == literal_column("true")
PAYMENT_PROBLEM: Final = _O.payment_problem == literal_column("true")
HELD: Final = _O.hold_reason.is_not(None)
DUPLICATE: Final = _O.duplicate_of.is_not(None)
CLOSED: Final = _O.closed_at.is_not(None)
CONFIRMED_ONCE: Final = _O.confirmed_at.is_not(None)
NEVER_CONFIRMED: Final = _O.confirmed_at.is_(None)
UNASSIGNED: Final = _O.team.is_(None) & _O.salesperson.is_(None) & _O.manager.is_(None)


def _index(name: str, *columns: ColumnElement[Any]) -> None:
    Index(f"ix_orders_{name}", *columns, _O.id)


def _some(name: str, *columns: ColumnElement[Any], where: ColumnElement[bool]) -> None:
    Index(f"ix_orders_{name}", *columns, _O.id, postgresql_where=where, sqlite_where=where)


def _but(name: str, *usual: str) -> None:
    # What most orders are needs no index: it is on every page. SQLite cannot see that one word is not another, and gets all of it.
    rare = and_(*(_O[name] != literal_column(f"'{word}'") for word in usual))
    Index(f"ix_orders_{name}", _O[name], _O.created_at, _O.id, postgresql_where=rare)


_index("total", _O.total)
_index("last_activity_at", _O.last_activity_at)
_some("confirmed_at", _O.confirmed_at, where=CONFIRMED_ONCE)
_but("state", "confirmed")
_but("status", "cart", "completed")
_but("payment_status", "none", "paid")
_but("delivery_status", "none", "full")
_but("invoice_status", "none", "invoiced")
_but("return_status", "none")
_but("channel", "web")
for _name in ("customer_id", "team", "salesperson", "manager"):
    _some(_name, _O[_name], _O.created_at, where=_O[_name].is_not(None))
_some("unassigned", _O.created_at, where=UNASSIGNED)
_some("to_confirm", _O.created_at, where=TO_CONFIRM)
# What waits for somebody is little, and one index for all of it is one to be kept instead of five: each costs every write of an order.
_some("attention", _O.created_at, where=or_(READY, HELD, LATE, DUPLICATE, PAYMENT_PROBLEM))
Index(
    "ix_order_lines_seller_id",
    ORDER_LINES.c.seller_id,
    ORDER_LINES.c.order_id,
    postgresql_where=ORDER_LINES.c.seller_id.is_not(None),
    sqlite_where=ORDER_LINES.c.seller_id.is_not(None),
)
Index(
    "ix_products_barcode",
    PRODUCTS.c.barcode,
    postgresql_where=PRODUCTS.c.barcode.is_not(None),
    sqlite_where=PRODUCTS.c.barcode.is_not(None),
)
