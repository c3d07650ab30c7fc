"""Orders paid without the provider: by wire, in the shop, at the door; and what becomes of those that are not paid."""

from __future__ import annotations

from typing import Any, Final

from tests.support.following import eventually, everything_followed_once
from tests.support.shop import Shop
from tests.support.shop_client import Cart

PERSIAN: Final = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def _sent(cart: Cart) -> Any:
    order: Any = eventually(lambda: (order := cart.order("payments"))["state"] == "quotation_sent" and order, what="the order to be sent")
    return order


def _mail(shop: Shop, cart: Cart, template: str) -> Any:
    mails: Any = eventually(lambda: [mail for mail in cart.mails("sent") if mail["template"] == template], what=f"the mail {template}")
    assert len(mails) == 1
    return shop.staff("GET", f"/notifications/{mails[0]['id']}").ok()


def _pays(shop: Shop, cart: Cart, amount: str, receipt: str, *, method: str = "wire") -> Any:
    return shop.staff("POST", f"/orders/{cart.id}/payments", {"method": method, "amount": amount, "receipt_number": receipt})


def test_an_order_paid_by_wire_waits_with_nothing_reserved_and_is_confirmed_by_its_money(shop: Shop) -> None:
    """R-ORD-32, R-ORD-35, R-ORD-36, R-PAY-14, R-NOT-09: quotation_sent until the money is recorded; the instructions are mailed once."""
    sku = shop.product(on_hand=5)
    cart = shop.cart(sku)
    payment = cart.submitted(method="wire")
    assert (payment["state"], payment["kind"], payment["reference"]) == ("pending", "offline", cart.order()["number"])
    assert payment["instructions"]["amount"] == payment["amount"]

    order = _sent(cart)
    assert (order["status"], order["payment_status"]) == ("awaiting_payment", "unpaid")
    stock = shop.staff("GET", f"/stock/{sku}").ok()
    assert (stock["held"], stock["reserved"]) == (0, 0)
    assert order["id"] in [one["id"] for one in shop.listed("/orders", view="unpaid", q=order["number"])]
    told = _mail(shop, cart, "payment_instructions")
    assert payment["reference"] in told["text"]
    assert payment["amount"] in told["text"]
    assert cart.submitted(method="wire")["id"] == payment["id"]

    receipt = f"TT{order['number']}"
    assert _pays(shop, cart, "1.00", receipt).ok(201)["state"] == "captured"
    partly = eventually(lambda: (order := cart.order("payments"))["payment_status"] == "partial" and order, what="the part of the money")
    assert (partly["state"], partly["totals"]["outstanding"]) == ("quotation_sent", "19.71")

    paid = _pays(shop, cart, "19.71", f"RB-{order['number'][-3:]}".translate(PERSIAN)).ok(201)
    assert paid["receipt_number"] == f"RB-{order['number'][-3:]}"
    confirmed = eventually(lambda: (order := cart.order("deliveries", "invoices"))["invoices"] and order["deliveries"] and order)
    assert (confirmed["state"], confirmed["status"], confirmed["payment_status"]) == ("confirmed", "remote_payment_accepted", "paid")
    assert len(confirmed["deliveries"]) == len(confirmed["invoices"]) == 1

    again = _pays(shop, cart, "19.71", f"RB-{order['number'][-3:]}")
    assert again.ok(200)["id"] == paid["id"]
    other = shop.cart(sku)
    other.submitted(method="wire")
    refused = _pays(shop, other, "20.71", f"RB-{order['number'][-3:]}")
    assert (refused.status, refused.code) == (409, "duplicate_receipt")
    found = shop.listed("/orders", q=f"RB-{order['number'][-3:]}".translate(PERSIAN))
    assert [one["id"] for one in found] == [cart.id]


