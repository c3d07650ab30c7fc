"""Routes of orders for staff and integrations."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.orders.actions.offer import read_offer
from services.orders.actions.staff_orders import create_staff_order
from services.orders.api.bodies import StaffOrderBody
from services.orders.api.carts import etag
from services.orders.api.order_view import order_view
from services.orders.api.seller_orders import seller_view
from services.orders.store.orders import get_purchase
from services.orders.store.own_orders import sellers_order
from shared.db.settings_copy import shop_settings
from shared.web.door import read, running, write

router = APIRouter(prefix="/admin/v1/orders")


@router.post("")
def post_order(request: Request, body: StaffOrderBody) -> Response:
    """An order taken by staff: a quotation with a number."""
    with write(request, "orders.write") as door:
        wanted = body.wanted(door.caller.id)
        if wanted.overrides_prices:
            door.caller.need("orders.price_override")
        purchase, offer = create_staff_order(door.tx, wanted, test=running(request).environment.test_mode)
        order = purchase.order
        return door.created(order_view(purchase, offer, staff=True, changes=[]), f"/admin/v1/orders/{order.id}", etag(order.version))


@router.get("/{order_id}")
def get_order(request: Request, order_id: str) -> Response:
    """The order as staff see it."""
    with read(request, "orders.read") as door:
        if (seller := door.caller.seller) is not None:
            purchase = sellers_order(door.tx, seller, order_id)
            return door.answer(seller_view(purchase, seller, shop_settings(door.tx)), headers=etag(purchase.order.version))
        purchase = get_purchase(door.tx, order_id)
        offer = read_offer(door.tx, [purchase], shop_settings(door.tx)) if purchase.order.open else None
        return door.answer(order_view(purchase, offer, staff=True), headers=etag(purchase.order.version))
