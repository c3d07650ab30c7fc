"""What all tables of delivery stand on."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint

from shared.db.base import metadata
from shared.db.house import house_tables
from shared.lifecycle import Lifecycle

METADATA: Final = metadata()
HOUSE: Final = house_tables(METADATA)


def one_of(column: str, values: list[str]) -> CheckConstraint:
    """The column holds one of these."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def states(lifecycle: Lifecycle) -> CheckConstraint:
    """The column `state` holds a state of the lifecycle."""
    return one_of("state", lifecycle.states)
