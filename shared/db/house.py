"""The tables that every service has besides its own: facts told and heard, history, timers, answers, dead letters, the audit log."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, MetaData, PrimaryKeyConstraint, String, Table

from shared.db.base import Instant, identity, json, text_id


@dataclass(frozen=True)
class HouseTables:
    """Handles of the shared tables in one service's catalogue."""

    outbox: Table
    told: Table
    unrecorded: Table
    inbox: Table
    history: Table
    timers: Table
    dead_letters: Table
    idempotency: Table
    relay: Table
    clock: Table
    audit_log: Table
    settings: Table


def house_tables(metadata: MetaData) -> HouseTables:
    """Adds the shared tables to a service's catalogue; all five have the same."""
    return HouseTables(
        # SQLite else gives the number of a row that was moved to `told` a second time.
        # `together`: its order; of what is no order's, the first fact of the transaction that told it.
        outbox=Table(
            "outbox",
            metadata,
            Column("id", identity(), primary_key=True),
            *_fact_columns(),
            Column("together", text_id(), nullable=False),
            sqlite_autoincrement=True,
        ),
        told=Table(
            "told",
            metadata,
            Column("id", identity(), primary_key=True, autoincrement=False),
            *_fact_columns(),
            Column("told_at", Instant, nullable=False, index=True),
        ),
        # Told facts that the timeline has not been sent yet: it gets many in one message.
        unrecorded=Table("unrecorded", metadata, Column("id", identity(), primary_key=True, autoincrement=False)),
        inbox=Table(
            "inbox",
            metadata,
            Column("handler", text_id(), nullable=False),
            Column("fact", text_id(), nullable=False),
            Column("at", Instant, nullable=False, index=True),
            PrimaryKeyConstraint("fact", "handler"),
        ),
        history=Table(
            "history",
            metadata,
            Column("id", identity(), primary_key=True),
            Column("record_type", String, nullable=False),
            Column("record_id", text_id(), nullable=False),
            Column("order_id", text_id()),
            Column("from_state", String),
            Column("to_state", String, nullable=False),
            Column("command", String, nullable=False),
            Column("reason", String),
            Column("actor", json(), nullable=False),
            Column("correlation_id", text_id(), nullable=False),
            Column("at", Instant, nullable=False),
            Index("ix_history_record_id", "record_id"),
        ),
        timers=Table(
            "timers",
            metadata,
            Column("kind", String, nullable=False),
            Column("record_id", text_id(), nullable=False),
            Column("due_at", Instant, nullable=False, index=True),
            Column("payload", json(), nullable=False),
            Column("failures", Integer, nullable=False, server_default="0"),
            Column("error", String),
            PrimaryKeyConstraint("kind", "record_id"),
        ),
        dead_letters=Table(
            "dead_letters",
            metadata,
            Column("id", identity(), primary_key=True),
            Column("fact", text_id(), nullable=False, index=True),
            Column("task", String, nullable=False),
            Column("hearers", json(), nullable=False),
            Column("body", json(), nullable=False),
            Column("error", String, nullable=False),
            Column("traceback", String, nullable=False),
            Column("state", String, nullable=False, server_default="open"),
            Column("at", Instant, nullable=False),
        ),
        idempotency=Table(
            "idempotency",
            metadata,
            Column("key", text_id(), primary_key=True),
            Column("body_sha256", String, nullable=False),
            Column("status", Integer),
            Column("headers", json()),
            Column("answer", LargeBinary),
            Column("lease_until", Instant),
            Column("at", Instant, nullable=False, index=True),
        ),
        relay=Table(
            "relay",
            metadata,
            Column("id", Integer, primary_key=True, autoincrement=False),
            Column("sleeping", Boolean, nullable=False),
            Column("broker_up", Boolean, nullable=False),
            Column("beat_at", Instant),
        ),
        clock=Table(
            "clock",
            metadata,
            Column("id", Integer, primary_key=True, autoincrement=False),
            Column("now", Instant, nullable=False),
            Column("running", Boolean, nullable=False),
        ),
        audit_log=Table(
            "audit_log",
            metadata,
            Column("id", text_id(), primary_key=True),
            Column("at", Instant, nullable=False),
            Column("actor_type", String, nullable=False),
            Column("actor_id", text_id(), nullable=False),
            Column("action", String, nullable=False),
            Column("path", String, nullable=False),
            Column("order_id", text_id()),
            Column("record_id", text_id()),
            Column("status", Integer, nullable=False),
            Column("request_id", text_id(), nullable=False),
            Index("ix_audit_log_at_id", "at", "id"),
        ),
        settings=Table(
            "settings",
            metadata,
            Column("id", Integer, primary_key=True, autoincrement=False),
            Column("version", Integer, nullable=False),
            Column("values", json(), nullable=False),
        ),
    )


def _fact_columns() -> list[Column[object]]:
    return [
        Column("event_id", text_id(), nullable=False),
        Column("fact", text_id(), nullable=False),
        Column("name", String, nullable=False),
        Column("label", String, nullable=False),
        Column("envelope", String, nullable=False),
    ]
