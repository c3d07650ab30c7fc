"""What a payment provider tells, well and badly, and what becomes of the order."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.following import eventually, everything_followed_once
from tests.support.shop import Shop
from tests.support.shop_client import Cart, event_of, found


def _failed(cart: Cart) -> None:
    eventually(lambda: cart.order()["status"] == "payment_error", what="the order to hear of its failed payment")


def _declined(shop: Shop, cart: Cart, payment: Any) -> None:
    """The customer's card is declined, and they have been told: a mail that money has overtaken would not go out any more."""
    assert shop.tell("payment_failed", payment).ok(200)["state"] == "applied"
    _failed(cart)
    eventually(lambda: [mail["template"] for mail in cart.mails("sent")] == ["payment_failed"], what="the mail about the declined card")


def _held(shop: Shop, cart: Cart) -> int:
    return len(found(shop.listed("/reservations", order_id=cart.id, kind="hold"), state="active"))


def _stored(shop: Shop, raw: bytes) -> list[Any]:
    return shop.listed("/provider_events", event_id=json.loads(raw)["id"])


def test_a_declined_card_that_is_then_paid_confirms_the_order_on_the_same_intent(shop: Shop) -> None:
    """R-PAY-06, R-PAY-11: the hold stays, submit offers the same payment again, and money confirms."""
    cart = shop.cart(shop.product())
    payment = cart.submitted()
    _declined(shop, cart, payment)
    assert _held(shop, cart) == 1
    again = cart.submitted()
    assert (again["id"], again["provider_ref"], again["state"]) == (payment["id"], payment["provider_ref"], "failed")

    assert shop.tell("succeeded", payment).ok()["state"] == "applied"
    order = everything_followed_once(shop, cart, declined=True)
    assert [one["id"] for one in order["payments"]] == [payment["id"]]


def test_an_old_failure_after_a_success_is_ignored(shop: Shop) -> None:
    """R-PAY-07: stored, with a reason, and nothing else."""
    cart = shop.cart(shop.product())
    payment = cart.submitted()
    shop.tell("succeeded", payment).ok()
    raw = event_of("payment_failed", payment, created=int(time.time()) - 60)
    assert shop.hook(raw).ok(200)["state"] == "ignored"

    order = everything_followed_once(shop, cart)
    assert order["payment_status"] == "paid"
    assert _stored(shop, raw)[0]["reason"]


@pytest.mark.parametrize("flaw", ["another secret", "six minutes old", "no signature", "another body", "no JSON"])
def test_a_webhook_that_is_not_the_providers_is_refused_and_leaves_nothing(shop: Shop, flaw: str) -> None:
    """R-PAY-03: 400, nothing stored, nothing changed."""
    cart = shop.cart(shop.product())
    payment = cart.submitted()
    raw = event_of("succeeded", payment)
    replies = {
        "another secret": lambda: shop.hook(raw, secret="whsec_of_somebody"),
        "six minutes old": lambda: shop.hook(raw, at=int(time.time()) - 360),
        "no signature": lambda: shop.call("POST", "/hooks/v1/stripe", raw=raw),
        "another body": lambda: shop.hook(raw.replace(b"2071", b"1"), signature=f"t={int(time.time())},v1={'0' * 64}"),
        "no JSON": lambda: shop.hook(b"{"),
    }
    reply = replies[flaw]()
    assert (reply.status, reply.code) == (400, "malformed_request" if flaw == "no JSON" else "signature_invalid")
    assert _stored(shop, raw) == []
    assert (cart.payments()[0]["state"], cart.order()["state"]) == ("created", "quotation")


