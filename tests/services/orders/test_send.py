"""Staff send a quotation, and its customer accepts it (O5, O3)."""

from __future__ import annotations

from typing import Any

import pytest

from shared.values.clock import parse_rfc3339
from shared.web.caller import ROLES, Caller
from tests.support.driver import Answer, ServiceDriver
from tests.support.samples_order_facts import captured, hold_closed
from tests.support.samples_order_news import awaited, recorded
from tests.support.samples_orders import (
    HOME,
    by_guest,
    given_cart,
    given_confirmed,
    given_product,
    given_shop,
    given_submitted,
    seen,
    submits,
)

SALES = Caller(type="api_key", id="key_SALES", name="sales", permissions=ROLES["sales"])


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def written(orders: ServiceDriver, **changes: Any) -> dict[str, Any]:
    """A quotation of staff; `...` leaves a field out."""
    whole = {
        "customer": {"email": "ada@example.org"},
        "lines": [{"sku": "mug", "quantity": 2}],
        "shipping_method": "standard",
        "shipping_address": HOME,
        "valid_until": "2031-05-10T12:00:00.000000Z",
    } | changes
    answer = orders.asks("POST", "/admin/v1/orders", {k: v for k, v in whole.items() if v is not ...}, caller=SALES)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.body
    return found


def sends(orders: ServiceDriver, order: dict[str, Any], body: Any = None, **more: Any) -> Answer:
    return orders.asks("POST", f"/admin/v1/orders/{order['id']}/send", body or {}, **{"caller": SALES, **more})


def given_offer(orders: ServiceDriver, **changes: Any) -> dict[str, Any]:
    answer = sends(orders, written(orders, **changes))
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.body
    return found


def test_quotation_of_staff_is_sent(orders: ServiceDriver) -> None:
    """O5; section 6: quotation_sent."""
    order = written(orders)

    answer = sends(orders, order, {"message": "With engraving."})

    shown = answer.body
    assert (answer.status, shown["state"], shown["status"], shown["payment_status"]) == (200, "quotation_sent", "quotation_sent", "unpaid")
    assert (shown["version"], answer.headers["etag"]) == (order["version"] + 1, f'"{order["version"] + 1}"')
    [fact] = orders.told_events("orders.order_sent")
    assert (fact.number, fact.by, fact.total, fact.submission) == (order["number"], "staff", order["totals"]["total"], 1)
    assert (fact.valid_until, fact.message, fact.to, fact.reference) == ("2031-05-10T12:00:00.000000Z", "With engraving.", None, None)


@pytest.mark.parametrize("language", ["en", "fa", "vi", "ru"])
def test_sent_quotation_has_a_name_in_every_language(orders: ServiceDriver, language: str) -> None:
    """R-STA-02, R-LNG-07."""
    names = {"en": "Quotation sent", "fa": "پیش‌فاکتور ارسال شد", "vi": "Đã gửi báo giá", "ru": "Предложение отправлено"}

    assert given_offer(orders, language=language)["status_name"] == names[language]


def test_sent_twice_is_sent_once(orders: ServiceDriver) -> None:
    """lifecycles.md, section 1: a command whose result already holds."""
    order = written(orders)
    first = sends(orders, order)

    again = sends(orders, order, {"to": "other@example.org"})

    assert (again.status, again.body) == (200, first.body)
    assert orders.told("orders.order_sent") == ["orders.order_sent"]


def test_cart_is_sent_with_a_number_at_prices_of_today_that_then_stand(orders: ServiceDriver) -> None:
    """R-MON-13, R-ORD-69, R-ORD-19."""
    cart = given_cart(orders)
    given_product(orders, "mug", price="13.00")

    sent = sends(orders, cart).body
    given_product(orders, "mug", price="99.00")

    assert (sent["number"] is not None, sent["lines"][0]["unit_price"], sent["totals"]["total"]) == (True, "13.00", "37.03")
    refused = by_guest(orders, "POST", cart, "/lines", {"sku": "mug", "quantity": 1})
    assert (refused.status, refused.code, refused.body["from"]) == (409, "illegal_transition", "quotation_sent")
    answer = submits(orders, cart, expected_total="37.03")
    assert (answer.status, answer.body["order"]["totals"]["total"]) == (200, "37.03")


