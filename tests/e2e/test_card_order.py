"""A card order from the cart to the doorstep, as everybody around the shop sees it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

import pypdfium2

from tests.support.following import eventually, everything_followed_once
from tests.support.shop import Shop
from tests.support.shop_client import GERMANY, Cart

ITS_SCRIPT: Final[Mapping[str, str]] = {"en": "[Yy]our order", "fa": "[آ-ی]{3}", "vi": "[ạảấầậắằếềệốồộớờợứừự]", "ru": "[А-Яа-я]{3}"}
"""What a text in the language has in it, and in no other of the four."""


def _pdf_text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(page.get_textpage().get_text_range() for page in document)


def _delivered(shop: Shop, cart: Cart, delivery_id: str) -> Any:
    done = shop.staff("POST", f"/deliveries/{delivery_id}/validate", {"tracking_number": "1Z999", "carrier": "manual"}).ok()
    shipped = eventually(lambda: (order := cart.order())["delivery_status"] == "full" and order, what="the shipped order")
    assert shipped["status"] == "shipped"
    shop.staff("POST", f"/parcels/{done['parcels'][0]['id']}/events", {"state": "delivered", "proof": {"name": "Sara"}}).ok()
    return eventually(lambda: (order := cart.order())["status"] == "delivered" and order, what="the delivered order")


def test_a_cart_becomes_a_delivered_order(shop: Shop) -> None:
    """R-ORD-01, R-ORD-32, R-INV-02, R-DLV-01, R-DLV-16: every state on the way, in one record that keeps its id."""
    sku = shop.product(on_hand=10)
    made = shop.store("POST", "/carts", {"lines": [{"sku": sku, "quantity": 1}], "language": "en"}).ok(201)
    cart = Cart(shop, made["id"], made["order_token"], made)
    assert (made["state"], made["status"]) == ("quotation", "cart")
    assert {item["code"] for item in made["requirements"]} == {"contact_missing", "shipping_address_missing", "shipping_method_missing"}

    line = made["lines"][0]["id"]
    cart.call("PATCH", f"/lines/{line}", {"quantity": 2}).ok()
    offered = cart.call("GET", "/shipping_methods").ok()["data"]
    assert [(method["code"], method["total"]) for method in offered if method["code"] == "standard"] == [("standard", "5.83")]
    edited = cart.call(
        "PATCH", "", {"email": "sara@example.org", "name": "Sara", "shipping_address": GERMANY, "shipping_method": "standard"}
    ).ok()
    assert edited["requirements"] == []
    assert (edited["totals"]["net"], edited["totals"]["tax"], edited["totals"]["total"]) == ("29.90", "5.68", "35.58")
    assert {method["code"]: method["available"] for method in cart.call("GET", "/payment_methods").ok()["data"]}["card"] is True

    answer = cart.submit(expected_total="35.58").ok(200)
    order, payment = answer["order"], answer["payment"]
    assert (order["state"], order["status"], order["payment_status"]) == ("quotation", "incomplete", "unpaid")
    assert (payment["state"], payment["amount"], payment["reference"]) == ("created", "35.58", order["number"])
    assert payment["client_secret"].startswith(payment["provider_ref"])
    held = shop.listed("/reservations", order_id=cart.id)
    assert [(one["kind"], one["state"]) for one in held] == [("hold", "active")]
    assert shop.staff("GET", f"/stock/{sku}").ok()["held"] == 2

    shop.staff("POST", f"/simulators/stripe/{payment['provider_ref']}/succeed", {}).ok()
    paid = everything_followed_once(shop, cart)
    assert paid["status"] == "payment_accepted"
    assert paid["number"] == order["number"]
    assert paid["totals"]["paid"] == "35.58"
    stock = shop.staff("GET", f"/stock/{sku}").ok()
    assert (stock["on_hand"], stock["reserved"], stock["held"], stock["available"]) == (10, 2, 0, 8)

    delivered = _delivered(shop, cart, paid["deliveries"][0]["id"])
    assert (delivered["state"], delivered["delivery_status"], delivered["invoice_status"]) == ("confirmed", "full", "invoiced")
    stock = shop.staff("GET", f"/stock/{sku}").ok()
    assert (stock["on_hand"], stock["reserved"]) == (8, 0)
    eventually(lambda: [mail["state"] for mail in cart.mails() if mail["template"] == "parcel_shipped"] == ["sent"])
    subjects = shop.mails_to("sara@example.org")
    assert len(subjects) == len(set(subjects)) == 3

    seen = cart.seen()
    assert [(parcel["state"], parcel["tracking_number"]) for parcel in seen["parcels"]] == [("delivered", "1Z999")]
    assert [(one["type"], one["total"]) for one in seen["documents"]] == [("invoice", "35.58")]
    assert "assignment" not in seen
    assert "order_token" not in seen


def test_the_invoice_is_what_the_api_says_and_its_bytes_never_change(shop: Shop) -> None:
    """R-DOC-09, R-INV-08: total and number in the PDF's text; its SHA-256 in the API and as ETag; customer and staff get the same file."""
    cart = shop.cart(shop.product(), 2)
    shop.tell("succeeded", cart.submitted()).ok()
    order = everything_followed_once(shop, cart)
    invoice = order["invoices"][0]

    first = shop.staff("GET", f"/invoices/{invoice['id']}/pdf")
    assert first.status == 200
    assert first.headers["content-type"] == "application/pdf"
    assert first.headers["etag"] == f'"{invoice["pdf_sha256"]}"'
    assert hashlib.sha256(first.raw).hexdigest() == invoice["pdf_sha256"]
    text = _pdf_text(first.raw)
    assert all(shown in text for shown in ("35.58", "29.90", "5.68", invoice["number"], order["number"])), text

    shop.staff("PATCH", "/settings", {"store": {"name": "Another name"}}).ok()
    try:
        again = cart.call("GET", f"/documents/{invoice['id']}/pdf", below="orders")
        link = cart.call("GET", "/documents", below="orders").ok()["data"][0]["url"]
        signed = shop.call("GET", link.removeprefix(f"http://127.0.0.1:{shop.port}"))
        assert first.raw == again.raw == signed.raw
    finally:
        shop.staff("PATCH", "/settings", {"store": {"name": "Tea & Mugs"}}).ok()

    attached = [mail.message for mail in shop.mail.taken if order["customer"]["email"] in mail.recipients]
    pdfs = [part.get_content() for message in attached for part in message.iter_attachments()]
    assert pdfs == [first.raw]


