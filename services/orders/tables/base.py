"""The catalogue all of orders' tables stand in, and the shared ones among them."""

from __future__ import annotations

from typing import Final

from shared.db.base import metadata
from shared.db.house import house_tables

METADATA: Final = metadata()
HOUSE: Final = house_tables(METADATA)