def test_cart_that_is_sent_is_valid_as_long_as_the_shop_s_quotations(orders: ServiceDriver) -> None:
    """O9."""
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"orders": {"quotation_valid_days": 2}}})
    cart = given_cart(orders)

    assert sends(orders, cart).body["valid_until"] == "2031-05-03T12:00:00.000000Z"
    orders.at(parse_rfc3339("2031-05-03T12:00:00Z"))
    assert orders.runs_timers() == ["quotation"]
    assert (seen(orders, cart)["state"], seen(orders, cart)["cancel_reason"]) == ("cancelled", "quotation_expired")


def test_without_an_address_it_says_where_to(orders: ServiceDriver) -> None:
    order = written(orders, customer={"phone": "+4930123456"})

    refused = sends(orders, order)
    assert (refused.status, refused.code, refused.body["errors"][0]["pointer"]) == (422, "validation_failed", "/to")
    assert sends(orders, order, {"to": "office@example.org"}).status == 200

    [fact] = orders.told_events("orders.order_sent")
    assert (fact.to, fact.who.email) == ("office@example.org", None)


def test_order_without_lines_is_no_offer(orders: ServiceDriver) -> None:
    answer = sends(orders, written(orders, lines=[]))

    assert (answer.status, answer.code, answer.body["errors"][0]["code"]) == (422, "cart_incomplete", "lines_missing")
    assert orders.told("orders.order_sent") == []


def test_submitted_confirmed_and_cancelled_orders_are_not_sent(orders: ServiceDriver) -> None:
    over = given_submitted(orders)
    orders.hears(hold_closed(over, on_expiry="cancel"))

    for order, state in ((given_submitted(orders), "quotation"), (given_confirmed(orders), "confirmed"), (over, "cancelled")):
        answer = sends(orders, order)
        assert (answer.status, answer.code, answer.body["from"]) == (409, "illegal_transition", state)
        assert "send" not in answer.body["allowed"]
    assert orders.told("orders.order_sent") == []


def test_held_quotation_can_be_sent(orders: ServiceDriver) -> None:
    """R-ORD-50: a hold keeps from confirming, not from talking."""
    order = written(orders)
    orders.asks("POST", f"/admin/v1/orders/{order['id']}/hold", {"reason": "credit"})

    assert sends(orders, order).body["state"] == "quotation_sent"


def test_send_asks_for_its_permission_and_the_version_that_was_seen(orders: ServiceDriver) -> None:
    """R-ACC-04, R-ORD-46."""
    order = written(orders)
    readonly = Caller(type="api_key", id="key_READ", name="r", permissions=ROLES["readonly"])

    assert sends(orders, order, caller=readonly).status == 403
    assert sends(orders, order, headers={"if-match": '"9"'}).code == "version_mismatch"
    assert sends(orders, order, headers={"if-match": f'"{order["version"]}"'}).status == 200


@pytest.mark.parametrize("body", [{"to": "nobody"}, {"message": ""}, {"message": "x" * 2001}, {"subject": "hi"}])
def test_what_is_no_address_or_message_is_refused(orders: ServiceDriver, body: dict[str, Any]) -> None:
    answer = sends(orders, written(orders), body)

    assert (answer.status, answer.code) == (422, "validation_failed")


def test_offer_accepted_by_wire_is_told_how_to_pay_once(orders: ServiceDriver) -> None:
    """O3, O5, R-NOT-09: a rest that is awaited later sends nothing a second time."""
    order = given_offer(orders)
    answer = submits(orders, order, method="wire")
    assert (answer.status, answer.body["submission"], answer.body["hold"]) == (200, 1, True)
    assert answer.body["order"]["status"] == "incomplete"

    orders.hears(awaited(order), seq=2, times=3)
    assert submits(orders, order, method="wire").body["hold"] is False
    orders.hears(recorded(order, amount="10.00", captured_total="10.00"), seq=3)
    orders.hears(awaited(order, payment_id="pay_rest", amount="25.83"), seq=1)

    shown = seen(orders, order)
    assert (shown["state"], shown["status"], shown["payment_status"]) == ("quotation_sent", "awaiting_payment", "partial")
    offer, instructions = orders.told_events("orders.order_sent")
    assert (offer.by, instructions.by, instructions.reference) == ("staff", "payment", f"{order['number']}-1")
    assert instructions.instructions.details == {"iban": "DE02"}
    assert offer.envelope.fact != instructions.envelope.fact

    orders.hears(recorded(order, payment_id="pay_rest", amount="25.83", captured_total="35.83"), seq=2)
    assert seen(orders, order)["state"] == "confirmed"


