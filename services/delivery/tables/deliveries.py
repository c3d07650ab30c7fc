"""Deliveries with their lines, and the methods they go by."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text

from services.delivery.domain.delivery import DELIVERY
from services.delivery.tables.base import METADATA, one_of, states
from shared.db.base import Instant, identity, json, text_id

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
    Column("reservation_id", text_id(), ForeignKey("reservations.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("step", String),
    Column("last", Boolean, nullable=False),
    Column("previous_id", text_id(), ForeignKey("deliveries.id")),
    Column("backorder_of", text_id(), ForeignKey("deliveries.id")),
    Column("warehouse", text_id(), nullable=False),
    Column("seller_id", text_id()),
    Column("shipping_policy", String, nullable=False),
    Column("backorder_policy", String, nullable=False),
    Column("waits", Boolean, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("deadline_at", Instant),
    Column("scheduled_at", Instant),
    Column("picker", String),
    Column("started_at", Instant),
    Column("pickup_code", String),
    Column("shipping_method", text_id()),
    Column("carrier", text_id(), nullable=False),
    Column("pickup", Boolean, nullable=False),
    Column("customer_note", String),
    Column("shipping_address", json()),
    Column("created_at", Instant, nullable=False),
    Column("done_at", Instant),
    states(DELIVERY),
    CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_has_its_time"),
    CheckConstraint("(kind = 'outgoing') = (step IS NOT NULL)", name="steps_lead_out"),
    CheckConstraint("NOT waits OR state IN ('waiting_stock', 'ready')", name="waiting_ones_are_open"),
    CheckConstraint("priority BETWEEN 0 AND 9", name="priority"),
    one_of("kind", ["outgoing", "put_back"]),
    one_of("step", ["pack", "pick", "ship"]),
    one_of("shipping_policy", ["all_at_once", "as_available"]),
    one_of("backorder_policy", ["always", "ask", "never"]),
    UniqueConstraint("number"),
    UniqueConstraint("reservation_id", "step"),
    Index("ix_deliveries_order_id", "order_id"),
)
"""One chain per reservation, each step of it once (R-DLV-01). `waits`: units are missing, and stock that comes is for it."""
for _link in (DELIVERIES.c.previous_id, DELIVERIES.c.backorder_of):
    Index(f"ix_deliveries_{_link.name}", _link, postgresql_where=_link.is_not(None), sqlite_where=_link.is_not(None))
Index("ix_deliveries_waiting", DELIVERIES.c.id, postgresql_where=text("waits"), sqlite_where=text("waits = 1"))

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
    Column("seller_id", text_id()),
    CheckConstraint("0 <= done AND done <= quantity AND quantity > 0", name="done_is_part_of_it"),
    UniqueConstraint("delivery_id", "order_line_id"),
    Index("ix_delivery_lines_sku", "sku"),
)
