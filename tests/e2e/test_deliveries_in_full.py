"""Goods that leave in parts, in steps, or late; and the invoices and captures that go with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.following import eventually
from tests.support.shop import Shop
from tests.support.shop_client import Cart


@contextmanager
def set_to(shop: Shop, group: str, **values: Any) -> Iterator[None]:
    """Settings of a group for a while; their defaults again at the end."""
    shop.staff("PATCH", "/settings", {group: values}).ok()
    try:
        yield
    finally:
        shop.staff("PATCH", "/settings", {group: dict.fromkeys(values)}).ok()


def _paid(shop: Shop, quantity: int, **fields: Any) -> tuple[Cart, Any]:
    cart = shop.cart(shop.product(on_hand=quantity), quantity, **fields)
    shop.tell("succeeded", cart.submitted()).ok(200)
    delivery = eventually(lambda: [one for one in cart.order("deliveries")["deliveries"] if one["state"] == "ready"], what="the delivery")
    return cart, delivery[0]


def _validate(shop: Shop, delivery: Any, quantity: int | None = None, **fields: Any) -> Any:
    lines = {} if quantity is None else {"lines": [{"line_id": delivery["lines"][0]["id"], "quantity": quantity}]}
    return shop.staff("POST", f"/deliveries/{delivery['id']}/validate", lines | fields)


def test_what_does_not_leave_now_follows_in_a_delivery_of_its_own(shop: Shop) -> None:
    """R-DLV-05 always, R-DLV-15, R-DLV-18: own number and parcel; partial, then full; the mail says what follows."""
    cart, delivery = _paid(shop, 3)
    too_many = _validate(shop, delivery, 4)
    assert (too_many.status, too_many.code) == (422, "quantity_too_large")
    done = _validate(shop, delivery, 2, tracking_number="1Z-first").ok()
    assert done["state"] == "done"
    order = eventually(lambda: (one := cart.order("deliveries"))["status"] == "partly_shipped" and one, what="the first part")
    assert order["delivery_status"] == "partial"
    rest = next(one for one in order["deliveries"] if one["id"] != delivery["id"])
    assert (rest["backorder_of"], rest["state"], rest["lines"][0]["quantity"]) == (delivery["id"], "ready", 1)
    assert rest["number"] != delivery["number"]

    last = _validate(shop, rest, tracking_number="1Z-second").ok()
    assert [parcel["tracking_number"] for parcel in last["parcels"]] == ["1Z-second"]
    order = eventually(lambda: (one := cart.order())["status"] == "shipped" and one, what="the last part")
    assert order["delivery_status"] == "full"
    eventually(lambda: [mail["template"] for mail in cart.mails("sent")].count("parcel_shipped") == 2, what="a mail for each part")


def test_the_shop_may_want_to_be_asked_what_becomes_of_the_rest(shop: Shop) -> None:
    """R-DLV-05 ask: 409 until told; R-DLV-02: the policy is the chain's own."""
    with set_to(shop, "delivery", backorder_policy="ask"):
        cart, delivery = _paid(shop, 2)
    refused = _validate(shop, delivery, 1)
    assert (refused.status, refused.code) == (409, "backorder_decision_needed")
    _validate(shop, delivery, 1, backorder=True).ok()
    eventually(lambda: len(cart.order("deliveries")["deliveries"]) == 2, what="the backorder")


def test_what_will_never_come_is_cancelled_and_its_value_proposed_for_a_refund(shop: Shop) -> None:
    """R-DLV-05 never, R-INV-14."""
    with set_to(shop, "delivery", backorder_policy="never"):
        cart, delivery = _paid(shop, 3)
    _validate(shop, delivery, 1).ok()
    order = eventually(lambda: (one := cart.order("deliveries"))["delivery_status"] == "full" and one, what="the whole delivery")
    assert (order["lines"][0]["quantity_cancelled"], len(order["deliveries"])) == (2, 1)
    task = eventually(lambda: shop.listed("/tasks", kind="refund_proposal", order_id=cart.id), what="the proposed refund")[0]
    assert task["data"]["amount"] == "29.75"
    stock = shop.staff("GET", f"/stock/{order['lines'][0]['sku']}").ok()
    assert (stock["on_hand"], stock["reserved"]) == (2, 0)


def test_three_steps_one_after_the_other(shop: Shop) -> None:
    """R-DLV-02, R-DLV-03: pick, pack, ship; the goods leave with the last; the customer hears of the last only."""
    with set_to(shop, "delivery", steps="pick_pack_ship"):
        cart, _ = _paid(shop, 2)
    chain = {one["step"]: one for one in cart.order("deliveries")["deliveries"]}
    assert {step: one["state"] for step, one in chain.items()} == {
        "pick": "ready",
        "pack": "waiting_operation",
        "ship": "waiting_operation",
    }
    early = _validate(shop, chain["ship"])
    assert (early.status, early.code) == (409, "illegal_transition")
    sku = cart.order()["lines"][0]["sku"]
    for step in ("pick", "pack"):
        _validate(shop, chain[step]).ok()
        assert shop.staff("GET", f"/stock/{sku}").ok()["on_hand"] == 2
    assert eventually(lambda: cart.order()["delivery_status"] == "started", what="the started delivery")
    _validate(shop, chain["ship"]).ok()
    assert shop.staff("GET", f"/stock/{sku}").ok()["on_hand"] == 0
    eventually(lambda: cart.order()["status"] == "shipped", what="the shipped order")
    eventually(lambda: [mail["template"] for mail in cart.mails("sent")].count("parcel_shipped") == 1, what="the one mail")


