"""Reads what the shop offers now, for one order or a page of them, in at most three statements."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from services.orders.domain.offer import Offer
from services.orders.domain.order import Purchase
from services.orders.store import catalogue
from services.orders.store import parts as store
from shared.contracts.shop_settings import ShopSettings
from shared.db.tx import Tx


def read_offer(tx: Tx, purchases: Sequence[Purchase], settings: ShopSettings, *, more_skus: Collection[str] = ()) -> Offer:
    """Products, stock and shipping methods that the orders name, and the products of `more_skus`."""
    skus = sorted({sku for purchase in purchases for sku in purchase.skus} | set(more_skus))
    codes = sorted({purchase.order.shipping_method for purchase in purchases if purchase.order.shipping_method is not None})
    return Offer(
        products=catalogue.products(tx, skus) if skus else {},
        methods=store.some_methods(tx, codes),
        available=store.available(tx, skus),
        allow_zero_price=settings.orders.allow_zero_price,
        default_language=settings.store.default_language,
    )
