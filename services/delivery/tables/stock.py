"""What lies where, and what of it orders were promised."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, String, Table

from services.delivery.domain.reservation import RESERVATION
from services.delivery.tables.base import METADATA, one_of, states
from shared.db.base import Instant, json, text_id

ORDERS: Final = Table(
    "orders",
    METADATA,
    Column("order_id", text_id(), primary_key=True),
    Column("ended_submission", Integer, nullable=False),
    Column("hold_seq", Integer, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("due_seq", Integer, nullable=False),
    Column("due_held", Boolean, nullable=False),
    Column("review_open", Boolean, nullable=False),
    Column("reviews", json(), nullable=False),
)
"""What must be known of an order whatever arrives first: the last submission that ended, and why its goods are to stay (R-DLV-06).

`hold_seq` and `due_seq` number the newest fact that counts; `reviews` is {payment: [seq, passed]}. The row is the order's lock here.
"""

SKUS: Final = Table(
    "skus",
    METADATA,
    Column("sku", text_id(), primary_key=True),
    Column("counter", Integer, nullable=False),
)
"""The lock of a sku's places, also of those that do not exist yet, and the number of its latest change."""

STOCK: Final = Table(
    "stock",
    METADATA,
    Column("sku", text_id(), ForeignKey("skus.sku"), nullable=False),
    Column("warehouse", text_id(), nullable=False),
    Column("location", text_id(), nullable=False),
    Column("on_hand", Integer, nullable=False),
    Column("reserved", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    PrimaryKeyConstraint("sku", "warehouse", "location"),
    CheckConstraint("reserved >= 0 AND held >= 0 AND reserved + held <= on_hand", name="promises_are_there"),
)

STOCK_MOVES: Final = Table(
    "stock_moves",
    METADATA,
    Column("id", text_id(), primary_key=True),
    Column("sku", text_id(), nullable=False),
    Column("warehouse", text_id(), nullable=False),
    Column("location", text_id(), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("reason", String, nullable=False),
    Column("delivery_id", text_id()),
    Column("note", String),
    Column("actor", json(), nullable=False),
    Column("at", Instant, nullable=False),
    CheckConstraint("quantity <> 0", name="moves_something"),
    one_of("reason", ["correction", "count", "found", "lost", "received", "scrapped", "shipped"]),
    Index("ix_stock_moves_sku", "sku"),
)

RESERVATIONS: Final = Table(
    "reservations",
    METADATA,
    Column("id", text_id(), primary_key=True),
    Column("state", String, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("order_id", text_id(), nullable=False),
    Column("submission", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("portion", text_id(), nullable=False),
    Column("wanted", json(), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("attempt", Integer, nullable=False),
    Column("on_expiry", String),
    Column("confirmed_at", Instant),
    states(RESERVATION),
    one_of("kind", ["firm", "hold"]),
    CheckConstraint("(kind = 'hold') = (expires_at IS NOT NULL)", name="holds_expire"),
    CheckConstraint("(kind = 'firm') = (confirmed_at IS NOT NULL)", name="firm_ones_are_confirmed"),
    Index("ix_reservations_order_id", "order_id"),
)
Index(
    "uq_reservations_active",
    RESERVATIONS.c.order_id,
    RESERVATIONS.c.submission,
    RESERVATIONS.c.kind,
    RESERVATIONS.c.portion,
    unique=True,
    postgresql_where=RESERVATIONS.c.state == "active",
    sqlite_where=RESERVATIONS.c.state == "active",
)
Index(
    "uq_reservations_firm",
    RESERVATIONS.c.order_id,
    RESERVATIONS.c.submission,
    RESERVATIONS.c.portion,
    unique=True,
    postgresql_where=RESERVATIONS.c.kind == "firm",
    sqlite_where=RESERVATIONS.c.kind == "firm",
)
"""A portion of an order is reserved for one chain, once (R-DLV-01)."""

RESERVATION_LINES: Final = Table(
    "reservation_lines",
    METADATA,
    Column("reservation_id", text_id(), ForeignKey("reservations.id"), nullable=False),
    Column("line_id", text_id(), nullable=False),
    Column("sku", text_id(), nullable=False),
    Column("warehouse", text_id(), nullable=False),
    Column("location", text_id(), nullable=False),
    Column("quantity", Integer, nullable=False),
    PrimaryKeyConstraint("reservation_id", "line_id", "sku", "warehouse", "location"),
    CheckConstraint("quantity > 0", name="holds_something"),
    Index("ix_reservation_lines_sku", "sku"),
)
