"""How long a quotation of staff is valid, and what ends with it (O9, R-ORD-54)."""

from __future__ import annotations

from typing import Any

import pytest

from shared.values.clock import parse_rfc3339
from tests.support.driver import ServiceDriver
from tests.support.samples_order_facts import authorized, captured, failed, hold_closed, payment
from tests.support.samples_order_news import awaited, recorded
from tests.support.samples_orders import HOME, given_cart, given_shop, submits

UNTIL = "2031-05-10T12:00:00.000000Z"


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def offers(orders: ServiceDriver, **body: Any) -> dict[str, Any]:
    whole = {
        "customer": {"email": "ada@example.org"},
        "lines": [{"sku": "mug", "quantity": 2}],
        "shipping_method": "standard",
        "shipping_address": HOME,
        "valid_until": UNTIL,
    } | body
    answer = orders.asks("POST", "/admin/v1/orders", {name: value for name, value in whole.items() if value is not ...})
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.body
    return found


def shown(orders: ServiceDriver, order: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = orders.asks("GET", f"/admin/v1/orders/{order['id']}").body
    return found


def ends(orders: ServiceDriver) -> list[str]:
    orders.at(parse_rfc3339(UNTIL))
    return orders.runs_timers()


def test_quotation_is_cancelled_when_its_time_is_over(orders: ServiceDriver) -> None:
    """Without a method: always cancelled."""
    order = offers(orders)
    assert order["valid_until"] == UNTIL
    orders.at(parse_rfc3339("2031-05-10T11:59:59Z"))
    assert orders.runs_timers() == []

    assert ends(orders) == ["quotation"]

    after = shown(orders, order)
    assert (after["state"], after["cancel_reason"], after["status"]) == ("cancelled", "quotation_expired", "cancelled")
    [fact] = orders.told_events("orders.order_cancelled")
    assert (fact.reason, fact.state_before, fact.number) == ("quotation_expired", "quotation", order["number"])


def test_shop_may_say_how_long_its_quotations_are_valid(orders: ServiceDriver) -> None:
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"orders": {"quotation_valid_days": 9}}})

    assert offers(orders, valid_until=...)["valid_until"] == UNTIL
    assert offers(orders, valid_until="2031-06-01T00:00:00Z")["valid_until"] == "2031-06-01T00:00:00.000000Z"


def test_quotation_is_valid_for_ever_by_default_and_a_cart_always(orders: ServiceDriver) -> None:
    assert offers(orders, valid_until=...)["valid_until"] is None
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"orders": {"quotation_valid_days": 9}}})

    assert given_cart(orders)["valid_until"] is None
    assert orders.rows("SELECT kind FROM timers") == []


@pytest.mark.parametrize("until", ["2031-05-01T12:00:00Z", "2031-05-30", "soon"])
def test_time_that_has_passed_or_is_none_is_refused(orders: ServiceDriver, until: str) -> None:
    answer = orders.asks("POST", "/admin/v1/orders", {"lines": [], "valid_until": until})

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/valid_until")


def test_awaited_transfer_ends_with_its_quotation(orders: ServiceDriver) -> None:
    """Billing withdraws it on hearing the cancellation."""
    order = offers(orders)
    submits(orders, order, method="wire")
    orders.hears(awaited(order), seq=2)

    ends(orders)

    assert shown(orders, order)["cancel_reason"] == "quotation_expired"
    assert orders.told_events("orders.order_cancelled")[0].state_before == "quotation_sent"


@pytest.mark.parametrize("fact", [payment, failed, authorized, captured, recorded], ids=lambda fact: fact.__name__)
def test_quotation_never_ends_while_money_is_there_or_may_come(orders: ServiceDriver, fact: Any) -> None:
    """R-ORD-54: open, payable, promised, captured."""
    order = offers(orders)
    submits(orders, order)
    orders.hears(fact(order, **({"confirms_order": False} if fact in (authorized, captured, recorded) else {})), seq=2)

    ends(orders)

    assert shown(orders, order)["state"] == "quotation"


def test_quotation_ends_when_its_online_payment_has_ended_without_money(orders: ServiceDriver) -> None:
    order = offers(orders)
    submits(orders, order)
    orders.hears(payment(order), seq=1)
    ends(orders)

    orders.hears(hold_closed(order))
    assert shown(orders, order)["submitted_at"] is None
    orders.runs_timers()

    assert shown(orders, order)["cancel_reason"] == "quotation_expired"


def test_confirmed_order_does_not_end(orders: ServiceDriver) -> None:
    order = offers(orders)
    submits(orders, order)
    orders.hears(captured(order), seq=2)

    ends(orders)

    assert shown(orders, order)["state"] == "confirmed"
