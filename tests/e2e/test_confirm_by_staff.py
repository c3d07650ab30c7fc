"""Orders that staff take and confirm, with and without the money, with and without the goods."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from tests.support.following import eventually
from tests.support.shop import Shop
from tests.support.shop_client import GERMANY, Cart, found


def _taken(shop: Shop, sku: str, quantity: int = 1, **fields: Any) -> Any:
    body = {
        "customer": {"name": "Sara", "phone": "+4930123456", "email": f"{sku}@example.org"},
        "lines": [{"sku": sku, "quantity": quantity}],
        "shipping_method": "standard",
        "shipping_address": GERMANY,
    }
    given = {name: value for name, value in (body | fields).items() if value is not None}
    return shop.staff("POST", "/orders", given, key=shop.key("sales")).ok(201)


def test_a_phone_order_is_confirmed_with_its_money(shop: Shop) -> None:
    """R-ORD-38, R-ORD-44, R-ORD-45: one call records the cash and confirms; a second one changes nothing."""
    order = _taken(shop, shop.product(on_hand=5))
    assert (order["state"], order["assignment"]["manager"] is not None) == ("quotation", True)
    money = {"method": "cash", "amount": order["totals"]["total"], "receipt_number": f"K{order['number']}"}
    confirmed = shop.staff("POST", f"/orders/{order['id']}/confirm", {"record_payment": money}).ok()
    assert (confirmed["state"], confirmed["number"]) == ("confirmed", order["number"])
    whole = eventually(
        lambda: (
            (one := shop.order(order["id"], "payments", "deliveries", "invoices"))["invoices"]
            and one["deliveries"]
            and one["payment_status"] == "paid"
            and one
        ),
        what="what follows from the confirmation",
    )
    assert (len(whole["payments"]), len(whole["deliveries"])) == (1, 1)
    again = shop.staff("POST", f"/orders/{order['id']}/confirm", {"record_payment": money}).ok()
    assert again["version"] == whole["version"]
    assert len(shop.order(order["id"], "payments")["payments"]) == 1


def test_shortages_are_shown_first_and_may_be_accepted(shop: Shop) -> None:
    """R-ORD-38, R-STK-07, R-STK-11: 409 names them and holds nothing back; accepted, the order waits; new stock serves it at once."""
    short, there = shop.product(on_hand=1), shop.product(on_hand=5)
    order = _taken(shop, short, 3, lines=[{"sku": short, "quantity": 3}, {"sku": there, "quantity": 1}])
    refused = shop.staff("POST", f"/orders/{order['id']}/confirm", {})
    assert (refused.status, refused.code) == (409, "out_of_stock")
    assert [error["meta"] for error in refused.body["errors"]] == [{"sku": short, "requested": 3, "available": 1}]
    assert [shop.staff("GET", f"/stock/{sku}").ok()["held"] for sku in (short, there)] == [0, 0]
    assert shop.order(order["id"])["state"] == "quotation"

    shop.staff("POST", f"/orders/{order['id']}/confirm", {"accept_shortage": True}).ok()
    eventually(lambda: shop.order(order["id"])["status"] == "on_backorder_unpaid", what="the order that waits for goods")
    tasks = eventually(lambda: shop.listed("/tasks", kind="stock_short", order_id=order["id"]), what="the task about the shortage")
    assert tasks[0]["state"] == "open"
    shop.staff("PUT", f"/stock/{short}", {"on_hand": 10}).ok()
    eventually(lambda: shop.order(order["id"])["status"] == "confirmed", what="the former status")
    eventually(lambda: shop.staff("GET", f"/tasks/{tasks[0]['id']}").ok()["state"] == "closed", what="the task to be closed by itself")


def test_a_refused_payment_leaves_neither_confirmation_nor_hold(shop: Shop) -> None:
    """lifecycles.md section 1: the hold of a confirm that fails is given back."""
    sku = shop.product(on_hand=2)
    first, second = _taken(shop, sku), _taken(shop, sku)
    money = {"method": "cash", "amount": first["totals"]["total"], "receipt_number": f"K{first['number']}"}
    shop.staff("POST", f"/orders/{first['id']}/confirm", {"record_payment": money}).ok()
    refused = shop.staff("POST", f"/orders/{second['id']}/confirm", {"record_payment": money})
    assert (refused.status, refused.code) == (409, "duplicate_receipt")
    assert shop.order(second["id"])["state"] == "quotation"
    eventually(lambda: shop.staff("GET", f"/stock/{sku}").ok()["held"] == 0, what="the hold to be given back")


def test_goods_without_an_address_are_handed_over_at_the_counter(shop: Shop) -> None:
    """R-ORD-45: as a pickup, without a shipping mail."""
    order = _taken(shop, shop.product(on_hand=1), shipping_method=None, shipping_address=None)
    shop.staff("POST", f"/orders/{order['id']}/confirm", {}).ok()
    delivery = eventually(lambda: shop.order(order["id"], "deliveries")["deliveries"], what="the delivery")[0]
    done = shop.staff("POST", f"/deliveries/{delivery['id']}/validate", {}).ok()
    assert done["parcels"][0]["state"] == "delivered"
    eventually(lambda: shop.order(order["id"])["status"] == "delivered", what="the order to be delivered")


def test_a_held_order_is_neither_confirmed_nor_shipped(shop: Shop) -> None:
    """R-ORD-50, R-DLV-06: money is recorded at once, the confirmation follows the release."""
    cart = shop.cart(shop.product())
    payment = cart.submitted()
    shop.staff("POST", f"/orders/{cart.id}/hold", {"reason": "looks odd"}).ok()
    shop.tell("succeeded", payment).ok(200)
    held = eventually(lambda: (order := cart.order())["payment_status"] == "paid" and order, what="the money of the held order")
    assert (held["state"], held["hold"]["reason"]) == ("quotation", "looks odd")
    refused = shop.staff("POST", f"/orders/{cart.id}/confirm", {})
    assert (refused.status, refused.code) == (409, "order_held")
    assert cart.id in [order["id"] for order in shop.listed("/orders", view="on_hold")]

    shop.staff("POST", f"/orders/{cart.id}/release", {}).ok()
    order = eventually(lambda: (order := cart.order("deliveries"))["deliveries"] and order, what="the confirmation after the release")
    shop.staff("POST", f"/orders/{cart.id}/hold", {"reason": "still odd"}).ok()
    delivery = order["deliveries"][0]["id"]
    eventually(lambda: shop.staff("GET", f"/deliveries/{delivery}").ok()["held"], what="the held delivery")
    refused = shop.staff("POST", f"/deliveries/{delivery}/validate", {})
    assert (refused.status, refused.code) == (409, "order_held")
    shop.staff("POST", f"/orders/{cart.id}/release", {}).ok()
    eventually(lambda: shop.staff("POST", f"/deliveries/{delivery}/validate", {}).status == 200, what="the released delivery")


def test_a_phone_quotation_is_sent_and_its_customer_pays_by_wire(shop: Shop) -> None:
    """O5, O3, R-NOT-04, R-NOT-09: the offer by mail, accepted at its link; then how to pay; then the confirmation; each mail once."""
    order = _taken(shop, shop.product(on_hand=3), 2)
    sent = shop.staff("POST", f"/orders/{order['id']}/send", {"message": "As talked about."}, key=shop.key("sales")).ok()
    assert (sent["state"], sent["status"], sent["number"]) == ("quotation_sent", "quotation_sent", order["number"])
    assert shop.staff("POST", f"/orders/{order['id']}/send", {}).ok()["version"] == sent["version"]
    offer = _mail(shop, order, "quotation")
    assert "As talked about." in offer["text"]
    token = re.search(r"\?token=([\w-]+)", offer["text"])
    assert token, offer["text"]

    cart = Cart(shop, order["id"], token[1], order)
    payment = cart.submitted(method="wire", expected_total=order["totals"]["total"])
    assert payment["reference"] in _mail(shop, order, "payment_instructions")["text"]
    eventually(lambda: cart.order()["status"] == "awaiting_payment", what="the accepted offer")
    for part in ("1.00", str(Decimal(payment["amount"]) - 1)):
        money = {"method": "wire", "amount": part, "receipt_number": f"W{order['number']}-{part}"}
        shop.staff("POST", f"/orders/{order['id']}/payments", money).ok(201)
    eventually(lambda: (one := cart.order("invoices"))["state"] == "confirmed" and one["invoices"], what="the paid offer")
    _mail(shop, order, "order_confirmation")
    _mail(shop, order, "invoice")
    templates = sorted(mail["template"] for mail in found(cart.mails(), audience="customer"))
    assert templates == ["invoice", "order_confirmation", "payment_instructions", "quotation"]


def test_a_confirmed_order_is_cancelled_and_its_stock_is_free(shop: Shop) -> None:
    """O10, R-ORD-51, R-ORD-53, R-STK-08, R-NOT-04: one mail, no delivery; money that comes all the same belongs to no order."""
    sku = shop.product(on_hand=2)
    order = _taken(shop, sku, 2)
    shop.staff("POST", f"/orders/{order['id']}/confirm", {}).ok()
    eventually(lambda: shop.order(order["id"], "deliveries")["deliveries"], what="the delivery")
    eventually(lambda: shop.staff("GET", f"/stock/{sku}").ok()["reserved"] == 2, what="the reservation")

    ended = shop.staff("POST", f"/orders/{order['id']}/cancel", {"reason": "customer_request"}, key=shop.key("support")).ok()
    assert (ended["state"], ended["status"], ended["cancel_reason"]) == ("cancelled", "cancelled", "customer_request")
    again = shop.staff("POST", f"/orders/{order['id']}/cancel", {"reason": "other"}).ok()
    assert (again["version"], again["cancel_reason"]) == (ended["version"], "customer_request")

    eventually(lambda: shop.staff("GET", f"/stock/{sku}").ok()["reserved"] == 0, what="the goods to be free")
    delivery = eventually(
        lambda: (one := shop.order(order["id"], "deliveries")["deliveries"][0])["state"] == "cancelled" and one, what="no delivery"
    )
    assert shop.staff("POST", f"/deliveries/{delivery['id']}/validate", {}).code == "illegal_transition"
    assert "as you wished" in _mail(shop, order, "order_cancelled")["text"]
    money = {"method": "cash", "amount": order["totals"]["total"], "receipt_number": f"K{order['number']}"}
    assert shop.staff("POST", f"/orders/{order['id']}/payments", money).ok(201)["orphaned"] is True
    eventually(lambda: shop.listed("/tasks", kind="payment_orphaned", order_id=order["id"]), what="the task about the money")
    assert shop.order(order["id"])["state"] == "cancelled"
    mails = shop.listed("/notifications", order_id=order["id"], limit="100")
    templates = sorted(mail["template"] for mail in found(mails, audience="customer"))
    assert templates == ["order_cancelled", "order_confirmation"]


def _mail(shop: Shop, order: Any, template: str) -> Any:
    mails: Any = eventually(
        lambda: found(shop.listed("/notifications", order_id=order["id"], limit="100"), template=template, state="sent"),
        what=f"the mail {template}",
    )
    assert len(mails) == 1
    return shop.staff("GET", f"/notifications/{mails[0]['id']}").ok()
