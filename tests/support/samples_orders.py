"""A small shop, with carts and orders in it."""

from __future__ import annotations

from typing import Any, Final

from shared.contracts import delivery
from shared.web.caller import Caller
from tests.support.driver import Answer, ServiceDriver
from tests.support.samples_catalogue import product
from tests.support.samples_order_facts import captured

STOREFRONT: Final = Caller(type="storefront", name="shop", channel="web")
HOME: Final = {"name": "Ada Byron", "line1": "Hauptstr. 1", "city": "Berlin", "postal_code": "10115", "country": "DE"}
STANDARD: Final[dict[str, Any]] = {
    "code": "standard",
    "names": {"en": "Standard", "fa": "ارسال عادی"},
    "price": "4.90",
    "currency": "EUR",
    "prices": {"VND": "45000"},
    "tax_rate": "19",
    "free_over": "60.00",
    "carrier": "manual",
    "pickup": False,
    "countries": ["DE", "AT"],
    "max_weight_g": 20000,
    "lead_days": {"min": 2, "max": 5},
    "position": 1,
    "active": True,
}
PICKUP: Final[dict[str, Any]] = {
    "code": "pickup",
    "names": {"en": "Pick up"},
    "price": "0.00",
    "currency": "EUR",
    "tax_rate": "19",
    "carrier": "manual",
    "pickup": True,
    "position": 2,
    "active": True,
}


def guest(order_id: str) -> Caller:
    """The one who holds the order's token."""
    return Caller(type="guest", name="guest", channel="web", order_id=order_id)


def given_shop(orders: ServiceDriver) -> None:
    """A mug at 12.50 and a service at 30.00, both 20 % tax; two shipping methods; ten mugs on the shelf."""
    given_product(orders, "mug", weight_g=400, seller_id="leaf")
    given_product(orders, "engraving", price="30.00", type="service", names={"en": "Engraving"})
    orders.asks("PUT", "/admin/v1/sellers/leaf", {"name": "Leaf", "emails": ["leaf@example.org"]})
    for method in (STANDARD, PICKUP):
        given_method(orders, method)
    given_stock(orders, "mug", 10)


def given_product(orders: ServiceDriver, sku: str, **changes: Any) -> None:
    """Puts a product."""
    answer = orders.asks("PUT", f"/admin/v1/products/{sku}", product(**changes))
    assert answer.status in (200, 201), answer.body


def given_method(orders: ServiceDriver, values: dict[str, Any], *, version: int = 1) -> None:
    """Delivery tells of a shipping method."""
    orders.hears(delivery.ShippingMethodChanged(code=values["code"], method_version=version, values=values), seq=version)


def given_stock(orders: ServiceDriver, sku: str, available: int, *, seq: int = 1) -> None:
    """Delivery tells what can be sold."""
    orders.hears(delivery.StockChanged(sku=sku, on_hand=available, reserved=0, held=0, available=available), seq=seq)


def given_cart(orders: ServiceDriver, **body: Any) -> dict[str, Any]:
    """A cart of two mugs that lacks nothing, unless `body` says otherwise; `...` leaves a field out."""
    whole = {
        "email": "ada@example.org",
        "shipping_address": HOME,
        "shipping_method": "standard",
        "lines": [{"sku": "mug", "quantity": 2}],
    } | body
    answer = orders.asks("POST", "/store/v1/carts", {k: v for k, v in whole.items() if v is not ...}, caller=STOREFRONT)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.body
    return found


def by_guest(orders: ServiceDriver, method: str, cart: dict[str, Any], path: str = "", body: Any = None, **more: Any) -> Answer:
    """A request about the cart by the one who holds its token."""
    return orders.asks(method, f"/store/v1/carts/{cart['id']}{path}", body, caller=guest(cart["id"]), **more)


def seen(orders: ServiceDriver, cart: dict[str, Any]) -> dict[str, Any]:
    """The order as it is now."""
    answer = by_guest(orders, "GET", cart)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.body
    return found


def submits(orders: ServiceDriver, cart: dict[str, Any], *, method: str = "card", **body: Any) -> Answer:
    """The gateway submits for the guest."""
    path = f"/internal/v1/orders/{cart['id']}/submit"
    return orders.asks("POST", path, {"payment_method": method, **body}, caller=guest(cart["id"]))


def given_submitted(orders: ServiceDriver, **body: Any) -> dict[str, Any]:
    """A submitted order."""
    answer = submits(orders, given_cart(orders, **body))
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.body["order"]
    return found


def given_confirmed(orders: ServiceDriver, **body: Any) -> dict[str, Any]:
    """A confirmed and paid order."""
    order = given_submitted(orders, **body)
    orders.hears(captured(order), seq=3)
    return seen(orders, order)
