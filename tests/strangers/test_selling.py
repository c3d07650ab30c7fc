"""README.md, what a shop can do today: sell, and be paid."""

from __future__ import annotations

import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.following import eventually
from tests.support.shop import Shop
from tests.support.shop_client import GERMANY, Cart, event_of

NAMES = {"en": "Cup", "fa": "فنجان", "vi": "Tách", "ru": "Чашка"}
PASSWORD = "a long sentence"


def confirmed(cart: Cart) -> Any:
    """The order once it is binding."""
    return eventually(lambda: (order := cart.order("deliveries", "invoices"))["state"] == "confirmed" and order, what="the confirmed order")


def mailed(cart: Cart, template: str) -> list[Any]:
    """Mails of that kind that have gone out, once there is one."""
    found: list[Any] = eventually(lambda: [mail for mail in cart.mails("sent") if mail["template"] == template], what=template)
    return found


def test_keep_a_catalogue(shop: Shop) -> None:
    """Names in four languages, prices in several currencies, tax rates by country, many at a time."""
    rows = [
        {"sku": f"cup-{n}", "names": NAMES, "price": "4.00", "currency": "EUR", "prices": {"USD": "5.00"}}
        | {"tax_rate": "19", "tax_rates": {"AT": "20"}, "type": kind}
        for n, kind in enumerate(("goods", "service", "digital"))
    ]
    shop.staff("PUT", "/products", {"data": rows}).ok()
    vienna = GERMANY | {"country": "AT"}
    made = shop.store("POST", "/carts", {"lines": [{"sku": "cup-0", "quantity": 1}], "currency": "USD", "shipping_address": vienna}).ok(201)
    assert (made["totals"]["net"], made["totals"]["tax"]) == ("5.00", "1.00")
    shop.staff("PUT", "/sellers/potters", {"name": "The Potters", "emails": ["orders@potters.example"]}).ok(201)
    assert shop.listed("/sellers", limit="10")
    assert shop.listed("/shipping_methods")


def test_offer_carts_to_guests(shop: Shop) -> None:
    """What lacks, methods that fit, and a cart that does not exist for others."""
    sku = shop.product()
    made = shop.store("POST", "/carts", {"lines": [{"sku": sku, "quantity": 1}]}).ok(201)
    assert {item["code"] for item in made["requirements"]} >= {"contact_missing", "shipping_address_missing"}
    assert shop.store("GET", f"/carts/{made['id']}", token="another").status == 404
    cart = shop.cart(sku)
    assert "standard" in [one["code"] for one in cart.call("GET", "/shipping_methods").ok()["data"]]
    assert "card" in [one["code"] for one in cart.call("GET", "/payment_methods").ok()["data"]]


def test_submit_a_cart_in_one_call(shop: Shop) -> None:
    """The goods are held, the payment is opened; repeated or sent twice at once, it gives the same order."""
    sku = shop.product(on_hand=3)
    cart = shop.cart(sku, 2)
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda _: cart.submit(), range(2)))
    payments = {reply.body["payment"]["id"] for reply in [*replies, cart.submit()] if reply.status == 200}
    assert len(payments) == 1
    assert shop.staff("GET", f"/stock/{sku}").ok()["held"] == 2


def test_let_customers_register_and_sign_in(shop: Shop) -> None:
    """Their orders are theirs without a token, and an equal e-mail address opens nothing."""
    email = f"ada-{secrets.token_hex(4)}@example.org"
    token = shop.store("POST", "/customers", {"email": email, "password": PASSWORD, "name": "Ada"}).ok(201)["token"]
    signed_in = {"Authorization": f"Bearer {token}"}
    sku = shop.product()
    own = shop.store("POST", "/carts", {"lines": [{"sku": sku, "quantity": 1}]}, headers=signed_in).ok(201)
    assert shop.store("GET", f"/orders/{own['id']}", headers=signed_in).status == 200
    guests = shop.cart(sku, email=email)
    assert shop.store("GET", f"/orders/{guests.id}", headers=signed_in).status == 404


