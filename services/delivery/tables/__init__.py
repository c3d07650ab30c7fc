"""Tables of delivery, by subject; one catalogue."""

from __future__ import annotations

from services.delivery.tables.base import HOUSE, METADATA
from services.delivery.tables.deliveries import DELIVERIES, DELIVERY_LINES, DELIVERY_NUMBERS, SHIPPING_METHODS
from services.delivery.tables.parcels import PARCEL_EVENTS, PARCEL_LINES, PARCELS
from services.delivery.tables.stock import ORDERS, RESERVATION_LINES, RESERVATIONS, SKUS, STOCK, STOCK_MOVES

__all__ = [
    "DELIVERIES",
    "DELIVERY_LINES",
    "DELIVERY_NUMBERS",
    "HOUSE",
    "METADATA",
    "ORDERS",
    "PARCELS",
    "PARCEL_EVENTS",
    "PARCEL_LINES",
    "RESERVATIONS",
    "RESERVATION_LINES",
    "SHIPPING_METHODS",
    "SKUS",
    "STOCK",
    "STOCK_MOVES",
]