def test_all_at_once_waits_until_everything_is_there(shop: Shop) -> None:
    """R-DLV-04, R-STK-06, R-STK-11."""
    there, missing = shop.product(on_hand=1), shop.product(on_hand=0, allow_backorder=True)
    lines = [{"sku": there, "quantity": 1}, {"sku": missing, "quantity": 1}]
    with set_to(shop, "delivery", shipping_policy="all_at_once"):
        cart = shop.cart(there, lines=lines)
        shop.tell("succeeded", cart.submitted()).ok(200)
        waiting = eventually(lambda: cart.order("deliveries")["deliveries"], what="the delivery")
    assert [one["state"] for one in waiting] == ["waiting_stock"]
    assert eventually(lambda: cart.order()["status"] == "on_backorder_paid", what="the order that waits")
    shop.staff("PUT", f"/stock/{missing}", {"on_hand": 1}).ok()
    eventually(lambda: [one["state"] for one in cart.order("deliveries")["deliveries"]] == ["ready"], what="the goods that came")
    eventually(lambda: cart.order()["status"] == "payment_accepted", what="the former status")


@pytest.mark.parametrize(
    ("trigger", "at_confirmation", "at_hand_over"), [("on_confirm", 1, 1), ("on_delivery", 0, 2), ("on_request", 0, 0)]
)
def test_each_trigger_makes_its_invoices(shop: Shop, trigger: str, at_confirmation: int, at_hand_over: int) -> None:
    """R-INV-01, R-INV-02, R-MON-16, R-INV-14: partial deliveries sum to the order; on request once asked."""
    with set_to(shop, "billing", invoice_trigger={"business": trigger, "private": trigger}):
        cart, delivery = _paid(shop, 3)
        if at_confirmation:
            eventually(lambda: cart.order("invoices")["invoices"], what="the invoice at confirmation")
        _validate(shop, delivery, 2).ok()
        rest = eventually(lambda: [one for one in cart.order("deliveries")["deliveries"] if one["state"] == "ready"], what="the rest")[0]
        if at_hand_over == 2:
            eventually(lambda: len(cart.order("invoices")["invoices"]) == 1, what="the invoice of the first hand-over")
        _validate(shop, rest).ok()
        eventually(lambda: cart.order()["delivery_status"] == "full", what="all handed over")
        if at_hand_over:
            eventually(lambda: len(cart.order("invoices")["invoices"]) == at_hand_over, what="the invoices")
        else:
            assert cart.order("invoices")["invoices"] == []
            assert cart.order()["invoice_status"] == "to_invoice"
            shop.staff("POST", f"/orders/{cart.id}/invoices", {}).ok(201)
            shop.staff("POST", f"/orders/{cart.id}/invoices", {}).ok(200)
        order = eventually(lambda: (one := cart.order("invoices"))["invoice_status"] == "invoiced" and one, what="all invoiced")
    totals = sum(round(float(one["total"]) * 100) for one in order["invoices"])
    assert totals == round(float(order["totals"]["total"]) * 100)


def test_money_is_taken_with_each_hand_over(shop: Shop) -> None:
    """R-PAY-20, P11: authorized money confirms; the first hand-over takes its value and the shipping, the provider releases the rest."""
    shop.staff("PATCH", "/payment_methods/card", {"capture": "on_delivery", "confirm_on": "authorized"}).ok()
    try:
        cart = shop.cart(shop.product(on_hand=2), 2)
        payment = cart.submitted()
    finally:
        shop.staff("PATCH", "/payment_methods/card", {"capture": "automatic"}).ok()
    shop.staff("POST", f"/simulators/stripe/{payment['provider_ref']}/authorize", {}).ok()
    delivery = eventually(lambda: cart.order("deliveries")["deliveries"], what="the delivery of promised money")[0]
    assert cart.order()["payment_status"] == "authorized"

    _validate(shop, delivery, 1).ok()
    taken = eventually(lambda: [one for one in cart.payments() if one["state"] == "captured"], what="the captured money")[0]
    assert (taken["captured"], taken["released"]) == ("20.71", "14.87")
    order = eventually(lambda: (one := cart.order())["payment_status"] == "partial" and one, what="what is due again")
    assert order["totals"]["outstanding"] == "14.87"
    rest = eventually(
        lambda: [one for one in cart.order("deliveries")["deliveries"] if "payment_due" in one["hold_reasons"]], what="the held rest"
    )[0]
    refused = _validate(shop, rest)
    assert (refused.status, refused.code) == (409, "order_held")
    shop.staff("POST", f"/orders/{cart.id}/payments", {"method": "wire", "amount": "14.87", "receipt_number": f"R{order['number']}"}).ok(
        201
    )
    eventually(lambda: _validate(shop, rest).status == 200, what="the paid rest to leave")


def test_a_pro_forma_is_there_until_there_is_an_invoice(shop: Shop) -> None:
    """R-INV-04: draft, no number, drawn on demand from the order as it is."""
    cart = shop.cart(shop.product())
    payment = cart.submitted(method="wire")
    listed = eventually(lambda: cart.call("GET", "/documents", below="orders").ok()["data"], what="the pro forma")
    assert [(one["type"], one.get("number")) for one in listed] == [("pro_forma", None)]
    drawn = cart.call("GET", f"/documents/{listed[0]['id']}/pdf", below="orders")
    assert (drawn.status, drawn.headers["content-type"], drawn.raw[:5]) == (200, "application/pdf", b"%PDF-")
    shop.staff("POST", f"/orders/{cart.id}/payments", {"method": "wire", "amount": payment["amount"]}).ok(201)
    eventually(
        lambda: [one["type"] for one in cart.call("GET", "/documents", below="orders").ok()["data"]] == ["invoice"], what="the invoice"
    )
