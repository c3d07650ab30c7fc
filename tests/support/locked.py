"""Which rows a transaction keeps to itself, as another one finds out that may not wait. PostgreSQL only: SQLite has one writer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from shared.db.tx import Database


def locked_rows(db: Database, table: str, key: str = "id") -> list[Any]:
    """Keys of the rows of a table that somebody has locked, in their order."""
    with db.begin() as other:
        free = set(other.execute(text(f"SELECT {key} FROM {table} FOR UPDATE SKIP LOCKED")).scalars())
        return [each for each in other.execute(text(f"SELECT {key} FROM {table} ORDER BY {key}")).scalars() if each not in free]
