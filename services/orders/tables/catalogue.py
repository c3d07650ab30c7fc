"""Products and sellers."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Integer, String, Table

from services.orders.tables.base import METADATA
from shared.db.base import Instant, currency, json, text_id

SELLERS: Final = Table(
    "sellers",
    METADATA,
    Column("code", text_id(), primary_key=True),
    Column("name", String, nullable=False),
    Column("emails", json(), nullable=False),
    Column("language", String),
    Column("phone", String),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_sellers_listed", "created_at", "code"),
)

PRODUCTS: Final = Table(
    "products",
    METADATA,
    Column("sku", text_id(), primary_key=True),
    Column("names", json(), nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("currency", currency(), nullable=False),
    Column("other_prices", json(), nullable=False),
    Column("tax_rate_bp", Integer, nullable=False),
    Column("tax_rates_bp", json(), nullable=False),
    Column("type", String, nullable=False),
    Column("seller_id", text_id(), index=True),
    Column("weight_g", Integer, nullable=False),
    Column("returnable", Boolean, nullable=False),
    Column("return_period_days", Integer),
    Column("return_actions", json()),
    Column("allow_backorder", Boolean, nullable=False),
    Column("barcode", String),
    Column("hs_code", String),
    Column("attributes", json(), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("searched", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("price >= 0", name="price"),
    CheckConstraint("tax_rate_bp BETWEEN 0 AND 10000", name="tax_rate_bp"),
    CheckConstraint("type IN ('goods', 'service', 'digital')", name="type"),
    CheckConstraint("weight_g >= 0", name="weight_g"),
    CheckConstraint("return_period_days >= 0", name="return_period_days"),
    Index("ix_products_listed", "created_at", "sku"),
)
"""`seller_id` may name a seller that is not there yet: catalogues are imported in any order."""