def test_an_unpaid_wire_order_is_reminded_of_once_and_expires_with_one_mail(shop: Shop) -> None:
    """R-ORD-54, R-ORD-55, api.md 13.3: only where the method says so; the goods are free again."""
    sku = shop.product(on_hand=1)
    shop.stop_time()
    without = shop.cart(shop.product())
    without.submitted(method="wire")
    shop.staff("PATCH", "/payment_methods/wire", {"hold_minutes": 120, "reminder_minutes": 60, "on_expiry": "cancel"}).ok()
    try:
        cart = shop.cart(sku)
        payment = cart.submitted(method="wire")
    finally:
        shop.staff("PATCH", "/payment_methods/wire", {"hold_minutes": None, "reminder_minutes": None}).ok()
    assert payment["instructions"]["deadline_at"]
    assert _sent(cart)["payment_deadline_at"] == payment["instructions"]["deadline_at"]
    assert shop.staff("GET", f"/stock/{sku}").ok()["held"] == 1

    shop.pass_time(minutes=61)
    _mail(shop, cart, "payment_reminder")
    shop.pass_time(minutes=61)
    order = eventually(lambda: (order := cart.order("payments"))["state"] == "cancelled" and order, what="the expired order")
    assert (order["cancel_reason"], order["payments"][0]["state"]) == ("payment_expired", "cancelled")
    _mail(shop, cart, "payment_expired")
    eventually(lambda: shop.staff("GET", f"/stock/{sku}").ok()["held"] == 0, what="the goods to be free")
    templates = sorted(mail["template"] for mail in cart.mails())
    assert templates == ["payment_expired", "payment_instructions", "payment_reminder"]
    assert without.order()["state"] == "quotation_sent"

    late = _pays(shop, cart, payment["amount"], f"LATE{order['number']}").ok(201)
    assert (late["state"], late["orphaned"]) == ("captured", True)
    assert cart.order()["state"] == "cancelled"
    eventually(lambda: shop.listed("/tasks", kind="payment_orphaned", order_id=cart.id), what="the task about money without an order")


def test_an_order_fetched_in_the_shop_is_paid_at_the_counter(shop: Shop) -> None:
    """R-PAY-19, R-DLV-21, R-NOT-06, R-ORD-38: only with a pickup; confirmed by staff unpaid; a code by mail; handing over is delivery."""
    shop.staff("PUT", "/shipping_methods/fetch", {**_FETCH}).ok()
    sku = shop.product(on_hand=3)
    shipped = shop.cart(sku)
    refused = shipped.submit(method="pay_at_pickup")
    assert (refused.status, refused.code) == (422, "payment_method_unavailable")
    eventually(lambda: "fetch" in [one["code"] for one in shipped.call("GET", "/shipping_methods").ok()["data"]], what="the pickup")

    cart = shop.cart(sku, shipping_method="fetch", shipping_address=None)
    offered = {method["code"]: method["available"] for method in cart.call("GET", "/payment_methods").ok()["data"]}
    assert (offered["pay_at_pickup"], offered["cash_on_delivery"], "cash" in offered) == (True, False, False)
    cart.submitted(method="pay_at_pickup")
    _sent(cart)

    order = shop.staff("POST", f"/orders/{cart.id}/confirm", {}, key=shop.key("sales")).ok()
    assert (order["state"], order["payment_status"]) == ("confirmed", "unpaid")
    confirmation = _mail(shop, cart, "order_confirmation")
    assert order["totals"]["total"] in confirmation["text"]
    ready = eventually(lambda: (order := cart.order("deliveries"))["status"] == "ready_for_pickup" and order, what="the ready pickup")
    told = _mail(shop, cart, "ready_for_pickup")
    assert order["number"] in told["subject"]
    assert ready["deliveries"][0]["pickup_code"] in told["text"]

    done = shop.staff("POST", f"/deliveries/{ready['deliveries'][0]['id']}/validate", {}).ok()
    assert done["parcels"][0]["state"] == "delivered"
    delivered = eventually(lambda: (order := cart.order("invoices"))["delivery_status"] == "full" and order, what="the handed-over order")
    assert delivered["status"] == "delivered"
    assert eventually(lambda: cart.order("invoices")["invoices"], what="the invoice at the first hand-over, as it is unpaid still")

    _pays(shop, cart, order["totals"]["total"], f"C{order['number']}", method="pay_at_pickup").ok(201)
    eventually(lambda: cart.order("invoices")["invoices"][0]["payment_state"] == "paid", what="the paid invoice")
    assert "parcel_shipped" not in [mail["template"] for mail in cart.mails()]


