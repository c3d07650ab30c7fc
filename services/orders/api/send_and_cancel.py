"""Routes by which staff send a quotation (O5), and cancel an order (O10)."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.orders.actions.cancel import cancel_order
from services.orders.actions.send import send_quotation
from services.orders.api.bodies import Body, Email, Note
from services.orders.api.carts import etag, if_match
from services.orders.api.order_view import order_view
from services.orders.domain.order import Purchase
from shared.web.door import Door, write

router = APIRouter(prefix="/admin/v1/orders/{order_id}")


class SendBody(Body):
    """`POST …/send`."""

    to: Email | None = None
    message: Note | None = None


class CancelBody(Body):
    """`POST …/cancel`. What the house itself cancels for is no reason for people to give."""

    reason: Literal["customer_request", "out_of_stock", "fraud", "duplicate", "declined", "other"]
    note: Note | None = None
    notify: bool = True


@router.post("/send")
def post_send(request: Request, order_id: str, body: SendBody) -> Response:
    """Sends the quotation to its customer, or to the address `to`, who may accept it at the link in the mail; `message` stands in it."""
    with write(request, "orders.write") as door:
        return _answer(door, send_quotation(door.tx, order_id, to=body.to, message=body.message, version=if_match(request)))


@router.post("/cancel")
def post_cancel(request: Request, order_id: str, body: CancelBody) -> Response:
    """Cancels the order, and tells customer and sellers unless `notify` is false. Not while goods are out, money is taken, or invoiced."""
    with write(request, "orders.cancel") as door:
        purchase = cancel_order(door.tx, order_id, reason=body.reason, note=body.note, notify=body.notify, version=if_match(request))
        return _answer(door, purchase)


def _answer(door: Door, purchase: Purchase) -> Response:
    return door.answer(order_view(purchase, None, staff=True), headers=etag(purchase.order.version))
