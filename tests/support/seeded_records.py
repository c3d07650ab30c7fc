"""Records in the one state in which a command can succeed, made anew for that command's path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.support.following import eventually
from tests.support.shop import Shop
from tests.support.shop_client import GERMANY

Values = Mapping[str, str]
CHEQUE: Final = "cheque"
"""An offline method whose money somebody has to look at."""


def confirmed_order(shop: Shop) -> Values:
    """Confirmed by staff, with goods in a delivery; nothing is paid, and so nothing invoiced."""
    body = {"customer": {"email": "sara@example.org", "name": "Sara"}, "shipping_address": GERMANY, "shipping_method": "standard"}
    order = shop.staff("POST", "/orders", body | {"lines": [{"sku": shop.product(), "quantity": 2}]}).ok(201)
    shop.staff("POST", f"/orders/{order['id']}/confirm", {}).ok()
    return {"order_id": order["id"]}


def ready_delivery(shop: Shop) -> Values:
    """All its goods are reserved."""
    order_id = confirmed_order(shop)["order_id"]
    (ready,) = eventually(lambda: shop.listed("/deliveries", order_id=order_id, state="ready"), what="a delivery")
    return {"delivery_id": ready["id"]}


def order_called_off(shop: Shop) -> Values:
    """Its delivery is cancelled."""
    delivery_id = ready_delivery(shop)["delivery_id"]
    return {"order_id": shop.staff("POST", f"/deliveries/{delivery_id}/cancel", {}).ok()["order_id"]}


def draft_invoice(shop: Shop) -> Values:
    """It waits for somebody to post it."""
    order_id = confirmed_order(shop)["order_id"]
    body = {"type": "invoice", "post": False}
    made = eventually(lambda: _answered(shop, f"/orders/{order_id}/invoices", body), what="a draft")
    return {"invoice_id": made["id"]}


def open_payment(shop: Shop) -> Values:
    """Nothing has come yet."""
    return {"payment_id": shop.cart(shop.product()).submitted()["id"]}


def authorized_payment(shop: Shop) -> Values:
    """The bank has promised the money, and nobody has taken it."""
    shop.staff("PATCH", "/payment_methods/card", {"capture": "by_hand"}).ok()
    payment = shop.cart(shop.product()).submitted()
    shop.staff("PATCH", "/payment_methods/card", {"capture": "automatic"}).ok()
    shop.bank(payment, "authorize")
    return _in_state(shop, payment, "authorized")


def payment_to_look_at(shop: Shop) -> Values:
    """Recorded, of a method whose money somebody has to look at."""
    shop.staff("PUT", f"/payment_methods/{CHEQUE}", {"names": {"en": "Cheque"}, "review": "required"}).ok()
    cart = shop.cart(shop.product())
    asked = cart.submitted(method=CHEQUE)
    body = {"method": CHEQUE, "amount": asked["amount"]}
    made = shop.staff("POST", f"/orders/{cart.id}/payments", body).ok()
    return {"payment_id": made["id"]}


def payment_that_does_not_fit(shop: Shop) -> Values:
    """Less came than was asked for; somebody has to decide."""
    payment = shop.cart(shop.product()).submitted()
    shop.tell("succeeded", payment, amount=100).ok()
    return _in_state(shop, payment, "failed")


FRESH: Final[Mapping[str, Callable[[Shop], Values]]] = {
    **{
        f"/admin/v1/deliveries/{{delivery_id}}/{command}": ready_delivery
        for command in ("reserve", "unreserve", "start", "assign", "cancel", "validate")
    },
    "/admin/v1/orders/{order_id}/deliveries": order_called_off,
    "/admin/v1/orders/{order_id}/invoices": confirmed_order,
    "/admin/v1/invoices/{invoice_id}/post": draft_invoice,
    "/admin/v1/invoices/{invoice_id}/cancel": draft_invoice,
    "/admin/v1/invoices/{invoice_id}": draft_invoice,
    "/admin/v1/payments/{payment_id}/capture": authorized_payment,
    "/admin/v1/payments/{payment_id}/void": open_payment,
    "/admin/v1/payments/{payment_id}/review": payment_to_look_at,
    "/admin/v1/payments/{payment_id}/resolve": payment_that_does_not_fit,
}
"""By the path of the command that asks for such a record."""


def standing_records(shop: Shop) -> list[Values]:
    """What the provider told, known and unknown; a task, and a mail with an attachment."""
    payment = payment_that_does_not_fit(shop)
    shop.tell("succeeded", {"id": "x", "order_id": "x", "amount": "1.00", "currency": "EUR", "provider_ref": "pi_of_somebody_else"}).ok()
    events = shop.listed("/provider_events", state="unmatched") + shop.listed("/provider_events", payment_id=payment["payment_id"])
    tasks = eventually(lambda: shop.listed("/tasks", kind="payment_mismatch"), what="a task")
    attached = [mail for mail in shop.listed("/notifications", template="invoice") if mail["attachments"]]
    return [
        *({"event_id": event["id"]} for event in events),
        *({"task_id": task["id"]} for task in tasks),
        *({"notification_id": mail["id"], "number": "0"} for mail in attached),
    ]


def _in_state(shop: Shop, payment: Mapping[str, Any], state: str) -> Values:
    found = eventually(
        lambda: [one for one in shop.listed("/payments", order_id=payment["order_id"]) if one["state"] == state], what=f"{state} money"
    )
    return {"payment_id": found[0]["id"]}


def _answered(shop: Shop, path: str, body: Mapping[str, Any]) -> Any:
    """What is answered; None while billing has not heard of the order."""
    reply = shop.staff("POST", path, body)
    return None if reply.status in (404, 409) else reply.ok(201)