def test_offer_accepted_by_a_method_that_confirms_is_confirmed(orders: ServiceDriver) -> None:
    """R-ORD-37."""
    order = given_offer(orders)
    submits(orders, order, method="wire")

    orders.hears(awaited(order, confirms_order=True), seq=2)

    assert seen(orders, order)["state"] == "confirmed"
    assert [fact.by for fact in orders.told_events("orders.order_sent")] == ["staff"]


def test_offer_accepted_by_card_is_confirmed_by_the_money(orders: ServiceDriver) -> None:
    """O3, O6 from quotation_sent."""
    order = given_offer(orders)
    assert submits(orders, order, expected_total=order["totals"]["total"]).status == 200

    orders.hears(captured(order), seq=2)

    assert (seen(orders, order)["state"], seen(orders, order)["status"]) == ("confirmed", "payment_accepted")


def test_card_that_is_not_paid_in_time_leaves_a_quotation_that_can_be_sent_again(orders: ServiceDriver) -> None:
    """O4, O9: its prices stand; another submission is another sending."""
    order = given_offer(orders)
    submits(orders, order)
    orders.hears(hold_closed(order, on_expiry="release"))
    assert seen(orders, order)["state"] == "quotation"

    assert sends(orders, order).body["state"] == "quotation_sent"

    assert [(fact.by, fact.submission) for fact in orders.told_events("orders.order_sent")] == [("staff", 1), ("staff", 2)]


def test_offer_reopened_and_submitted_by_wire_is_told_once(orders: ServiceDriver) -> None:
    order = given_offer(orders)
    submits(orders, order)
    orders.commands("POST", f"/internal/v1/orders/{order['id']}/reopen", {"submission": 1, "reason": "paid by another method"})
    submits(orders, order, method="wire")

    orders.hears(awaited(order, submission=2), seq=2)
    orders.hears(awaited(order, submission=2, payment_id="pay_rest"), seq=1)

    assert [(fact.by, fact.submission) for fact in orders.told_events("orders.order_sent")] == [("staff", 1), ("payment", 2)]


def test_money_recorded_for_an_offer_confirms_it(orders: ServiceDriver) -> None:
    """R-ORD-39."""
    order = given_offer(orders)

    orders.hears(recorded(order), seq=2)

    assert (seen(orders, order)["state"], seen(orders, order)["status"]) == ("confirmed", "remote_payment_accepted")


def test_offer_is_confirmed_by_staff(orders: ServiceDriver) -> None:
    """R-ORD-38, O7 from quotation_sent."""
    order = given_offer(orders)

    answer = orders.asks("POST", f"/internal/v1/orders/{order['id']}/confirm", {}, caller=SALES)

    assert (answer.status, answer.body["state"]) == (200, "confirmed")


def test_offer_for_nothing_is_confirmed_when_it_is_accepted(orders: ServiceDriver) -> None:
    """R-ORD-13."""
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"orders": {"allow_zero_price": True}}})
    gift = {"label": "gift", "type": "percent", "value": "100", "applies_to": "all"}
    order = given_offer(orders, discounts=[gift])
    assert order["totals"]["total"] == "0.00"
    submits(orders, order)

    body = {"submission": 1, "reason": "nothing to pay"}
    answer = orders.commands("POST", f"/internal/v1/orders/{order['id']}/confirm_free", body)

    assert answer.body["order"]["state"] == "confirmed"


def test_offer_that_nobody_accepts_ends_with_its_validity(orders: ServiceDriver) -> None:
    """O9, R-ORD-54."""
    order = given_offer(orders)

    orders.at(parse_rfc3339("2031-05-10T12:00:00Z"))
    orders.runs_timers()

    [fact] = orders.told_events("orders.order_cancelled")
    assert (fact.reason, fact.state_before) == ("quotation_expired", "quotation_sent")
    assert seen(orders, order)["payment_status"] == "none"
