"""Another method after a declined payment: withdrawn at billing, reopened, submitted anew, in one answer (R-PAY-11)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.gateway.conftest import Front
from tests.support.driver import Answer
from tests.support.samples_catalogue import PUBLISHABLE_KEY
from tests.support.samples_order_facts import failed
from tests.support.samples_order_news import awaited
from tests.support.samples_orders import HOME

POLICY = {"code": "wire", "kind": "offline", "hold_minutes": None, "on_expiry": "cancel"}


def given_declined(front: Front) -> tuple[dict[str, Any], dict[str, str]]:
    """A submitted order whose card was declined, and its customer's headers."""
    headers = {"x-publishable-key": PUBLISHABLE_KEY}
    body = {"email": "ada@example.org", "shipping_address": HOME, "shipping_method": "standard", "lines": [{"sku": "mug", "quantity": 2}]}
    cart = front.asks("POST", "/store/v1/carts", body, headers=headers).body
    headers["x-order-token"] = cart["order_token"]
    front.billing.answers |= {"/methods/check": (200, POLICY), "/payments": (200, {"id": "pay_1"})}
    order = submits(front, cart, headers, "card").body["order"]
    front.orders.hears(failed(order), seq=2)
    front.delivery.asked.clear()
    front.billing.asked.clear()
    return order, headers


def submits(front: Front, cart: dict[str, Any], headers: dict[str, str], method: str) -> Answer:
    return front.asks("POST", f"/store/v1/carts/{cart['id']}/submit", {"payment_method": method}, headers=headers)


def test_declined_payment_is_withdrawn_before_the_other_method(front: Front) -> None:
    order, headers = given_declined(front)
    front.billing.answers["/close_payment"] = (200, {"outcome": "cancelled"})

    answer = submits(front, order, headers | {"if-match": f'"{order["version"]}"'}, "wire")

    assert (answer.status, answer.body["order"]["payment_method"], answer.body["order"]["number"]) == (200, "wire", order["number"])
    assert front.billing.paths() == ["methods/check", f"{order['id']}/close_payment", "v1/payments"]
    assert front.billing.asked[1][1] == {"submission": 1}
    assert (front.billing.asked[2][1]["submission"], front.delivery.asked[0][1]["submission"]) == (2, 2)


def test_payment_that_went_through_meanwhile_keeps_its_method(front: Front) -> None:
    """409 payment_in_progress, also for the repeat with the same key."""
    order, headers = given_declined(front)
    front.billing.answers["/close_payment"] = (200, {"outcome": "moving"})
    headers |= {"idempotency-key": "k1"}

    for _ in range(2):
        answer = submits(front, order, headers, "wire")
        assert (answer.status, answer.code) == (409, "payment_in_progress")

    assert front.billing.paths() == ["methods/check", f"{order['id']}/close_payment"]
    assert front.orders.told("orders.order_reopened") == []


def test_same_method_is_never_withdrawn(front: Front) -> None:
    order, headers = given_declined(front)

    assert submits(front, order, headers, "card").status == 200

    assert front.billing.paths() == ["methods/check", "v1/payments"]


def test_sent_quotation_is_never_reopened_because_its_goods_were_sold_since(front: Front) -> None:
    """R-ORD-35: nothing is held for it; submit again gives the payment that is open (R-ORD-10)."""
    order, headers = given_declined(front)
    front.billing.answers["/close_payment"] = (200, {"outcome": "cancelled"})
    sent = submits(front, order, headers, "wire").body["order"]
    front.orders.hears(awaited(sent, submission=2), seq=2)
    front.delivery.refuses("/holds", 409, "out_of_stock")

    again = submits(front, order, headers, "wire")

    assert (again.status, again.body["order"]["state"], again.body["payment"]) == (200, "quotation_sent", {"id": "pay_1"})
    assert front.orders.told("orders.order_reopened") == ["orders.order_reopened"]


def test_offer_of_staff_has_its_goods_looked_at_when_it_is_accepted(front: Front) -> None:
    """O3: it is a sent quotation before its customer has chosen how to pay."""
    headers = {"x-publishable-key": PUBLISHABLE_KEY}
    body = {"email": "ada@example.org", "shipping_address": HOME, "shipping_method": "standard", "lines": [{"sku": "mug", "quantity": 2}]}
    cart = front.asks("POST", "/store/v1/carts", body, headers=headers).body
    headers["x-order-token"] = cart["order_token"]
    front.billing.answers |= {"/methods/check": (200, POLICY), "/payments": (200, {"id": "pay_1"})}
    front.orders.asks("POST", f"/admin/v1/orders/{cart['id']}/send", {})

    answer = submits(front, cart, headers, "wire")

    assert (answer.status, answer.body["order"]["state"], answer.body["payment"]) == (200, "quotation_sent", {"id": "pay_1"})
    assert front.delivery.paths() == ["v1/holds"]


def test_order_that_cannot_be_held_is_open_again(front: Front) -> None:
    order, headers = given_declined(front)
    front.billing.answers["/close_payment"] = (200, {"outcome": "cancelled"})
    front.delivery.refuses("/holds", 409, "out_of_stock")

    answer = submits(front, order, headers, "wire")

    assert (answer.status, answer.code) == (409, "out_of_stock")
    assert [fact.reason for fact in front.orders.told_events("orders.order_reopened")] == ["paid by another method", "out_of_stock"]


def test_no_card_is_taken_here(front: Front, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    """R-PAY-27: cards go from the browser to the provider; what is sent here is refused, and neither passed on, answered nor logged."""
    cart, headers = given_declined(front)
    card = {"number": "4242424242424242", "exp_month": 12, "cvc": "987"}

    with caplog.at_level("DEBUG"):
        answer = front.asks("POST", f"/store/v1/carts/{cart['id']}/submit", {"payment_method": "card", "card": card}, headers=headers)

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/card")
    assert (front.billing.asked, front.delivery.asked) == ([], [])
    assert card["number"] not in answer.raw.decode() + caplog.text + capsys.readouterr().out
