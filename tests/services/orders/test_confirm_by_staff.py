"""Staff say that an order is binding (O7, R-ORD-38): what the gateway asks of orders before and after goods and money."""

from __future__ import annotations

from typing import Any

import pytest

from shared.web.caller import HOUSE, NOBODY, ROLES, Caller
from tests.support.driver import Answer, ServiceDriver
from tests.support.samples_catalogue import bearer, key_with
from tests.support.samples_order_facts import hold_closed
from tests.support.samples_order_news import awaited, recorded
from tests.support.samples_orders import HOME, given_cart, given_confirmed, given_product, given_shop, given_submitted, seen, submits

SALES = Caller(type="api_key", id="key_SALES", name="sales", permissions=ROLES["sales"])
SUPPORT = Caller(type="api_key", id="key_SUPPORT", name="support", permissions=ROLES["support"])
MUG = {"sku": "mug", "quantity": 2}


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def offers(orders: ServiceDriver, **body: Any) -> dict[str, Any]:
    answer = orders.asks("POST", "/admin/v1/orders", {"lines": [MUG], **body}, caller=SALES)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.body
    return found


def prepares(orders: ServiceDriver, order: dict[str, Any], *, caller: Caller = SALES, **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return orders.asks("POST", f"/internal/v1/orders/{order['id']}/confirm/prepare", {}, caller=caller, headers=sent)


def confirms(orders: ServiceDriver, order: dict[str, Any], *, caller: Caller = SALES) -> Answer:
    return orders.asks("POST", f"/internal/v1/orders/{order['id']}/confirm", {}, caller=caller)


def holds(orders: ServiceDriver, order: dict[str, Any]) -> None:
    assert orders.asks("POST", f"/admin/v1/orders/{order['id']}/hold", {"reason": "address"}).status == 200


def test_sent_quotation_is_confirmed_unpaid(orders: ServiceDriver) -> None:
    """R-ORD-38, R-NOT-09: the customer is told again how to pay."""
    order = submits(orders, given_cart(orders), method="wire").body["order"]
    orders.hears(awaited(order), seq=2)

    answer = confirms(orders, order)

    shown = answer.body
    assert (answer.status, shown["state"], shown["status"], shown["payment_status"]) == (200, "confirmed", "confirmed", "unpaid")
    [fact] = orders.told_events("orders.order_confirmed")
    assert (fact.confirmed_by, fact.paid, fact.reference) == ("staff", False, f"{order['number']}-1")
    assert fact.instructions.text == "Please transfer"
    assert fact.envelope.actor.id == "key_SALES"


def test_money_that_comes_later_completes_it(orders: ServiceDriver) -> None:
    """R-ORD-39; section 6: remote_payment_accepted when it comes later, status still `confirmed`."""
    order = submits(orders, given_cart(orders), method="wire").body["order"]
    orders.hears(awaited(order), seq=2)
    confirms(orders, order)

    orders.hears(recorded(order), seq=3)

    assert (seen(orders, order)["status"], seen(orders, order)["payment_status"]) == ("remote_payment_accepted", "paid")
    assert orders.told("orders.order_confirmed") == ["orders.order_confirmed"]


def test_order_of_staff_is_confirmed_with_lines_only(orders: ServiceDriver) -> None:
    """R-ORD-45: goods without an address are handed over at the counter."""
    order = offers(orders)

    assert confirms(orders, order).body["state"] == "confirmed"

    [fact] = orders.told_events("orders.order_confirmed")
    assert (fact.submission, fact.shipping, fact.shipping_address, fact.submitted_at) == (1, None, None, None)


def test_goods_without_an_address_are_a_pickup_by_any_method(orders: ServiceDriver) -> None:
    """R-ORD-45."""
    order = offers(orders, shipping_method="standard")
    sent = offers(orders, shipping_method="standard", shipping_address=HOME)

    assert (confirms(orders, order).body["shipping"]["pickup"], confirms(orders, sent).body["shipping"]["pickup"]) == (True, False)

    assert [fact.shipping.pickup for fact in orders.told_events("orders.order_confirmed")] == [True, False]


def test_customers_open_cart_is_confirmed_at_todays_prices(orders: ServiceDriver) -> None:
    """R-MON-13, R-ORD-19: its number comes with the confirmation."""
    cart = given_cart(orders)
    given_product(orders, "mug", price="20.00", weight_g=400, seller_id="leaf")

    prepared = prepares(orders, cart).body["order"]
    confirmed = confirms(orders, cart).body

    assert (prepared["total"], confirmed["totals"]["total"]) == ("53.83", "53.83")
    assert (prepared["number"], confirmed["number"]) == ("SO000001", "SO000001")


def test_prepare_tells_what_delivery_and_billing_have_to_know(orders: ServiceDriver) -> None:
    order = offers(orders, lines=[MUG, {"sku": "engraving", "quantity": 1}])

    prepared = prepares(orders, order).body

    told = prepared["order"]
    assert (told["number"], told["submission"], told["total"], told["state"]) == (order["number"], 1, "66.00", "quotation")
    assert [(line["sku"], line["quantity"], line["allow_backorder"]) for line in told["lines"]] == [("mug", 2, False)]
    assert (told["content"]["totals"]["total"], told["content"]["number"]) == ("66.00", order["number"])
    assert (told["confirmed"], Caller.model_validate(prepared["caller"])) == (False, SALES)


def test_confirmed_order_is_answered_unchanged(orders: ServiceDriver) -> None:
    """lifecycles.md, section 1: the result holds already."""
    order = given_confirmed(orders)

    assert prepares(orders, order).body["order"]["confirmed"] is True
    again = confirms(orders, order)

    assert (again.status, again.body["version"]) == (200, order["version"])
    assert orders.told("orders.order_confirmed") == ["orders.order_confirmed"]


def test_held_order_is_not_confirmed_by_staff_either(orders: ServiceDriver) -> None:
    """O7, R-ORD-50."""
    order = given_submitted(orders)
    holds(orders, order)

    for answer in (prepares(orders, order), confirms(orders, order)):
        assert (answer.status, answer.code) == (409, "order_held")
    assert orders.told("orders.order_confirmed") == []


def test_refused_confirm_leaves_the_order_as_it_was(orders: ServiceDriver) -> None:
    """R-STA-08: status, version, history, facts."""
    order = offers(orders)
    holds(orders, order)
    before = orders.asks("GET", f"/admin/v1/orders/{order['id']}").body
    told, history = orders.told(), orders.rows("SELECT count(*) FROM history")

    assert confirms(orders, order).status == 409

    assert orders.asks("GET", f"/admin/v1/orders/{order['id']}").body == before
    assert (orders.told(), orders.rows("SELECT count(*) FROM history")) == (told, history)


def test_cancelled_order_is_not_confirmed(orders: ServiceDriver) -> None:
    order = given_submitted(orders)
    orders.hears(hold_closed(order, on_expiry="cancel"))

    for answer in (prepares(orders, order), confirms(orders, order)):
        assert (answer.status, answer.code, answer.body["command"]) == (409, "illegal_transition", "confirm")


def test_every_line_must_be_sellable(orders: ServiceDriver) -> None:
    """O7's guard, and lines there must be."""
    order, empty = offers(orders), offers(orders, lines=[])
    given_product(orders, "mug", active=False)

    for found, code in ((order, "product_unavailable"), (empty, "lines_missing")):
        for answer in (prepares(orders, found), confirms(orders, found)):
            assert (answer.status, answer.code, answer.body["errors"][0]["code"]) == (422, "cart_incomplete", code)


def test_confirm_needs_its_permission_and_the_version(orders: ServiceDriver) -> None:
    """R-ACC-04: support may write orders but not confirm them. R-ORD-46."""
    order = offers(orders)

    for answer in (prepares(orders, order, caller=SUPPORT), confirms(orders, order, caller=SUPPORT)):
        assert (answer.status, answer.body["required_permission"]) == (403, "orders.confirm")
    assert prepares(orders, order, if_match='"7"').code == "version_mismatch"
    assert orders.asks("POST", f"/internal/v1/orders/{order['id']}/confirm", {}, caller=None).status == 404


def test_prepare_resolves_the_key_that_comes_along(orders: ServiceDriver) -> None:
    order = offers(orders)
    path = f"/internal/v1/orders/{order['id']}/confirm/prepare"
    secret = key_with(orders, "sales")

    assert orders.asks("POST", path, {}, caller=NOBODY, headers=bearer(secret)).body["caller"]["type"] == "api_key"
    assert orders.asks("POST", path, {}, caller=NOBODY).status == 401
    assert orders.asks("POST", path, {}, caller=None, headers=bearer(secret)).status == 404


def closes(orders: ServiceDriver, key: str, status: int) -> None:
    answer = {"status": status, "headers": {"content-type": "application/json", "etag": '"2"'}, "body": "{}"}
    assert orders.asks("POST", "/internal/v1/idempotency/close", {"key": key, "answer": answer}, caller=HOUSE).status == 204


def test_repeat_with_the_same_key_gets_the_first_answer(orders: ServiceDriver) -> None:
    """R-API-01, R-API-02: in progress until its lease is over, then taken up again, then answered from the store."""
    order = offers(orders)
    key = prepares(orders, order, idempotency_key="k1").body["idempotency_key"]
    assert prepares(orders, order, idempotency_key="k1").code == "idempotency_in_progress"
    orders.later(seconds=31)
    assert prepares(orders, order, idempotency_key="k1").body["idempotency_key"] == key

    closes(orders, key, 200)

    again = prepares(orders, order, idempotency_key="k1").body
    assert (again["stored"]["status"], again["stored"]["headers"]["etag"], again["order"]) == (200, '"2"', None)


def test_refusal_before_any_step_is_kept_for_the_repeat(orders: ServiceDriver) -> None:
    """api.md, 13.11."""
    order = offers(orders)
    holds(orders, order)
    assert prepares(orders, order, idempotency_key="k1").code == "order_held"
    orders.asks("POST", f"/admin/v1/orders/{order['id']}/release", {})

    again = prepares(orders, order, idempotency_key="k1").body

    assert again["stored"]["status"] == 409
    assert "order_held" in again["stored"]["body"]
    assert prepares(orders, order, idempotency_key="k2").status == 200


def test_refusal_after_a_lease_that_was_over_is_kept_too(orders: ServiceDriver) -> None:
    order = offers(orders)
    prepares(orders, order, idempotency_key="k1")
    holds(orders, order)
    orders.later(seconds=31)

    assert prepares(orders, order, idempotency_key="k1").code == "order_held"

    assert prepares(orders, order, idempotency_key="k1").body["stored"]["status"] == 409


def records(orders: ServiceDriver, order: dict[str, Any], *, caller: Caller = SALES) -> Answer:
    return orders.asks("POST", f"/internal/v1/orders/{order['id']}/recordable", {}, caller=caller)


def test_money_is_recordable_for_every_order_with_a_number(orders: ServiceDriver) -> None:
    """P4, and P10 for a cancelled order."""
    order, cart = given_submitted(orders), given_cart(orders)
    orders.hears(hold_closed(order, on_expiry="cancel"))

    told = records(orders, order).body["order"]
    assert (told["number"], told["state"], told["content"]["totals"]["total"]) == (order["number"], "cancelled", "35.83")
    assert (records(orders, cart).status, records(orders, cart).code) == (409, "illegal_transition")
    support = records(orders, offers(orders), caller=SUPPORT)
    assert (support.status, support.body["required_permission"]) == (403, "payments.record")


def test_recorded_money_confirms_an_offer_that_was_never_submitted(orders: ServiceDriver) -> None:
    """R-ORD-36: and the confirm that recorded it answers the confirmed order."""
    order = offers(orders)
    orders.hears(recorded(order, confirms_order=False), seq=1)
    assert confirms(orders, order | {"id": offers(orders)["id"]}).body["payment_status"] == "unpaid"

    orders.hears(recorded(order), seq=2)

    shown = confirms(orders, order).body
    assert (shown["state"], shown["payment_status"], shown["status"]) == ("confirmed", "paid", "remote_payment_accepted")
    assert [fact.order_id for fact in orders.told_events("orders.order_confirmed")].count(order["id"]) == 1


def test_part_of_the_money_does_not_confirm_an_offer(orders: ServiceDriver) -> None:
    """R-ORD-36; and what is partly paid is not edited (O2)."""
    order = offers(orders)

    orders.hears(recorded(order, amount="1.00"), seq=1)

    shown = orders.asks("GET", f"/admin/v1/orders/{order['id']}").body
    assert (shown["state"], shown["payment_status"]) == ("quotation", "partial")
    path = f"/store/v1/carts/{order['id']}"
    customer = Caller(type="guest", channel="web", order_id=order["id"])
    assert orders.asks("PATCH", path, {"name": "Eve"}, caller=customer).code == "payment_in_progress"
