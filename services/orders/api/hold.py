"""Routes that keep an order from going on, and let it go on (O13)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.orders.actions.hold import hold_order, release_order
from services.orders.actions.offer import read_offer
from services.orders.api.bodies import Body, Note, Short
from services.orders.api.carts import etag, if_match
from services.orders.api.order_view import order_view
from services.orders.domain.order import Purchase
from shared.db.settings_copy import shop_settings
from shared.web.door import Door, write

router = APIRouter(prefix="/admin/v1/orders/{order_id}")


class HoldBody(Body):
    """`POST …/hold`."""

    reason: Short
    note: Note | None = None


class ReleaseBody(Body):
    """`POST …/release`."""

    note: Note | None = None


@router.post("/hold")
def post_hold(request: Request, order_id: str, body: HoldBody) -> Response:
    """Holds the order."""
    with write(request, "orders.write") as door:
        return _answer(door, hold_order(door.tx, order_id, reason=body.reason, note=body.note, version=if_match(request)))


@router.post("/release")
def post_release(request: Request, order_id: str, body: ReleaseBody) -> Response:
    """Releases it; money that has come meanwhile confirms it now."""
    with write(request, "orders.write") as door:
        return _answer(door, release_order(door.tx, order_id, note=body.note, version=if_match(request)))


def _answer(door: Door, purchase: Purchase) -> Response:
    offer = read_offer(door.tx, [purchase], shop_settings(door.tx)) if purchase.order.open else None
    return door.answer(order_view(purchase, offer, staff=True), headers=etag(purchase.order.version))
