"""Routes of signed-in customers about all their orders at once; one order is answered as to a guest."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.orders.actions.offer import read_offer
from services.orders.api.carts import etag
from services.orders.api.customers import need_customer
from services.orders.api.order_view import order_view
from services.orders.store.own_orders import current_cart, customers_orders, order_key
from shared.db.settings_copy import shop_settings
from shared.values.clock import parse_rfc3339
from shared.web.door import read
from shared.web.listing import listing

router = APIRouter(prefix="/store/v1")


@router.get("/orders")
def get_own_orders(request: Request) -> Response:
    """Submitted, sent and confirmed ones, newest first (api.md, 13.16)."""
    with read(request) as door:
        customer_id = need_customer(door)
        asked = listing(request, key=(parse_rfc3339, str))
        found = customers_orders(door.tx, customer_id, after=asked.after, rows=asked.rows)
        return door.answer(asked.page(found, lambda purchase: order_view(purchase, None, staff=False), order_key))


@router.get("/carts/current")
def get_current_cart(request: Request) -> Response:
    """The open cart that the customer touched last."""
    with read(request) as door:
        purchase = current_cart(door.tx, need_customer(door))
        offer = read_offer(door.tx, [purchase], shop_settings(door.tx))
        return door.answer(order_view(purchase, offer, staff=False), headers=etag(purchase.order.version))
