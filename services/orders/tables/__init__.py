"""Tables of orders, by subject; one catalogue."""

from __future__ import annotations

from services.orders.tables import access, catalogue, people
from services.orders.tables.base import HOUSE, METADATA
from services.orders.tables.orders import ORDER_DISCOUNTS, ORDER_LINES, ORDER_NUMBERS, ORDERS
from services.orders.tables.projection import AVAILABILITY, PARTS, SHIPPING_METHODS
from services.orders.tables.search import ORDER_TAGS, SEARCH_TERMS

__all__ = [
    "AVAILABILITY",
    "HOUSE",
    "METADATA",
    "ORDERS",
    "ORDER_DISCOUNTS",
    "ORDER_LINES",
    "ORDER_NUMBERS",
    "ORDER_TAGS",
    "PARTS",
    "SEARCH_TERMS",
    "SHIPPING_METHODS",
    "access",
    "catalogue",
    "people",
]
