"""Insert or replace by a unique key: one statement, in the words of either database."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

_INSERTS: Final[dict[str, Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def upserts(table: Table, *, key: str, kept: Collection[str] = (), raised: str | None = None) -> dict[str, Any]:
    """The statement by dialect (`tx.dialect`). A row whose `key` is there already gets the new values.

    The columns `kept` stay as they were; the number `raised` becomes one more than it was, whatever is given.
    """
    statements: dict[str, Any] = {}
    for dialect, insert in _INSERTS.items():
        statement = insert(table)
        changed = {str(name): statement.excluded[name] for name in table.c.keys() if name not in (key, raised, *kept)}  # noqa: SIM118
        if raised is not None:
            changed[raised] = table.c[raised] + 1
        statements[dialect] = statement.on_conflict_do_update(index_elements=[table.c[key]], set_=changed)
    return statements
