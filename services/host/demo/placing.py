"""Places one planned order through the public API: what its customer does, then the bank, then staff."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, assert_never

from services.host.demo.client import Cart, ShopClient
from services.host.demo.plan import Plan, Stage
from shared.errors import Unavailable

Record = dict[str, Any]
PATIENCE_SECONDS: Final = 20.0
LOOK_AGAIN_SECONDS: Final = 0.05


class NothingMoves(Unavailable):
    """Something that follows by itself did not follow in time."""

    def __init__(self, awaited: str, seconds: float) -> None:
        super().__init__(f"nothing moves: {awaited} did not come within {seconds:.0f} seconds; the log of the shop says why")


def wait_for(look: Callable[[], bool], awaited: str, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Looks until it is so: effects in another service follow by messages. Raises NothingMoves."""
    deadline = time.monotonic() + seconds
    while not look():
        if time.monotonic() > deadline:
            raise NothingMoves(awaited, seconds)
        time.sleep(LOOK_AGAIN_SECONDS)


def place(shop: ShopClient, plan: Plan) -> str:
    """The planned order, brought to its stage; answers its number, or its id while it has none.

    Raises ShopRefused, ShopAway, ShopFailed, NothingMoves.
    """
    match plan.stage:
        case Stage.QUOTATION:
            order = _write_down(shop, plan)
        case Stage.TAKEN_BY_PHONE:
            order = _write_down(shop, plan)
            money = {"method": "cash", "amount": order["totals"]["total"], "receipt_number": f"K{order['number']}"}
            shop.confirm(order["id"], record_payment=money)
        case Stage.AWAITING_WIRE:
            order, _ = _submit(shop, plan, "wire")
        case Stage.PAID_BY_WIRE:
            order, payment = _submit(shop, plan, "wire")
            shop.record_payment(order["id"], method="wire", amount=payment["amount"], receipt_number=f"TT{order['number']}")
            _await_confirmation(shop, order)
        case Stage.TO_BE_FETCHED:
            order, _ = _submit(shop, plan, "pay_at_pickup")
            wait_for(lambda: shop.order(order["id"])["state"] == "quotation_sent", f"the sending of {order['number']}")
            shop.confirm(order["id"])
        case Stage.OPEN_CART:
            return _fill_cart(shop, plan).id
        case Stage.UNPAID:
            order, _ = _submit(shop, plan)
        case Stage.DECLINED:
            order, payment = _submit(shop, plan)
            _decline(shop, order, payment)
        case Stage.DECLINED_THEN_PAID:
            order, payment = _submit(shop, plan)
            _decline(shop, order, payment)
            _pay(shop, order, payment)
        case Stage.PAID | Stage.WAITING_STOCK:
            order, payment = _submit(shop, plan)
            _pay(shop, order, payment)
        case Stage.SHIPPED:
            order, payment = _submit(shop, plan)
            _pay(shop, order, payment)
            _ship(shop, order)
        case Stage.DELIVERED:
            order, payment = _submit(shop, plan)
            _pay(shop, order, payment)
            _bring(shop, order, _ship(shop, order))
        case _:
            assert_never(plan.stage)
    return str(order["number"])


def _fill_cart(shop: ShopClient, plan: Plan) -> Cart:
    (sku, quantity), *others = plan.lines
    cart = shop.open_cart(currency=plan.currency, language=plan.customer["language"], lines=[{"sku": sku, "quantity": quantity}])
    for sku, quantity in others:
        shop.add_line(cart, sku, quantity)
    return cart


def _submit(shop: ShopClient, plan: Plan, payment_method: str = "card") -> tuple[Record, Record]:
    cart = _fill_cart(shop, plan)
    shop.change_cart(
        cart,
        **plan.contact,
        customer_type=plan.customer["type"],
        shipping_address=plan.address,
        billing_address=plan.address,
    )
    # A new shop's methods reach the carts by messages.
    wait_for(
        lambda: plan.shipping_method in [offer["code"] for offer in shop.shipping_methods(cart)],
        f"the offer of {plan.shipping_method} delivery",
    )
    shop.change_cart(cart, shipping_method=plan.shipping_method)
    answer = shop.submit(cart, payment_method)
    return answer["order"], answer["payment"]


def _decline(shop: ShopClient, order: Record, payment: Record) -> None:
    shop.pay(payment, "fail")
    wait_for(
        lambda: shop.order(order["id"], "payments")["payments"][0]["state"] == "failed", f"the news of {order['number']}'s declined card"
    )


def _pay(shop: ShopClient, order: Record, payment: Record) -> None:
    shop.pay(payment, "succeed")
    _await_confirmation(shop, order)


def _await_confirmation(shop: ShopClient, order: Record) -> None:
    wait_for(lambda: shop.order(order["id"])["state"] == "confirmed", f"the confirmation of {order['number']}")


def _ship(shop: ShopClient, order: Record) -> str:
    """Answers the parcel's id."""

    def ready() -> list[Record]:
        return [delivery for delivery in shop.deliveries(order["id"]) if delivery["state"] == "ready"]

    wait_for(lambda: bool(ready()), f"the delivery of {order['number']}")
    done = shop.validate(ready()[0]["id"], tracking_number=f"CW{order['number']}")
    return str(done["parcels"][0]["id"])


def _bring(shop: ShopClient, order: Record, parcel_id: str) -> None:
    shop.parcel_event(parcel_id, "delivered")
    wait_for(lambda: shop.order(order["id"])["delivery_status"] == "full", f"the arrival of {order['number']}")


def _write_down(shop: ShopClient, plan: Plan) -> Record:
    discounts = [{"label": "Regular customer", "type": "percent", "value": plan.discount_percent}] if plan.discount_percent else []
    return shop.create_order(
        channel="phone",
        customer={**plan.contact, "type": plan.customer["type"]},
        language=plan.customer["language"],
        currency=plan.currency,
        lines=[{"sku": sku, "quantity": quantity} for sku, quantity in plan.lines],
        discounts=discounts,
        shipping_method=plan.shipping_method,
        shipping_address=plan.address,
        billing_address=plan.address,
    )