@pytest.mark.parametrize(
    ("differing", "code", "received"),
    [
        ({"amount": 1}, "amount_mismatch", {"amount": "0.01", "currency": "EUR"}),
        ({"currency": "USD"}, "currency_mismatch", {"amount": "20.71", "currency": "USD"}),
    ],
)
def test_money_other_than_asked_never_confirms(shop: Shop, differing: dict[str, Any], code: str, received: dict[str, str]) -> None:
    """R-PAY-04: the payment failed, what came is noted, a person has to look; the customer cannot pay it anew."""
    cart = shop.cart(shop.product())
    payment = cart.submitted()
    shop.tell("succeeded", payment, **differing).ok(200)

    mismatched = cart.payments()[0]
    assert (mismatched["state"], mismatched["review"], mismatched["failure"]["code"]) == ("failed", "required", code)
    assert mismatched["received"] == received
    _failed(cart)
    assert (cart.order()["state"], cart.order()["payment_status"]) == ("quotation", "unpaid")
    edit = cart.call("PATCH", "", {"name": "Sarah"})
    assert (edit.status, edit.code) == (409, "payment_in_progress")
    assert cart.submit().code == "payment_in_progress"


def test_an_event_of_an_unknown_payment_is_kept_unmatched(shop: Shop) -> None:
    """R-PAY-01, R-PAY-08: 200, visible, and not lost."""
    payment = shop.cart(shop.product()).submitted()
    raw = event_of("succeeded", payment, ref="pi_of_somebody_else", payment_id="pay_01ARZ3NDEKTSV4RRFFQ69G5FAV")
    assert shop.hook(raw).ok(200) == {"received": True, "state": "unmatched", "duplicate": False}
    stored = _stored(shop, raw)
    assert [(event["state"], event["payment_id"]) for event in stored] == [("unmatched", None)]
    assert stored[0]["raw"]["data"]["object"]["id"] == "pi_of_somebody_else"


def test_a_second_tab_cannot_edit_while_a_payment_is_open(shop: Shop) -> None:
    """R-ORD-09: payment and total never drift apart; every edit is refused."""
    sku = shop.product()
    cart = shop.cart(sku)
    cart.submitted()
    line = cart.made["lines"][0]["id"]
    for method, path, body in (
        ("POST", "/lines", {"sku": sku, "quantity": 1}),
        ("PATCH", f"/lines/{line}", {"quantity": 3}),
        ("DELETE", f"/lines/{line}", None),
        ("PATCH", "", {"shipping_method": "standard", "name": "Sarah"}),
    ):
        reply = cart.call(method, path, body)
        assert (reply.status, reply.code) == (409, "payment_in_progress"), reply.asked
    order = cart.order()
    assert (order["totals"]["total"], order["customer"]["name"]) == (cart.made["totals"]["total"], "Sara")


def test_an_edit_after_a_decline_reopens_the_cart_and_resubmission_confirms_once(shop: Shop) -> None:
    """R-ORD-09, R-ORD-19, R-STK-04: the old payment is withdrawn, the hold follows the new lines, the number stays."""
    sku = shop.product(on_hand=5)
    cart = shop.cart(sku)
    first = cart.submitted()
    _declined(shop, cart, first)

    headers = {"If-Match": cart.call("GET").headers["etag"], "Idempotency-Key": "two more"}
    edited = cart.call("POST", "/lines", {"sku": sku, "quantity": 2}, headers=headers).ok()
    assert cart.call("POST", "/lines", {"sku": sku, "quantity": 2}, headers=headers).ok() == edited
    assert (edited["submitted_at"], edited["totals"]["total"]) == (None, "50.46")
    second = cart.submitted()
    assert (second["state"], second["amount"]) == ("created", "50.46")
    assert second["id"] != first["id"]
    eventually(lambda: shop.staff("GET", f"/stock/{sku}").ok()["held"] == 3, what="one hold for the new lines")

    shop.tell("succeeded", second).ok()
    order = everything_followed_once(shop, cart, declined=True)
    assert order["number"] == first["reference"]
    assert {one["id"]: one["state"] for one in order["payments"]} == {first["id"]: "cancelled", second["id"]: "captured"}
    assert order["invoices"][0]["total"] == "50.46"


def test_an_edit_after_a_decline_is_refused_when_the_money_has_come_meanwhile(shop: Shop) -> None:
    """R-ORD-09, R-PAY-09: the provider knows better than the webhook that got lost; the order is confirmed."""
    cart = shop.cart(shop.product())
    payment = cart.submitted()
    _declined(shop, cart, payment)
    shop.bank(payment, "succeed", webhook=False)

    edit = eventually(lambda: (reply := cart.call("PATCH", "", {"name": "Sarah"})).status == 409 and reply)
    assert edit.code == "payment_in_progress"
    order = everything_followed_once(shop, cart, declined=True)
    assert order["customer"]["name"] == "Sara"


