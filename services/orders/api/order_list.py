"""The list of all orders for staff and integrations, and how many each view shows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.orders.actions.offer import read_offer
from services.orders.api.order_filters import FILTERS, SORTS, order_filters
from services.orders.api.order_view import order_view
from services.orders.api.seller_orders import list_for_seller
from services.orders.domain.order import Purchase
from services.orders.store.order_list import count_orders, count_views, list_purchases, place
from shared.contracts.shop_settings import ShopSettings
from shared.db.settings_copy import shop_settings
from shared.errors import NotFound
from shared.values.clock import rfc3339
from shared.web.door import Door, read
from shared.web.listing import listing

router = APIRouter(prefix="/admin/v1/orders")


@router.get("")
def get_orders(request: Request) -> Response:
    """Every order from its first line on, newest first (R-ORD-30)."""
    with read(request, "orders.read") as door:
        if door.caller.seller is not None:
            return list_for_seller(request, door, door.caller.seller)
        settings = shop_settings(door.tx)
        asked = listing(request, FILTERS, key=SORTS)
        filters = order_filters(asked, prefix=settings.documents.barcode.prefix)
        idle_since = _idle_since(door, settings)
        found = list_purchases(
            door.tx, filters, sort=asked.sort, rising=asked.rising, after=asked.after, rows=asked.rows, idle_since=idle_since
        )
        offer = read_offer(door.tx, [purchase for purchase in found if purchase.order.open], settings)

        def view(purchase: Purchase) -> dict[str, Any]:
            return order_view(purchase, offer, staff=True)

        def key(purchase: Purchase) -> list[str]:
            return [_text(part) for part in place(purchase.order, asked.sort)]

        return door.answer(asked.page(found, view, key, count=lambda: count_orders(door.tx, filters, idle_since=idle_since)))


@router.get("/counts")
def get_counts(request: Request) -> Response:
    """How many orders each view shows."""
    with read(request, "orders.read") as door:
        refuse_sellers(door)
        return door.answer(count_views(door.tx, idle_since=_idle_since(door, shop_settings(door.tx))))


def _idle_since(door: Door, settings: ShopSettings) -> datetime:
    return door.tx.now - timedelta(hours=settings.abandoned_cart.delay_hours)


def _text(part: Any) -> str:
    # Of a place in the list, for its cursor.
    if isinstance(part, datetime):
        return rfc3339(part)
    return str(part).lower() if isinstance(part, bool) else str(part)


def refuse_sellers(door: Door) -> None:
    """For what shows the whole shop: a seller sees their own lines only (R-ACC-06). Raises NotFound."""
    if door.caller.seller is not None:
        raise NotFound("there is no such order")