_FETCH: Final = {
    "names": {"en": "Fetch it", "fa": "تحویل حضوری", "vi": "Nhận tại cửa hàng", "ru": "Самовывоз"},
    "price": "0.00",
    "currency": "EUR",
    "tax_rate": "19",
    "pickup": True,
    "active": True,
}


def test_a_method_that_confirms_when_pending_confirms_at_submit(shop: Shop) -> None:
    """R-ORD-37: for offline methods only; an online one refuses it."""
    refused = shop.staff("PATCH", "/payment_methods/card", {"confirm_on": "pending"})
    assert (refused.status, refused.code) == (422, "confirm_on_not_allowed")
    shop.staff("PATCH", "/payment_methods/cash_on_delivery", {"confirm_on": "pending"}).ok()
    try:
        cart = shop.cart(shop.product())
        cart.submitted(method="cash_on_delivery")
        order = eventually(lambda: (order := cart.order("deliveries"))["deliveries"] and order, what="the delivery of an unpaid order")
    finally:
        shop.staff("PATCH", "/payment_methods/cash_on_delivery", {"confirm_on": "captured"}).ok()
    assert (order["state"], order["status"], order["payment_status"]) == ("confirmed", "confirmed", "unpaid")
    assert order["totals"]["total"] in _mail(shop, cart, "order_confirmation")["text"]


def test_a_declined_card_can_be_followed_by_a_wire_and_the_other_way_round(shop: Shop) -> None:
    """R-PAY-11, R-ORD-09: the failed one is cancelled first; while a wire is awaited another method is refused."""
    cart = shop.cart(shop.product())
    card = cart.submitted()
    shop.tell("payment_failed", card).ok(200)
    eventually(lambda: cart.order()["status"] == "payment_error", what="the declined card")
    wire = cart.submitted(method="wire")
    assert wire["state"] == "pending"
    order = _sent(cart)
    assert {one["id"]: one["state"] for one in cart.payments()} == {card["id"]: "cancelled", wire["id"]: "pending"}
    refused = cart.submit(method="card")
    assert (refused.status, refused.code) == (409, "payment_in_progress")
    assert wire["amount"] == order["totals"]["total"]

    # The bank takes the money after all: it belongs to no payment that the order still has (P10).
    assert shop.tell("succeeded", card).ok(200)["state"] == "applied"
    eventually(lambda: [one["orphaned"] for one in cart.payments() if one["id"] == card["id"]] == [True], what="the orphaned money")
    assert cart.order()["state"] == "quotation_sent"


def test_a_prepayment_confirms_and_the_rest_stays_due(shop: Shop) -> None:
    """R-ORD-36: submit asks for round(total x percent / 100)."""
    shop.staff("PATCH", "/settings", {"orders": {"prepayment_percent": 30}}).ok()
    try:
        cart = shop.cart(shop.product(price="100.00"))
    finally:
        shop.staff("PATCH", "/settings", {"orders": {"prepayment_percent": None}}).ok()
    payment = cart.submitted()
    assert payment["amount"] == "37.45"
    shop.tell("succeeded", payment).ok(200)
    order = eventually(lambda: (order := cart.order())["state"] == "confirmed" and order, what="the prepaid order")
    assert (order["payment_status"], order["totals"]["outstanding"]) == ("partial", "87.38")
    _pays(shop, cart, "87.38", f"REST{order['number']}").ok(201)
    eventually(lambda: cart.order()["payment_status"] == "paid", what="the rest")


def test_card_orders_go_their_way_beside_them(shop: Shop) -> None:
    """R-ORD-39: from confirmation on orders are treated alike, however they were paid."""
    cart = shop.cart(shop.product())
    shop.tell("succeeded", cart.submitted()).ok(200)
    everything_followed_once(shop, cart)
