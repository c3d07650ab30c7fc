"""Tables of delivery."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, String, Table, UniqueConstraint

from services.delivery.domain.delivery import DELIVERY
from services.delivery.domain.parcel import PARCEL
from services.delivery.domain.reservation import RESERVATION
from shared.db.base import Instant, identity, json, metadata, text_id
from shared.db.house import house_tables
from shared.lifecycle import Lifecycle

METADATA: Final = metadata()
HOUSE: Final = house_tables(METADATA)


def _one_of(column: str, values: list[str]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _states(lifecycle: Lifecycle) -> CheckConstraint:
    return _one_of("state", lifecycle.states)


ORDERS: Final = Table(
    "orders",
    METADATA,
    Column("order_id", text_id(), primary_key=True),
    Column("ended_submission", Integer, nullable=False),
)
"""What must be known of an order whatever arrives first: the last submission that ended. Its row is the order's lock here."""

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
    _one_of("reason", ["count", "shipped"]),
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
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("attempt", Integer, nullable=False),
    Column("on_expiry", String),
    Column("confirmed_at", Instant),
    _states(RESERVATION),
    _one_of("kind", ["firm", "hold"]),
    CheckConstraint("(kind = 'hold') = (expires_at IS NOT NULL)", name="holds_expire"),
    CheckConstraint("(kind = 'firm') = (confirmed_at IS NOT NULL)", name="firm_ones_are_confirmed"),
    Index("ix_reservations_order_id", "order_id"),
)
Index(
    "uq_reservations_active",
    RESERVATIONS.c.order_id,
    RESERVATIONS.c.submission,
    RESERVATIONS.c.kind,
    unique=True,
    postgresql_where=RESERVATIONS.c.state == "active",
    sqlite_where=RESERVATIONS.c.state == "active",
)

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

SHIPPING_METHODS: Final = Table(
    "shipping_methods",
    METADATA,
    Column("code", text_id(), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("values", json(), nullable=False),
)
"""`values` is the method as the API takes and gives it. Nothing is computed with its prices here: orders does, from its copy."""

DELIVERY_NUMBERS: Final = Table(
    "delivery_numbers",
    METADATA,
    Column("serial", identity(), primary_key=True),
    Column("delivery_id", text_id(), nullable=False),
)
"""Gives numbers without making one confirmation wait for another; gaps are allowed."""

DELIVERIES: Final = Table(
    "deliveries",
    METADATA,
    Column("id", text_id(), primary_key=True),
    Column("state", String, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("number", text_id(), nullable=False),
    Column("order_id", text_id(), nullable=False),
    Column("submission", Integer, nullable=False),
    Column("reservation_id", text_id(), ForeignKey("reservations.id"), nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("step", String, nullable=False),
    Column("warehouse", text_id(), nullable=False),
    Column("shipping_method", text_id()),
    Column("carrier", text_id(), nullable=False),
    Column("pickup", Boolean, nullable=False),
    Column("customer_note", String),
    Column("shipping_address", json()),
    Column("created_at", Instant, nullable=False),
    Column("done_at", Instant),
    _states(DELIVERY),
    CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_has_its_time"),
    UniqueConstraint("number"),
    UniqueConstraint("order_id", "submission"),
)
"""One per order and submission (R-DLV-01)."""
Index(
    "ix_deliveries_waiting",
    DELIVERIES.c.id,
    postgresql_where=DELIVERIES.c.state.in_(("waiting_stock", "ready")),
    sqlite_where=DELIVERIES.c.state.in_(("waiting_stock", "ready")),
)

DELIVERY_LINES: Final = Table(
    "delivery_lines",
    METADATA,
    Column("id", text_id(), primary_key=True),
    Column("delivery_id", text_id(), ForeignKey("deliveries.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("order_line_id", text_id(), nullable=False),
    Column("sku", text_id(), nullable=False),
    Column("name", String, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("weight_g", Integer, nullable=False),
    Column("barcode", String),
    Column("attributes", json(), nullable=False),
    CheckConstraint("0 <= done AND done <= quantity AND quantity > 0", name="done_is_part_of_it"),
    UniqueConstraint("delivery_id", "order_line_id"),
    Index("ix_delivery_lines_sku", "sku"),
)

PARCELS: Final = Table(
    "parcels",
    METADATA,
    Column("id", text_id(), primary_key=True),
    Column("state", String, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("delivery_id", text_id(), ForeignKey("deliveries.id"), nullable=False, index=True),
    Column("order_id", text_id(), nullable=False, index=True),
    Column("carrier", text_id(), nullable=False),
    Column("tracking_number", text_id()),
    Column("weight_g", Integer, nullable=False),
    Column("shipped_at", Instant, nullable=False),
    Column("delivered_at", Instant),
    Column("proof", json()),
    _states(PARCEL),
    CheckConstraint("tracking_number <> ''", name="number_is_never_empty"),
    CheckConstraint("(state = 'delivered') = (delivered_at IS NOT NULL)", name="delivered_has_its_time"),
)

PARCEL_LINES: Final = Table(
    "parcel_lines",
    METADATA,
    Column("parcel_id", text_id(), ForeignKey("parcels.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("order_line_id", text_id(), nullable=False),
    Column("sku", text_id(), nullable=False),
    Column("name", String, nullable=False),
    Column("quantity", Integer, nullable=False),
    PrimaryKeyConstraint("parcel_id", "order_line_id"),
    CheckConstraint("quantity > 0", name="holds_something"),
)

PARCEL_EVENTS: Final = Table(
    "parcel_events",
    METADATA,
    Column("id", identity(), primary_key=True),
    Column("parcel_id", text_id(), ForeignKey("parcels.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("text", String),
    Column("source", String, nullable=False),
)
