"""The number that people read: given once, kept for life (R-ORD-19)."""

from __future__ import annotations

from services.orders.domain.order import Order
from services.orders.store.orders import next_number
from shared.contracts.shop_settings import ShopSettings
from shared.db.tx import Tx


def give_number(tx: Tx, order: Order, settings: ShopSettings) -> None:
    """`SO000123`, if the order has none."""
    if order.number is None:
        order.number = f"{settings.orders.number_prefix}{next_number(tx, order.id):06d}"