def test_each_mail_goes_out_once_in_the_orders_language(shop: Shop) -> None:
    """R-NOT-01, R-NOT-04, R-LNG-01: for fa, vi, ru and en alike; the total in the PDF equals the API's in all of them."""
    sku = shop.product(names={"en": "Mug", "fa": "لیوان", "vi": "Cốc sứ", "ru": "Кружка"})
    carts = {language: shop.cart(sku, language=language) for language in ITS_SCRIPT}
    for cart in carts.values():
        shop.tell("succeeded", cart.submitted()).ok()

    for language, cart in carts.items():
        order = everything_followed_once(shop, cart)
        email = order["customer"]["email"]
        assert order["language"] == language
        for mail in cart.mails():
            if mail["audience"] != "customer":
                continue
            shown = shop.staff("GET", f"/notifications/{mail['id']}").ok()
            assert mail["language"] == language
            for text in (shown["text"], shown["html"]):
                speaks = [one for one, script in ITS_SCRIPT.items() if re.search(script, text)]
                assert speaks == [language], (mail["template"], speaks, text)
            assert order["number"] in shown["subject"] + shown["text"]
            assert shop.mails_to(email).count(shown["subject"]) == 1
        pdf = shop.staff("GET", f"/invoices/{order['invoices'][0]['id']}/pdf").raw
        # Each language has a decimal separator of its own.
        assert re.search(order["totals"]["total"].replace(".", "[.,٫]"), _pdf_text(pdf))


def test_the_timeline_tells_of_all_services_cause_before_effect(shop: Shop) -> None:
    """R-ORD-57: actor, cause and time of everything; nothing is told before what it follows from."""
    cart = shop.cart(shop.product())
    shop.tell("succeeded", cart.submitted()).ok()
    order = everything_followed_once(shop, cart)
    _delivered(shop, cart, order["deliveries"][0]["id"])
    entries = eventually(
        lambda: (told := shop.timeline(cart.id)) and "Parcel delivered" in [entry["title"] for entry in told] and told, what="the timeline"
    )

    assert {entry["service"] for entry in entries} == {"orders", "delivery", "billing", "notifications"}
    assert [entry["position"] for entry in entries] == list(range(1, len(entries) + 1))
    place = {entry["event_id"]: entry["position"] for entry in entries}
    assert len(place) == len(entries)
    caused = [entry for entry in entries if entry["causation_id"] in place]
    assert len(caused) >= 6
    assert all(place[entry["causation_id"]] < entry["position"] for entry in caused)
    titles = [entry["title"] for entry in entries]
    story = [
        "Cart created in channel web",
        f"Order {order['number']} submitted",
        "Payment of 20.71 EUR opened by card",
        "Payment of 20.71 EUR captured",
        f"Order {order['number']} confirmed",
        f"Delivery {order['deliveries'][0]['number']} is ready",
        f"Delivery {order['deliveries'][0]['number']} handed over",
        "Parcel delivered",
    ]
    assert [title for title in titles if title in story] == story
    actors = {entry["title"]: entry["actor"]["type"] for entry in entries}
    assert [actors[title] for title in story] == ["customer"] * 3 + ["provider", "system", "system", "api_key", "api_key"]
    assert all(entry["at"] and entry["correlation_id"] and entry["actor"]["name"] for entry in entries)
    only = shop.staff("GET", f"/orders/{cart.id}/timeline?service=billing&kind=payment").ok()["data"]
    assert {(entry["service"], entry["kind"]) for entry in only} == {("billing", "payment")}


def test_an_order_opens_to_its_token_alone_and_the_token_is_given_once(shop: Shop) -> None:
    """R-ACC-01, R-ACC-02: a stranger, and the owner of another order, get 404 everywhere below it."""
    sku = shop.product()
    cart, other = shop.cart(sku), shop.cart(sku)
    assert (
        cart.token
        not in (
            cart.call("GET").raw + cart.submit().raw + cart.call("GET", below="orders").raw + shop.staff("GET", f"/orders/{cart.id}").raw
        ).decode()
    )

    calls: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("PATCH", "", {"name": "Mallory"}),
        ("POST", "/lines", {"sku": sku, "quantity": 1}),
        ("GET", "/shipping_methods", None),
        ("GET", "/payment_methods", None),
        ("GET", "/documents", None),
        ("POST", "/submit", {"payment_method": "card"}),
    ]
    for token in (None, other.token, cart.token[:-2] + "AA", "x"):
        for method, path, body in calls:
            for below in ("carts", "orders"):
                reply = shop.store(method, f"/{below}/{cart.id}{path}", body, token=token)
                assert (reply.status, reply.code) == (404, "not_found"), (reply.asked, reply.status, token)
    assert cart.order()["customer"]["name"] == "Sara"
