"""Routes of carts and of orders in their customers' hands: one record below two paths, from the cart to the doorstep."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.orders.actions.access import order_token
from services.orders.actions.carts import create_cart, edit_cart, quote_methods
from services.orders.actions.edit import Edit
from services.orders.actions.lines import add_line, set_quantity
from services.orders.actions.offer import read_offer
from services.orders.api.bodies import CartBody, CartPatch, LineBody, QuantityBody
from services.orders.api.order_view import order_view
from services.orders.store.orders import get_purchase
from shared.db.settings_copy import shop_settings
from shared.language.catalogue import pick
from shared.values.money import format_percent
from shared.web.door import Door, read, running, write

router = APIRouter(prefix="/store/v1")


@router.post("/carts")
def post_cart(request: Request, body: CartBody) -> Response:
    """Makes a cart; the order's token is in this answer and never again (R-ACC-02)."""
    with write(request) as door:
        door.caller.need_storefront()
        purchase, offer = create_cart(
            door.tx,
            channel=door.caller.channel,
            language=body.language if "language" in body.model_fields_set else door.caller.language,
            currency=body.currency,
            test=running(request).environment.test_mode,
            given=body.given("currency", "lines"),
            lines=[line.line() for line in body.lines],
            customer_id=door.caller.customer,
        )
        order = purchase.order
        view = order_view(purchase, offer, staff=False, changes=[])
        view["order_token"] = order_token(running(request).secret, order.id, order.token_generation)
        return door.created(view, f"/store/v1/carts/{order.id}", etag(order.version))


@router.get("/carts/{order_id}")
@router.get("/orders/{order_id}")
def get_cart(request: Request, order_id: str) -> Response:
    """The order as it is."""
    with read(request) as door:
        _need_order(door, order_id)
        purchase = get_purchase(door.tx, order_id)
        offer = read_offer(door.tx, [purchase], shop_settings(door.tx)) if purchase.order.open else None
        return door.answer(order_view(purchase, offer, staff=False), headers=etag(purchase.order.version))


@router.patch("/carts/{order_id}")
@router.patch("/orders/{order_id}")
def patch_cart(request: Request, order_id: str, body: CartPatch) -> Response:
    """Contact, addresses, shipping, notes."""
    with write(request) as door:
        _need_order(door, order_id)
        return _edited(door, edit_cart(door.tx, order_id, body.given(), version=if_match(request)))


@router.post("/carts/{order_id}/lines")
@router.post("/orders/{order_id}/lines")
def post_line(request: Request, order_id: str, body: LineBody) -> Response:
    """Puts units of a product in."""
    with write(request) as door:
        _need_order(door, order_id)
        return _edited(door, add_line(door.tx, order_id, body.line(), version=if_match(request)))


@router.patch("/carts/{order_id}/lines/{line_id}")
@router.patch("/orders/{order_id}/lines/{line_id}")
def patch_line(request: Request, order_id: str, line_id: str, body: QuantityBody) -> Response:
    """Counts a line anew."""
    with write(request) as door:
        _need_order(door, order_id)
        return _edited(door, set_quantity(door.tx, order_id, line_id, quantity=body.quantity, version=if_match(request)))


@router.delete("/carts/{order_id}/lines/{line_id}")
@router.delete("/orders/{order_id}/lines/{line_id}")
def delete_line(request: Request, order_id: str, line_id: str) -> Response:
    """Takes a line out."""
    with write(request) as door:
        _need_order(door, order_id)
        return _edited(door, set_quantity(door.tx, order_id, line_id, quantity=0, version=if_match(request)))


@router.get("/carts/{order_id}/shipping_methods")
@router.get("/orders/{order_id}/shipping_methods")
def get_shipping_methods(request: Request, order_id: str) -> Response:
    """What the order may be sent by, and for how much."""
    with read(request) as door:
        _need_order(door, order_id)
        purchase, quotes = quote_methods(door.tx, order_id)
        order, default_language = purchase.order, shop_settings(door.tx).store.default_language
        methods = [
            {
                "code": quote.method.code,
                "name": pick(quote.method.names, order.language, default_language),
                "price": order.precision.format(quote.price),
                "tax_rate": format_percent(quote.rate_bp),
                "total": order.precision.format(quote.total),
                "currency": order.currency,
                "pickup": quote.method.pickup,
                "pickup_points": quote.method.pickup_points,
            }
            for quote in quotes
        ]
        return door.answer({"data": methods})


def etag(version: int) -> dict[str, str]:
    """The header that an edit's If-Match repeats."""
    return {"ETag": f'"{version}"'}


def if_match(request: Request) -> str | None:
    """The version that the request is meant for."""
    return request.headers.get("if-match")


def _need_order(door: Door, order_id: str) -> None:
    door.caller.need_storefront()
    door.caller.need_order(order_id)


def _edited(door: Door, edit: Edit) -> Response:
    view = order_view(edit.purchase, edit.offer, staff=False, changes=edit.changes)
    return door.answer(view, headers=etag(edit.purchase.order.version))
