"""Keys by which integrations and storefronts call. Only hashes are kept: whoever reads the database cannot call with it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, String, Table

from services.orders.tables.base import METADATA
from shared.db.base import Instant, json, text_id

API_KEYS: Final = Table(
    "api_keys",
    METADATA,
    Column("id", text_id(), primary_key=True),
    Column("name", String, nullable=False),
    Column("secret_sha256", text_id(), nullable=False, unique=True),
    Column("roles", json(), nullable=False),
    Column("seller_id", text_id()),
    Column("expires_at", Instant),
    Column("last_used_at", Instant),
    Column("bootstrap", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
)
"""`bootstrap`: the one key that the environment gives; a changed one takes its place."""

PUBLISHABLE_KEYS: Final = Table(
    "publishable_keys",
    METADATA,
    Column("id", text_id(), primary_key=True),
    Column("name", String, nullable=False),
    Column("key_sha256", text_id(), nullable=False, unique=True),
    Column("channel", String, nullable=False),
    Column("origins", json(), nullable=False),
    Column("bootstrap", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("channel IN ('web', 'phone', 'api', 'import')", name="channel"),
)
