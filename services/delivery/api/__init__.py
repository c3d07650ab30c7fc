"""Paths of delivery."""

from __future__ import annotations

from typing import Final

from services.delivery.api import (
    deliveries,
    delivery_commands,
    internal,
    parcels,
    reservations,
    shipping_methods,
    stock,
    stock_moves,
)

ROUTERS: Final = (
    stock_moves.router,
    stock.router,
    shipping_methods.router,
    reservations.router,
    deliveries.router,
    delivery_commands.router,
    delivery_commands.of_order,
    parcels.router,
    internal.router,
)
