"""README.md, what a shop can do today: deliver, and write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.strangers.test_selling import NAMES, confirmed, mailed
from tests.support.following import eventually
from tests.support.shop import Shop
from tests.support.shop_client import GERMANY, Cart


@contextmanager
def set_to(shop: Shop, group: str, **values: Any) -> Iterator[None]:
    """Settings for a while."""
    shop.staff("PATCH", "/settings", {group: values}).ok()
    yield
    shop.staff("PATCH", "/settings", {group: dict.fromkeys(values)}).ok()


def paid(shop: Shop, quantity: int = 1, **fields: Any) -> Cart:
    """An order whose money is there."""
    cart = shop.cart(shop.product(), quantity, **fields)
    shop.tell("succeeded", cart.submitted()).ok()
    confirmed(cart)
    return cart


def delivery(cart: Cart, state: str = "ready") -> Any:
    """One of its deliveries, once one is in that state."""

    def found() -> Any:
        return next((one for one in cart.order("deliveries")["deliveries"] if one["state"] == state), None)

    return eventually(found, what=f"a delivery that is {state}")


def does(shop: Shop, one: Any, command: str, **body: Any) -> Any:
    """Staff do something with a delivery."""
    return shop.staff("POST", f"/deliveries/{one['id']}/{command}", body or None).ok()


def test_reserve_a_confirmed_orders_goods(shop: Shop) -> None:
    """What is short waits for stock and is served when it is counted in."""
    sku = shop.product(on_hand=1)
    cart = shop.cart(sku, 2)
    shop.staff("POST", f"/orders/{cart.id}/confirm", {"accept_shortage": True}).ok()
    eventually(lambda: shop.staff("GET", f"/stock/{sku}").ok()["reserved"] == 1, what="what there is")
    shop.staff("PUT", f"/stock/{sku}", {"on_hand": 5}).ok()
    eventually(lambda: shop.staff("GET", f"/stock/{sku}").ok()["reserved"] == 2, what="what came")


def test_send_goods_in_one_step_or_pick_pack_and_ship_them(shop: Shop) -> None:
    """One chain of steps per order."""
    with set_to(shop, "delivery", steps="pick_pack_ship"):
        cart = paid(shop)
        delivery(cart)
    assert sorted(one["step"] for one in cart.order("deliveries")["deliveries"]) == ["pack", "pick", "ship"]
    for step in ("pick", "pack", "ship"):
        ready = delivery(cart)
        assert ready["step"] == step
        does(shop, ready, "validate")
    eventually(lambda: cart.order()["delivery_status"] == "full", what="the shipped order")


def test_hand_over_a_part(shop: Shop) -> None:
    """The rest follows in a chain of its own, or is cancelled, as whoever hands over says."""
    for backorder in (True, False):
        cart = paid(shop, 2)
        ready = delivery(cart)
        does(shop, ready, "validate", lines=[{"line_id": ready["lines"][0]["id"], "quantity": 1}], backorder=backorder)
        status = "partial" if backorder else "full"
        order = eventually(lambda: (one := cart.order("deliveries"))["delivery_status"] == status and one, what=status)  # noqa: B023
        assert len(order["deliveries"]) == (2 if backorder else 1)


def test_plan_begin_free_call_off_and_deliver_anew(shop: Shop) -> None:
    """Nothing leaves of an order that is held."""
    cart = paid(shop)
    ready = delivery(cart)
    does(shop, ready, "assign", picker="lena", priority=9)
    does(shop, ready, "start")
    assert does(shop, ready, "unreserve")["state"] == "waiting_stock"
    assert does(shop, ready, "reserve")["state"] == "ready"
    assert does(shop, ready, "cancel")["state"] == "cancelled"
    [anew] = shop.staff("POST", f"/orders/{cart.id}/deliveries").ok(201)["data"]
    shop.staff("POST", f"/orders/{cart.id}/hold", {"reason": "look at it"}).ok()
    held = eventually(lambda: delivery(cart)["hold_reasons"], what="the held delivery")
    refused = shop.staff("POST", f"/deliveries/{anew['id']}/validate", {})
    assert (held, refused.status, refused.code) == (["order"], 409, "order_held")


def test_send_with_a_tracking_number(shop: Shop) -> None:
    """Also one that comes later; note what becomes of the parcel."""
    cart = paid(shop)
    [parcel] = does(shop, delivery(cart), "validate")["parcels"]
    shop.staff("PATCH", f"/parcels/{parcel['id']}", {"tracking_number": "1Z999"}).ok()
    shop.staff("POST", f"/parcels/{parcel['id']}/events", {"state": "delivered"}).ok()
    eventually(lambda: cart.order()["status"] == "delivered", what="the delivered parcel")


def test_keep_for_pickup_with_a_code(shop: Shop) -> None:
    """The customer is told it by mail."""
    fetch = {"names": {"en": "Fetch it"}, "price": "0.00", "currency": "EUR", "tax_rate": "19", "pickup": True, "active": True}
    shop.staff("PUT", "/shipping_methods/fetch", fetch).ok()
    waiting = shop.cart(shop.product())
    eventually(lambda: "fetch" in [one["code"] for one in waiting.call("GET", "/shipping_methods").ok()["data"]], what="the pickup")
    cart = paid(shop, shipping_method="fetch", shipping_address=None)
    code = delivery(cart)["pickup_code"]
    [mail] = mailed(cart, "ready_for_pickup")
    assert code in shop.staff("GET", f"/notifications/{mail['id']}").ok()["text"]


def test_count_stock_and_read_every_move(shop: Shop) -> None:
    """By warehouse and place; what came, was lost, found or scrapped."""
    sku = shop.product(on_hand=5)
    shop.staff("PUT", f"/stock/{sku}", {"on_hand": 2, "warehouse": "berlin", "location": "A-1"}).ok()
    for reason, quantity in (("received", 3), ("lost", -1), ("found", 1), ("scrapped", -2)):
        shop.staff("POST", "/stock/moves", {"sku": sku, "quantity": quantity, "reason": reason}).ok(201)
    assert shop.staff("GET", f"/stock/{sku}").ok()["on_hand"] == 8
    moves = shop.listed("/stock/moves", sku=sku)
    assert sum(move["quantity"] for move in moves) == 8
    assert {move["reason"] for move in moves} == {"count", "received", "lost", "found", "scrapped"}


def test_post_invoices(shop: Shop) -> None:
    """On confirmation, on delivery or on request; a draft at first if wanted; without gap or double; a PDF kept, in four languages."""
    with set_to(shop, "billing", invoice_trigger={"private": "on_request"}):
        for language in NAMES:
            cart = paid(shop, language=language)
            draft = eventually(lambda: _draft(shop, cart), what="a draft")  # noqa: B023
            assert (draft["state"], draft["number"]) == ("draft", None)
            shop.staff("POST", f"/invoices/{draft['id']}/post").ok()
            pdf = eventually(lambda: (one := shop.staff("GET", f"/invoices/{draft['id']}/pdf")).status == 200 and one)  # noqa: B023
            assert pdf.raw.startswith(b"%PDF-")
            assert shop.staff("GET", f"/invoices/{draft['id']}/pdf").raw == pdf.raw
    with set_to(shop, "billing", invoice_trigger={"private": "on_delivery"}):
        cart = paid(shop)
        ready = delivery(cart)
        assert cart.order("invoices")["invoices"] == []
        does(shop, ready, "validate")
        eventually(lambda: len(cart.order("invoices")["invoices"]) == 1, what="the invoice of the hand-over")
    numbers = sorted(int(one["number"].rsplit("/", 1)[1]) for one in shop.listed("/invoices", state="posted", limit="100"))
    assert numbers == list(range(1, len(numbers) + 1))


def _draft(shop: Shop, cart: Cart) -> Any:
    """None as long as billing has not heard of the confirmation."""
    reply = shop.staff("POST", f"/orders/{cart.id}/invoices", {"post": False})
    return None if reply.status == 409 else reply.ok(201)


def test_give_a_pro_forma_until_there_is_an_invoice(shop: Shop) -> None:
    """With how to pay. Remind of invoices that are overdue."""
    with set_to(shop, "billing", reminder_days=[1], invoice_trigger={"private": "on_confirm"}):
        shop.stop_time()
        cart = shop.cart(shop.product())
        cart.submitted(method="wire")
        listed = eventually(lambda: cart.call("GET", "/documents", below="orders").ok()["data"], what="the pro forma")
        assert [one["type"] for one in listed] == ["pro_forma"]
        assert cart.call("GET", f"/documents/{listed[0]['id']}/pdf", below="orders").raw.startswith(b"%PDF-")
        shop.staff("POST", f"/orders/{cart.id}/confirm", {}).ok()
        types = eventually(lambda: {one["type"] for one in cart.call("GET", "/documents", below="orders").ok()["data"]} == {"invoice"})
        assert types
        shop.pass_time(minutes=60 * 24 * 2)
        assert len(mailed(cart, "invoice_reminder")) == 1


def test_mail_to_customers(shop: Shop) -> None:
    """The confirmation, the invoice, the shipped parcel, the new order to the shop; sent again by hand."""
    cart = paid(shop)
    does(shop, delivery(cart), "validate", tracking_number="1Z1")
    for template in ("order_confirmation", "invoice", "new_order", "parcel_shipped"):
        assert len(mailed(cart, template)) == 1, template
    subjects = shop.mails_to(cart.order()["customer"]["email"])
    assert len(subjects) == 3
    [confirmation] = mailed(cart, "order_confirmation")
    shop.staff("POST", f"/notifications/{confirmation['id']}/resend").ok()
    eventually(lambda: len(shop.mails_to(cart.order()["customer"]["email"])) == 4, what="the same mail once more")


def test_sellers_hear_of_their_lines(shop: Shop) -> None:
    """ "the new order to its sellers and the shop": by mail, each their own."""
    shop.staff("PUT", "/sellers/weavers", {"name": "The Weavers", "emails": ["orders@weavers.example"]}).ok(201)
    cart = shop.cart(shop.product(seller_id="weavers"), shipping_address=GERMANY)
    shop.tell("succeeded", cart.submitted()).ok()
    eventually(lambda: len(mailed(cart, "new_order")) == 2, what="a mail to the seller and one to the shop")
    assert len(shop.mails_to("orders@weavers.example")) == 1
