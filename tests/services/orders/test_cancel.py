"""Staff cancel an order (O10): what stands in the way, and what it tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.contracts import billing
from shared.web.caller import ROLES, Caller
from tests.services.orders.test_send import given_offer, written
from tests.support.driver import Answer, ServiceDriver
from tests.support.samples_order_facts import authorized, captured, delivery_created, delivery_done, hold_closed, invoice_posted, payment
from tests.support.samples_order_news import awaited, disputed
from tests.support.samples_orders import given_cart, given_confirmed, given_shop, given_submitted, seen, submits

SALES = Caller(type="api_key", id="key_SALES", name="sales", permissions=ROLES["sales"])


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def cancels(orders: ServiceDriver, order: dict[str, Any], reason: str = "customer_request", *, body: Any = None, **more: Any) -> Answer:
    asked = {"reason": reason} | (body or {})
    return orders.asks("POST", f"/admin/v1/orders/{order['id']}/cancel", asked, **{"caller": SALES, **more})


def given_confirmed_unpaid(orders: ServiceDriver) -> dict[str, Any]:
    order = written(orders)
    answer = orders.asks("POST", f"/internal/v1/orders/{order['id']}/confirm", {}, caller=SALES)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.body
    return found


def given_wired(orders: ServiceDriver) -> dict[str, Any]:
    order: dict[str, Any] = submits(orders, given_cart(orders), method="wire").body["order"]
    orders.hears(awaited(order), seq=2)
    return order


GIVEN: dict[str, Callable[[ServiceDriver], dict[str, Any]]] = {
    "quotation": given_cart,
    "quotation, submitted": given_submitted,
    "quotation, written": written,
    "quotation_sent": given_offer,
    "quotation_sent, awaiting": given_wired,
    "confirmed": given_confirmed_unpaid,
}


@pytest.mark.parametrize("given", list(GIVEN))
def test_order_is_cancelled_with_its_reason_from_every_state(orders: ServiceDriver, given: str) -> None:
    """O10, R-ORD-51."""
    order = GIVEN[given](orders)
    before = seen(orders, order)

    answer = cancels(orders, order, body={"note": "called"})

    shown = answer.body
    assert (answer.status, shown["state"], shown["status"], shown["cancel_reason"]) == (200, "cancelled", "cancelled", "customer_request")
    assert (shown["cancelled_at"], shown["version"]) == ("2031-05-01T12:00:00.000000Z", before["version"] + 1)
    [fact] = orders.told_events("orders.order_cancelled")
    assert (fact.state_before, fact.reason, fact.note, fact.notify) == (given.partition(",")[0], "customer_request", "called", True)
    assert (fact.number, fact.submission, fact.envelope.actor.id) == (before["number"], 1, "key_SALES")


def test_cancelled_again_is_cancelled_once(orders: ServiceDriver) -> None:
    """R-ORD-51, R-NOT-04: once."""
    order = given_submitted(orders)
    first = cancels(orders, order)

    again = cancels(orders, order, "fraud")

    assert (again.status, again.body) == (200, first.body)
    assert orders.told("orders.order_cancelled") == ["orders.order_cancelled"]


def test_what_the_house_has_cancelled_stays_so(orders: ServiceDriver) -> None:
    order = given_submitted(orders)
    orders.hears(hold_closed(order, on_expiry="cancel"))

    assert cancels(orders, order).body["cancel_reason"] == "payment_expired"


@pytest.mark.parametrize("reason", ["customer_request", "out_of_stock", "fraud", "duplicate", "declined", "other"])
def test_shop_that_says_no_declines(orders: ServiceDriver, reason: str) -> None:
    """Section 6: declined."""
    names = {"declined": "Declined", "cancelled": "Cancelled"}

    shown = cancels(orders, given_submitted(orders), reason).body

    expected = "declined" if reason in ("fraud", "declined") else "cancelled"
    assert (shown["status"], shown["status_name"]) == (expected, names[expected])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": "payment_expired"},
        {"reason": "quotation_expired"},
        {"reason": "merged"},
        {"reason": "erased"},
        {"reason": "because"},
        {"reason": "other", "refund": "propose"},
        {"reason": "other", "notify": "no"},
    ],
)
def test_without_a_reason_of_people_nothing_is_cancelled(orders: ServiceDriver, body: dict[str, Any]) -> None:
    """R-ORD-51: a reason; refunds are not offered yet."""
    order = given_submitted(orders)

    answer = orders.asks("POST", f"/admin/v1/orders/{order['id']}/cancel", body, caller=SALES)

    assert (answer.status, answer.code, seen(orders, order)["state"]) == (422, "validation_failed", "quotation")


def test_nobody_is_told_where_staff_say_so(orders: ServiceDriver) -> None:
    cancels(orders, given_submitted(orders), body={"notify": False})

    assert [fact.notify for fact in orders.told_events("orders.order_cancelled")] == [False]


def test_handed_over_goods_come_back_first(orders: ServiceDriver) -> None:
    """R-ORD-52."""
    order = given_confirmed_unpaid(orders)
    orders.hears(delivery_created(order), seq=1)
    orders.hears(delivery_done(order, done=1), seq=2)

    answer = cancels(orders, order)

    assert (answer.status, answer.code, seen(orders, order)["state"]) == (409, "return_first", "confirmed")
    assert orders.told("orders.order_cancelled") == []


def test_delivery_that_is_only_packed_does_not_stand_in_the_way(orders: ServiceDriver) -> None:
    order = given_confirmed_unpaid(orders)
    orders.hears(delivery_done(order, step="pick", last=False), seq=1)

    assert cancels(orders, order).status == 200


def test_taken_money_is_given_back_first(orders: ServiceDriver) -> None:
    """No refund gives it back yet."""
    order = given_confirmed(orders)

    answer = cancels(orders, order)

    assert (answer.status, answer.code, answer.body["from"]) == (409, "illegal_transition", "confirmed")
    assert "money was taken" in answer.body["detail"]
    assert (seen(orders, order)["state"], "cancel" in answer.body["allowed"]) == ("confirmed", False)


def test_money_that_the_bank_took_back_does_not_stand_in_the_way(orders: ServiceDriver) -> None:
    """P14."""
    order = given_confirmed(orders)
    orders.hears(disputed(order, "lost"), seq=4)

    assert cancels(orders, order, "fraud").body["status"] == "declined"


def test_posted_invoice_stands(orders: ServiceDriver) -> None:
    """R-ORD-51 as far as it goes: nothing credits it yet."""
    order = given_confirmed_unpaid(orders)
    orders.hears(invoice_posted(order), seq=1)

    answer = cancels(orders, order)

    assert (answer.status, answer.code, "invoice" in answer.body["detail"]) == (409, "illegal_transition", True)
    assert seen(orders, order)["state"] == "confirmed"


def test_promised_money_does_not_stand_in_the_way(orders: ServiceDriver) -> None:
    """P12: billing voids it on hearing the fact; its word on that holds nothing (P6)."""
    order = given_submitted(orders)
    orders.hears(authorized(order), seq=2)
    assert seen(orders, order)["state"] == "confirmed"

    assert cancels(orders, order).status == 200
    orders.hears(payment(order, billing.PaymentCancelled, state="cancelled", state_before="authorized"), seq=3)

    shown = orders.asks("GET", f"/admin/v1/orders/{order['id']}").body
    assert (shown["state"], shown["hold"], shown["totals"]["authorized"]) == ("cancelled", None, "0.00")


def test_hold_ends_with_the_order(orders: ServiceDriver) -> None:
    order = given_submitted(orders)
    orders.asks("POST", f"/admin/v1/orders/{order['id']}/hold", {"reason": "odd"})

    assert cancels(orders, order, "fraud").body["hold"] is None
    assert orders.asks("GET", "/admin/v1/orders?view=on_hold").body["data"] == []


def test_cancel_asks_for_its_permission_and_the_version_that_was_seen(orders: ServiceDriver) -> None:
    """R-ACC-04, R-ORD-46."""
    order = given_submitted(orders)
    warehouse = Caller(type="api_key", id="key_W", name="w", permissions=ROLES["warehouse"])

    assert cancels(orders, order, caller=warehouse).status == 403
    assert cancels(orders, order, headers={"if-match": '"99"'}).code == "version_mismatch"
    assert cancels(orders, order, headers={"if-match": f'"{order["version"]}"'}).status == 200


def test_money_that_comes_after_the_cancel_confirms_nothing(orders: ServiceDriver) -> None:
    """R-ORD-53: it belongs to no order, as soon as billing says so."""
    order = given_submitted(orders)
    cancels(orders, order)

    orders.hears(captured(order), seq=2)
    assert (seen(orders, order)["state"], orders.told("orders.order_confirmed")) == ("cancelled", [])
    orders.hears(captured(order, orphaned=True, confirms_order=False, state_before="captured"), seq=3)

    assert (seen(orders, order)["state"], seen(orders, order)["totals"]["paid"]) == ("cancelled", "0.00")