def test_write_down_an_order_for_a_customer(shop: Shop) -> None:
    """Discounts, vouchers and prices of its own, a note, tags, a promised day, a part to be paid before, an end of its validity."""
    soon = (datetime.now(UTC) + timedelta(days=9)).isoformat(timespec="seconds").replace("+00:00", "Z")
    body = {
        "customer": {"name": "Sara", "email": "sara@example.org"},
        "lines": [{"sku": shop.product(), "quantity": 2, "unit_price": "10.00", "price_reason": "an old promise"}],
        "discounts": [
            {"label": "Friends", "type": "percent", "value": "10"},
            {"label": "Voucher", "type": "voucher", "value": "2.00"},
        ],
        "shipping_address": GERMANY,
        "note": "ask for Lena",
        "tags": ["fair"],
        "promised_at": soon,
        "valid_until": soon,
        "prepayment_percent": 30,
    }
    order = shop.staff("POST", "/orders", body).ok(201)
    assert order["totals"]["total"] == "19.42"
    assert (order["note"], order["tags"], order["prepayment_percent"]) == ("ask for Lena", ["fair"], 30)


def test_confirm_an_order_by_hand(shop: Shop) -> None:
    """The goods are reserved or their shortage accepted; money is recorded in the same call."""
    cart = shop.cart(shop.product(on_hand=1), 2)
    refused = shop.staff("POST", f"/orders/{cart.id}/confirm", {})
    assert (refused.status, refused.code) == (409, "out_of_stock")
    body = {"accept_shortage": True, "record_payment": {"method": "cash", "amount": cart.made["totals"]["total"]}}
    shop.staff("POST", f"/orders/{cart.id}/confirm", body).ok()
    eventually(lambda: cart.order()["payment_status"] == "paid", what="the recorded money")


def test_send_a_quotation_by_mail(shop: Shop) -> None:
    """With a word to its customer, who accepts it at the link and pays by any method."""
    cart = shop.cart(shop.product())
    shop.staff("POST", f"/orders/{cart.id}/send", {"message": "as we said on the phone"}).ok()
    [mail] = mailed(cart, "quotation")
    text = shop.staff("GET", f"/notifications/{mail['id']}").ok()["text"]
    assert "as we said on the phone" in text
    link = re.search(rf"{cart.id}\?token=(\S+)", text)
    assert link is not None, text
    assert shop.store("POST", f"/orders/{cart.id}/submit", {"payment_method": "wire"}, token=link[1]).status == 200


def test_cancel_an_order(shop: Shop) -> None:
    """Its goods are free, and customer and sellers are told once. Not while money is taken."""
    sku = shop.product(on_hand=1)
    cart = shop.cart(sku)
    cart.submitted()
    shop.staff("POST", f"/orders/{cart.id}/cancel", {"reason": "customer_request"}).ok()
    eventually(lambda: shop.staff("GET", f"/stock/{sku}").ok()["available"] == 1, what="the free goods")
    assert len(mailed(cart, "order_cancelled")) == 1
    paid = shop.cart(sku)
    shop.tell("succeeded", paid.submitted()).ok()
    confirmed(paid)
    refused = shop.staff("POST", f"/orders/{paid.id}/cancel", {"reason": "customer_request"})
    assert (refused.status, refused.code) == (409, "illegal_transition")


def test_hold_an_order_and_release_it(shop: Shop) -> None:
    """Money is recorded meanwhile, nothing of it leaves."""
    cart = shop.cart(shop.product())
    payment = cart.submitted()
    shop.staff("POST", f"/orders/{cart.id}/hold", {"reason": "look at it"}).ok()
    shop.tell("succeeded", payment).ok()
    eventually(lambda: cart.order()["payment_status"] == "paid", what="the money")
    assert (cart.order()["state"], cart.order("deliveries")["deliveries"]) == ("quotation", [])
    shop.staff("POST", f"/orders/{cart.id}/release", {}).ok()
    confirmed(cart)


def test_take_cards_through_stripe(shop: Shop) -> None:
    """Webhooks are applied once and may come twice; a wrong amount never confirms; the clock asks after a payment without a webhook."""
    cart = shop.cart(shop.product())
    raw = event_of("succeeded", cart.submitted())
    assert [shop.hook(raw).ok(200)["duplicate"] for _ in range(2)] == [False, True]
    confirmed(cart)
    wrong = shop.cart(shop.product())
    shop.tell("succeeded", wrong.submitted(), amount=1).ok()
    eventually(lambda: wrong.order()["status"] == "payment_error", what="the wrong amount")
    assert wrong.order()["state"] == "quotation"
    silent = shop.cart(shop.product())
    shop.bank(silent.submitted(), "succeed", webhook=False)
    shop.pass_time(minutes=6)
    confirmed(silent)


