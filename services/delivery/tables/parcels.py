"""Parcels, what is in them, and what happened to them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, PrimaryKeyConstraint, String, Table

from services.delivery.domain.parcel import PARCEL
from services.delivery.tables.base import METADATA, states
from shared.db.base import Instant, identity, json, text_id

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
    states(PARCEL),
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
