"""Paths of delivery."""

from __future__ import annotations

from typing import Final

from services.delivery.api import deliveries, internal, parcels, reservations, shipping_methods, stock

ROUTERS: Final = (stock.router, shipping_methods.router, reservations.router, deliveries.router, parcels.router, internal.router)
