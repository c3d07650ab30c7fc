"""People with a password: customers and staff, and the sessions they have opened. Only hashes of passwords and tokens are kept."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Integer, String, Table

from services.orders.tables.base import METADATA
from shared.db.base import Instant, currency, json, text_id

CUSTOMERS: Final = Table(
    "customers",
    METADATA,
    Column("id", text_id(), primary_key=True),
    Column("email", String, nullable=False),
    Column("email_key", text_id(), nullable=False, unique=True),
    Column("password_hash", String),
    Column("name", String),
    Column("phone", String),
    Column("type", String, nullable=False),
    Column("company", String),
    Column("tax_id", String),
    Column("tax_exempt", Boolean, nullable=False),
    Column("language", String, nullable=False),
    Column("marketing_consent", Boolean, nullable=False),
    Column("blocked", Boolean, nullable=False),
    Column("credit_limit", BigInteger),
    Column("credit_currency", currency()),
    Column("payment_terms_days", Integer),
    Column("addresses", json(), nullable=False),
    Column("searched", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("type IN ('private', 'business')", name="type"),
    CheckConstraint("credit_limit >= 0 AND credit_currency IS NOT NULL OR credit_limit IS NULL AND credit_currency IS NULL", name="credit"),
    CheckConstraint("payment_terms_days BETWEEN 0 AND 365", name="payment_terms_days"),
)
"""`email_key`: the address as it is compared; `password_hash`: none for an account that staff have made; `credit_limit`: minor units."""

STAFF: Final = Table(
    "staff",
    METADATA,
    Column("id", text_id(), primary_key=True),
    Column("email", String, nullable=False),
    Column("email_key", text_id(), nullable=False, unique=True),
    Column("password_hash", String),
    Column("name", String, nullable=False),
    Column("roles", json(), nullable=False),
    Column("seller_id", text_id()),
    Column("language", String),
    Column("active", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
)

SESSIONS: Final = Table(
    "sessions",
    METADATA,
    Column("token_sha256", text_id(), primary_key=True),
    Column("customer_id", text_id(), ForeignKey("customers.id"), index=True),
    Column("staff_id", text_id(), ForeignKey("staff.id"), index=True),
    Column("expires_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("(customer_id IS NULL) <> (staff_id IS NULL)", name="of_one"),
)
"""`expires_at` is the machine's time: the test clock never rules tokens (api.md, section 12)."""
