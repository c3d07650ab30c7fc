"""What the other services told: parts of orders by their records, and what carts need to know of stock and shipping."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, PrimaryKeyConstraint, String, Table

from services.orders.tables.base import METADATA
from shared.db.base import json, text_id

PARTS: Final = Table(
    "parts",
    METADATA,
    Column("order_id", text_id(), ForeignKey("orders.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("record_id", text_id(), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("values", json(), nullable=False),
    PrimaryKeyConstraint("order_id", "kind", "record_id"),
)

AVAILABILITY: Final = Table(
    "availability",
    METADATA,
    Column("sku", text_id(), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("available", Integer, nullable=False),
)

SHIPPING_METHODS: Final = Table(
    "shipping_methods",
    METADATA,
    Column("code", text_id(), primary_key=True),
    Column("method_version", Integer, nullable=False),
    Column("values", json(), nullable=False),
)
