"""Tables of notifications."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, PrimaryKeyConstraint, String, Table

from services.notifications.domain.notification import AUDIENCES, STATES
from services.notifications.domain.task import TASK_STATES
from shared.db.base import Instant, identity, json, metadata, text_id
from shared.db.house import house_tables


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=column)


METADATA: Final = metadata()
HOUSE: Final = house_tables(METADATA)

EVENTS: Final = Table(
    "events",
    METADATA,
    # Given in the order of commits: the one inserting transaction holds a lock (store/events.py).
    Column("position", identity(), primary_key=True),
    Column("event_id", text_id(), nullable=False, unique=True),
    Column("order_id", text_id()),
    Column("type", String, nullable=False),
    Column("aggregate_type", String, nullable=False),
    Column("aggregate_id", text_id(), nullable=False, index=True),
    Column("seq", BigInteger, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("actor", json(), nullable=False),
    Column("correlation_id", text_id(), nullable=False),
    Column("causation_id", text_id()),
    Column("envelope", json(), nullable=False),
    Index("ix_events_order_id", "order_id", "event_id"),
    Index("ix_events_type", "type", "position"),
)
"""Every fact of every service: the timeline of each order, and the feed."""

CONTACTS: Final = Table(
    "contacts",
    METADATA,
    Column("order_id", text_id(), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("number", String, nullable=False),
    Column("language", String, nullable=False),
    Column("email", String),
    Column("name", String),
    Column("token_generation", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("expected_at", String),
)
"""Whom mails about an order go to, and what of it they need, as its newest fact says."""

NOTIFICATIONS: Final = Table(
    "notifications",
    METADATA,
    Column("id", text_id(), primary_key=True),
    Column("state", String, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("template", String, nullable=False),
    Column("recipient", String, index=True),
    Column("audience", String, nullable=False),
    Column("language", String, nullable=False),
    Column("reason", String),
    Column("order_id", text_id(), index=True),
    Column("record_type", String, nullable=False),
    Column("record_id", text_id(), nullable=False, index=True),
    Column("event_id", text_id(), nullable=False),
    Column("dedupe_key", text_id(), nullable=False, index=True),
    Column("variables", json()),
    Column("subject", String),
    Column("text", String),
    Column("html", String),
    Column("attachments", json(), nullable=False),
    Column("token_generation", Integer),
    Column("link_base", String),
    Column("transport", String),
    Column("message_id", String),
    Column("attempt", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("handed_over_at", Instant),
    Column("next_try_at", Instant),
    Column("sent_at", Instant),
    _one_of("state", STATES),
    _one_of("audience", AUDIENCES),
    CheckConstraint("attempt >= 1 AND failures >= 0", name="tries"),
    CheckConstraint("state NOT IN ('sending', 'sent') OR (recipient IS NOT NULL AND subject IS NOT NULL)", name="complete"),
)
"""Mails, each with the whole of what it says."""

MAIL_KEYS: Final = Table(
    "mail_keys",
    METADATA,
    Column("dedupe_key", text_id(), primary_key=True),
    Column("notification_id", text_id(), nullable=False),
)
"""One mail per cause, recipient and record (R-NOT-01): the second is stored as suppressed and has no key."""

ATTEMPTS: Final = Table(
    "attempts",
    METADATA,
    Column("notification_id", text_id(), nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("error", String),
    PrimaryKeyConstraint("notification_id", "number"),
)
"""What became of each try."""

TASKS: Final = Table(
    "tasks",
    METADATA,
    Column("id", text_id(), primary_key=True),
    Column("state", String, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("cause", String, nullable=False),
    Column("order_id", text_id(), index=True),
    Column("record_type", String, nullable=False),
    Column("record_id", text_id(), nullable=False, index=True),
    Column("title", String, nullable=False),
    Column("data", json(), nullable=False),
    Column("actions", json(), nullable=False),
    Column("assignee", text_id()),
    Column("due_at", Instant),
    Column("dedupe_key", text_id(), nullable=False, unique=True),
    Column("event_id", text_id(), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("closed_by", String),
    Column("note", String),
    _one_of("state", TASK_STATES),
    CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
    CheckConstraint("state <> 'claimed' OR assignee IS NOT NULL", name="claimed"),
)
"""What needs a person, once per kind and fact."""