def test_take_the_money_by_hand(shop: Shop) -> None:
    """Authorised at first; what is not taken is released."""
    shop.staff("PATCH", "/payment_methods/card", {"capture": "by_hand"}).ok()
    cart = shop.cart(shop.product())
    payment = cart.submitted()
    shop.staff("PATCH", "/payment_methods/card", {"capture": "automatic"}).ok()
    shop.bank(payment, "authorize")
    eventually(lambda: cart.order()["payment_status"] == "authorized", what="the promised money")
    taken = shop.staff("POST", f"/payments/{payment['id']}/capture", {}).ok()
    assert (taken["state"], taken["captured"]) == ("captured", payment["amount"])


def test_take_bank_transfers(shop: Shop) -> None:
    """With instructions in four languages and a reference."""
    texts = set()
    for language in NAMES:
        payment = shop.cart(shop.product(), language=language).submitted(method="wire")
        assert payment["reference"]
        texts.add(payment["instructions"]["text"])
    assert len(texts) == 4


def test_record_money_by_hand(shop: Shop) -> None:
    """In parts, in full or too much; a receipt number counts once."""
    cart = shop.cart(shop.product())
    total = cart.submitted(method="wire")["amount"]
    body = {"method": "wire", "amount": "1.00", "receipt_number": f"R-{cart.id}"}
    first = shop.staff("POST", f"/orders/{cart.id}/payments", body).ok(201)
    assert shop.staff("POST", f"/orders/{cart.id}/payments", body).ok(200)["id"] == first["id"]
    eventually(lambda: cart.order()["payment_status"] == "partial", what="a part")
    shop.staff("POST", f"/orders/{cart.id}/payments", {"method": "wire", "amount": total}).ok(201)
    eventually(lambda: cart.order()["payment_status"] == "overpaid", what="too much")


def test_look_at_money_that_did_not_fit(shop: Shop) -> None:
    """Accept it or leave it; take note of disputes, by which an order is held."""
    cart = shop.cart(shop.product())
    payment = cart.submitted()
    shop.tell("succeeded", payment, amount=9999).ok()
    body = {"action": "accept", "note": "the customer agrees"}
    assert shop.staff("POST", f"/payments/{payment['id']}/resolve", body).ok()["captured"] == "99.99"
    assert confirmed(cart)["payment_status"] == "overpaid"
    disputed = shop.cart(shop.product())
    paid = disputed.submitted()
    shop.bank(paid, "succeed")
    confirmed(disputed)
    shop.bank(paid, "dispute")
    eventually(lambda: disputed.order()["hold"] is not None, what="the order held for its dispute")


def test_let_a_declined_customer_pay_again(shop: Shop) -> None:
    """Or with another method, or change the cart first."""
    cart = shop.cart(shop.product())
    payment = cart.submitted()
    shop.tell("payment_failed", payment).ok()
    eventually(lambda: cart.order()["status"] == "payment_error", what="the declined card")
    assert cart.submitted()["id"] == payment["id"]
    cart.call("PATCH", "", {"customer_note": "ring twice"}).ok()
    assert cart.submitted(method="wire")["state"] == "pending"


def test_let_go_of_the_goods_when_nobody_pays(shop: Shop) -> None:
    """After fifteen minutes for cards; orders that end by the clock, too."""
    sku = shop.product(on_hand=1)
    cart = shop.cart(sku)
    shop.stop_time()
    cart.submitted()
    shop.pass_time(minutes=16)
    eventually(lambda: shop.staff("GET", f"/stock/{sku}").ok()["available"] == 1, what="the free goods")


def test_see_what_goes_wrong_by_the_clock(shop: Shop) -> None:
    """Unpaid orders end, customers are reminded; one that looks like the one before is marked as a duplicate."""
    sku = shop.product()
    shop.stop_time()
    shop.staff("PATCH", "/payment_methods/wire", {"hold_minutes": 120, "reminder_minutes": 60}).ok()
    cart = shop.cart(sku, email="twice@example.org")
    cart.submitted(method="wire")
    shop.staff("PATCH", "/payment_methods/wire", {"hold_minutes": None, "reminder_minutes": None}).ok()
    again = shop.cart(sku, email="twice@example.org")
    again.submitted(method="wire")
    assert [order["id"] for order in shop.listed("/orders", duplicate="true", q="twice@example.org")] == [again.id]
    shop.pass_time(minutes=61)
    mailed(cart, "payment_reminder")
    shop.pass_time(minutes=61)
    eventually(lambda: cart.order()["state"] == "cancelled", what="the order that nobody paid")
