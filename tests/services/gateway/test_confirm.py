"""Confirm by staff and money recorded by hand: goods, then money, then the order (lifecycles.md, section 1)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.gateway.conftest import Front
from tests.support.driver import Answer
from tests.support.samples_catalogue import ADMIN_KEY, bearer
from tests.support.samples_order_news import recorded

MONEY = {"method": "cash", "amount": "30.00", "receipt_number": "77"}
PAYMENT = {"payment": {"id": "pay_1", "state": "captured"}, "created": True}


def offers(front: Front, **body: Any) -> dict[str, Any]:
    answer = front.orders.asks("POST", "/admin/v1/orders", {"lines": [{"sku": "mug", "quantity": 2}], **body})
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.body
    return found


def confirms(front: Front, order: dict[str, Any], *, key: str | None = None, **body: Any) -> Answer:
    headers = bearer(ADMIN_KEY) | ({} if key is None else {"idempotency-key": key})
    return front.asks("POST", f"/admin/v1/orders/{order['id']}/confirm", body, headers=headers)


def records(front: Front, order: dict[str, Any], body: dict[str, Any] = MONEY, *, key: str | None = None) -> Answer:
    headers = bearer(ADMIN_KEY) | ({} if key is None else {"idempotency-key": key})
    return front.asks("POST", f"/admin/v1/orders/{order['id']}/payments", body, headers=headers)


def state(front: Front, order: dict[str, Any]) -> str:
    return str(front.orders.asks("GET", f"/admin/v1/orders/{order['id']}").body["state"])


def test_goods_are_held_then_money_is_recorded_then_the_order_confirmed(front: Front) -> None:
    """R-ORD-38."""
    order = offers(front)

    answer = confirms(front, order, record_payment=MONEY)

    assert (answer.status, answer.body["state"], answer.headers["etag"]) == (200, "confirmed", '"2"')
    [(path, hold)] = front.delivery.asked
    assert (path, hold["minutes"], hold["on_expiry"], hold["submission"]) == ("/internal/v1/holds", 5, None, 1)
    assert [(line["sku"], line["quantity"]) for line in hold["lines"]] == [("mug", 2)]
    [(path, money)] = front.billing.asked
    assert (path, money["method"], money["amount"], money["receipt_number"]) == (
        f"/internal/v1/orders/{order['id']}/payments",
        "cash",
        "30.00",
        "77",
    )
    assert (money["order"]["number"], money["order"]["total"]) == (order["number"], "30.00")


@pytest.mark.parametrize("lines", [[{"sku": "mug", "quantity": 2}], [{"sku": "engraving", "quantity": 1}]], ids=["accepted", "no_goods"])
def test_nothing_is_held_when_the_shortage_is_accepted_or_there_are_no_goods(front: Front, lines: list[Any]) -> None:
    order = offers(front, lines=lines)

    assert confirms(front, order, accept_shortage=lines[0]["sku"] == "mug").body["state"] == "confirmed"

    assert (front.delivery.asked, front.billing.asked) == ([], [])


def test_shortage_is_named_and_nothing_else_happens(front: Front) -> None:
    """R-ORD-38: staff see shortages first."""
    order = offers(front)
    front.delivery.refuses("/holds", 409, "out_of_stock", pointer="/lines/0")

    answer = confirms(front, order, record_payment=MONEY)

    assert (answer.status, answer.code, answer.body["errors"][0]["code"]) == (409, "out_of_stock", "out_of_stock")
    assert (front.billing.asked, front.delivery.paths(), state(front, order)) == ([], ["v1/holds"], "quotation")


def test_refused_money_gives_the_goods_back(front: Front) -> None:
    """api.md, 13.12; the pointer is into the body that was sent."""
    order = offers(front)
    front.billing.refuses("/payments", 409, "duplicate_receipt", pointer="/receipt_number")

    answer = confirms(front, order, record_payment=MONEY)

    assert (answer.status, answer.code) == (409, "duplicate_receipt")
    assert answer.body["errors"][0]["pointer"] == "/record_payment/receipt_number"
    assert front.delivery.asked[1] == ("/internal/v1/holds/give_back", {"order_id": order["id"], "submission": 1})
    assert state(front, order) == "quotation"


def test_billing_that_is_away_gives_the_goods_back(front: Front) -> None:
    order = offers(front)
    front.away = {"billing"}

    answer = confirms(front, order, record_payment=MONEY)

    assert (answer.status, answer.code) == (503, "service_unavailable")
    assert front.delivery.paths() == ["v1/holds", "holds/give_back"]


def test_what_cannot_be_given_back_does_not_hide_why(front: Front) -> None:
    """The hold ends by itself."""
    order = offers(front)
    front.billing.refuses("/payments", 409, "duplicate_receipt")
    front.delivery.refuses("/give_back", 503, "service_unavailable")

    assert confirms(front, order, record_payment=MONEY).code == "duplicate_receipt"


def test_confirmed_order_is_answered_and_nobody_is_asked(front: Front) -> None:
    """lifecycles.md, section 1: no money is recorded twice either."""
    order = offers(front)
    first = confirms(front, order, accept_shortage=True)

    again = confirms(front, order, record_payment=MONEY)

    assert (again.status, again.body) == (200, first.body)
    assert (front.delivery.asked, front.billing.asked) == ([], [])


def test_money_that_confirmed_meanwhile_is_answered_as_confirmed(front: Front) -> None:
    order = offers(front)
    front.billing.answers["/payments"] = (200, PAYMENT)
    front.orders.hears(recorded(order), seq=1)

    assert confirms(front, order, record_payment=MONEY).body["payment_status"] == "paid"
    assert front.orders.told("orders.order_confirmed") == ["orders.order_confirmed"]


def test_repeat_with_the_same_key_gets_the_first_answer(front: Front) -> None:
    """R-API-01."""
    order = offers(front)
    first = confirms(front, order, key="k1", record_payment=MONEY)

    again = confirms(front, order, key="k1", record_payment=MONEY)

    assert (again.status, again.body, again.headers["idempotent-replayed"], again.headers["etag"]) == (200, first.body, "true", '"2"')
    assert (len(front.delivery.asked), len(front.billing.asked)) == (1, 1)
    assert confirms(front, order, key="k1").code == "idempotency_key_reused"


def test_refusal_is_repeated_and_an_absence_is_not(front: Front) -> None:
    """api.md, 13.11: 4xx are replayed, 5xx never."""
    order = offers(front)
    front.away = {"billing"}
    assert confirms(front, order, key="k1", record_payment=MONEY).status == 503
    front.away = set()
    front.billing.refuses("/payments", 409, "duplicate_receipt", pointer="/receipt_number")
    refused = confirms(front, order, key="k1", record_payment=MONEY)
    front.billing.answers.clear()

    again = confirms(front, order, key="k1", record_payment=MONEY)

    assert (again.status, again.raw, state(front, order)) == (409, refused.raw, "quotation")


@pytest.mark.parametrize(
    "body",
    [{"accept_shortage": "yes"}, {"record_payment": {"method": "cash"}}, {"record_payment": MONEY | {"amount": "-1"}}, {"reason": "x"}],
    ids=["text", "no_amount", "negative", "unknown"],
)
def test_body_is_read_strictly(front: Front, body: dict[str, Any]) -> None:
    order = offers(front)

    answer = confirms(front, order, **body)

    assert (answer.status, answer.code, state(front, order)) == (422, "validation_failed", "quotation")
    assert answer.body["errors"][0]["pointer"] != ""


def test_nobody_else_confirms_or_records(front: Front) -> None:
    """R-ACC-04."""
    order = offers(front)

    for path in ("confirm", "payments"):
        answer = front.asks("POST", f"/admin/v1/orders/{order['id']}/{path}", MONEY if path == "payments" else {}, headers={})
        assert (answer.status, answer.code) == (401, "unauthenticated")
    assert (front.delivery.asked, front.billing.asked) == ([], [])


def test_recorded_payment_is_made_once_for_a_key(front: Front) -> None:
    """R-API-01; billing gets the command's key, so that a repeat after a crash is the same payment without a receipt number, too."""
    order = offers(front)
    front.billing.answers["/payments"] = (200, PAYMENT)

    first = records(front, order, MONEY | {"bank": "GLS", "note": "counter", "currency": "EUR", "paid_at": "2031-04-30"}, key="k1")
    again = records(front, order, MONEY | {"bank": "GLS", "note": "counter", "currency": "EUR", "paid_at": "2031-04-30"}, key="k1")

    assert (first.status, first.headers["location"], first.body) == (201, "/admin/v1/payments/pay_1", PAYMENT["payment"])
    assert (again.status, again.headers["location"], again.headers["idempotent-replayed"]) == (201, "/admin/v1/payments/pay_1", "true")
    [(_, money)] = front.billing.asked
    assert (money["bank"], money["note"], money["currency"], money["paid_at"]) == ("GLS", "counter", "EUR", "2031-04-30")
    assert money["key"]


def test_payment_that_was_recorded_before_is_answered_200(front: Front) -> None:
    """api.md, section 7: the same receipt, method, amount again."""
    order = offers(front)
    front.billing.answers["/payments"] = (200, PAYMENT | {"created": False})

    answer = records(front, order)

    assert (answer.status, "location" in answer.headers) == (200, False)
