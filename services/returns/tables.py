"""Tables of returns: copies of what was bought, handed over and delivered. Each fact fills its own, so that none has to wait."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, Integer, PrimaryKeyConstraint, String, Table

from shared.db.base import Instant, metadata, text_id
from shared.db.house import house_tables

METADATA: Final = metadata()
HOUSE: Final = house_tables(METADATA)

ORDERS: Final = Table(
    "orders",
    METADATA,
    Column("order_id", text_id(), primary_key=True),
    Column("submission", Integer, nullable=False),
)
"""Confirmed orders, and the submission whose lines are copied."""

LINES: Final = Table(
    "order_lines",
    METADATA,
    Column("order_id", text_id(), nullable=False),
    Column("line_id", text_id(), nullable=False),
    Column("position", Integer, nullable=False),
    Column("sku", text_id(), nullable=False),
    Column("name", String, nullable=False),
    Column("type", String, nullable=False),
    Column("returnable", Boolean, nullable=False),
    Column("return_period_days", Integer),
    PrimaryKeyConstraint("order_id", "line_id"),
    CheckConstraint("type IN ('digital', 'goods', 'service')", name="type"),
)

HANDED_OVER: Final = Table(
    "handed_over",
    METADATA,
    Column("delivery_id", text_id(), nullable=False),
    Column("line_id", text_id(), nullable=False),
    Column("order_id", text_id(), nullable=False, index=True),
    Column("quantity", Integer, nullable=False),
    PrimaryKeyConstraint("delivery_id", "line_id"),
    CheckConstraint("quantity > 0", name="units"),
)

ARRIVALS: Final = Table(
    "arrivals",
    METADATA,
    Column("parcel_id", text_id(), nullable=False),
    Column("line_id", text_id(), nullable=False),
    Column("order_id", text_id(), nullable=False, index=True),
    Column("quantity", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("parcel_id", "line_id"),
    CheckConstraint("quantity > 0", name="units"),
)
