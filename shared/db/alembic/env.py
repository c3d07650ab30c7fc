"""Alembic's environment for every service: the connection and the catalogue come from shared/db/migrate.py."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=context.config.attributes["metadata"],
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
    compare_type=True,
    version_table="alembic_version",
)
with context.begin_transaction():
    context.run_migrations()
