"""Tables of orders, by subject; one catalogue."""

from __future__ import annotations

from services.orders.tables import access, catalogue
from services.orders.tables.base import HOUSE, METADATA

__all__ = ["HOUSE", "METADATA", "access", "catalogue"]
