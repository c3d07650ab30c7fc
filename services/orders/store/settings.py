"""The master of the shop's settings: one row, changed under its lock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import bindparam, select, text, update

from services.orders.tables.base import HOUSE
from shared.db.tx import Tx

_FIRST: Final = text("INSERT INTO settings (id, version, \"values\") VALUES (1, 0, '{}') ON CONFLICT (id) DO NOTHING")
_LOCK: Final = select(HOUSE.settings).where(HOUSE.settings.c.id == 1).with_for_update()
_SAVE: Final = (
    update(HOUSE.settings)
    .where(HOUSE.settings.c.id == 1)
    .values({"version": bindparam("new_version"), "values": bindparam("new_values", type_=HOUSE.settings.c["values"].type)})
)


def lock_settings(tx: Tx) -> tuple[int, dict[str, Any]]:
    """The version (0: nothing was ever set) and what was set, locked until the end of the transaction."""
    # There must be a row to lock, or two first changes would not wait for each other.
    tx.execute(_FIRST)
    row = tx.execute(_LOCK).mappings().one()
    return row["version"], dict(row["values"])


def save_settings(tx: Tx, version: int, values: Mapping[str, Any]) -> None:
    """Writes the locked row."""
    tx.execute(_SAVE, {"new_version": version, "new_values": dict(values)})