def test_a_hold_that_ends_opens_the_cart_again_and_frees_the_goods(shop: Shop) -> None:
    """R-ORD-54, R-STK-03, api.md 13.3: `on_expiry` release; late money is orphaned and moves nothing (R-ORD-53)."""
    sku = shop.product(on_hand=1)
    cart = shop.cart(sku)
    shop.stop_time()
    payment = cart.submitted()
    shop.pass_time(minutes=14)
    assert (_held(shop, cart), cart.order()["submitted_at"] is None) == (1, False)
    shop.pass_time(minutes=2)
    reopened = eventually(lambda: (order := cart.order())["submitted_at"] is None and order, what="the cart to be open again")
    assert (reopened["state"], reopened["status"], reopened["number"]) == ("quotation", "cart", payment["reference"])
    assert [one["state"] for one in cart.payments()] == ["cancelled"]
    eventually(lambda: shop.staff("GET", f"/stock/{sku}").ok()["available"] == 1, what="the free piece")
    assert cart.mails() == []

    raw = event_of("succeeded", payment)
    assert shop.hook(raw).ok(200)["state"] == "applied"
    late = cart.payments()[0]
    assert (late["state"], late["orphaned"], late["captured"]) == ("captured", True, payment["amount"])
    eventually(lambda: any(" without an order to pay" in entry["title"] for entry in shop.timeline(cart.id)))
    assert cart.order()["state"] == "quotation"

    other = shop.cart(sku)
    shop.tell("succeeded", other.submitted()).ok()
    everything_followed_once(shop, other)
    assert (cart.order()["state"], cart.order()["payment_status"]) == ("quotation", "none")


def test_a_hold_that_ends_cancels_the_order_where_the_method_says_so(shop: Shop) -> None:
    """R-ORD-54, api.md 13.13: `on_expiry` cancel is frozen on the payment; late money of the cancelled order is orphaned."""
    sku = shop.product(on_hand=1)
    shop.staff("PATCH", "/payment_methods/card", {"on_expiry": "cancel"}).ok()
    try:
        cart = shop.cart(sku)
        payment = cart.submitted()
    finally:
        shop.staff("PATCH", "/payment_methods/card", {"on_expiry": "release"}).ok()
    shop.pass_time(minutes=16)
    cancelled = eventually(lambda: (order := cart.order())["state"] == "cancelled" and order, what="the cancelled order")
    assert (cancelled["cancel_reason"], cancelled["status"]) == ("payment_expired", "cancelled")
    eventually(lambda: shop.staff("GET", f"/stock/{sku}").ok()["available"] == 1, what="the free piece")
    edit = cart.call("PATCH", "", {"name": "Sarah"})
    assert (edit.status, edit.code) == (409, "illegal_transition")

    assert shop.tell("succeeded", payment).ok()["state"] == "applied"
    assert [(one["state"], one["orphaned"]) for one in cart.payments()] == [("captured", True)]
    eventually(lambda: any(" without an order to pay" in entry["title"] for entry in shop.timeline(cart.id)))
    order = cart.order("deliveries", "invoices")
    assert (order["state"], order["deliveries"], order["invoices"]) == ("cancelled", [], [])


def test_the_same_cart_posted_with_one_key_in_parallel_is_made_once(shop: Shop) -> None:
    """Idempotency (api.md, section 2): the repeat gets the first answer with its order token; without the key there are two carts."""
    body = {"lines": [{"sku": shop.product(), "quantity": 1}]}
    key = {"Idempotency-Key": f"cart-{time.time_ns()}"}
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: shop.store("POST", "/carts", body, headers=key), range(4)))
    assert {(reply.status, reply.code) for reply in replies} <= {(201, ""), (409, "idempotency_in_progress")}
    answers = [reply.body for reply in [*replies, shop.store("POST", "/carts", body, headers=key)] if reply.status == 201]
    assert len({(answer["id"], answer["order_token"]) for answer in answers}) == 1
    assert shop.store("POST", "/carts", body).ok(201)["id"] != answers[0]["id"]
