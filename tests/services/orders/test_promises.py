"""When the goods are expected, what was promised, and when an order is late (R-DLV-22)."""

from __future__ import annotations

from typing import Any

import pytest

from shared.values.clock import parse_rfc3339
from tests.support.driver import ServiceDriver
from tests.support.samples_order_facts import captured, delivery_done
from tests.support.samples_order_news import units_cancelled
from tests.support.samples_orders import HOME, STANDARD, given_confirmed, given_method, given_shop, given_submitted, seen


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def given_hours(orders: ServiceDriver, hours: int | None) -> None:
    values = {"delivery": {"late_after_hours": hours}} if hours is not None else {}
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": values})


def given_promised(orders: ServiceDriver, promised_at: str, **body: Any) -> dict[str, Any]:
    """An order of staff with a promise, confirmed by them."""
    whole = {"lines": [{"sku": "mug", "quantity": 2}], "promised_at": promised_at} | body
    made = orders.asks("POST", "/admin/v1/orders", whole)
    assert made.status == 201, made.body
    confirmed = orders.asks("POST", f"/internal/v1/orders/{made.body['id']}/confirm", {})
    assert confirmed.status == 200, confirmed.body
    found: dict[str, Any] = confirmed.body
    return found


def test_confirmation_says_when_the_goods_are_expected(orders: ServiceDriver) -> None:
    """Five working days after Thursday, 1 May."""
    order = given_confirmed(orders)

    assert order["expected_at"] == "2031-05-08T12:00:00.000000Z"
    assert orders.told_events("orders.order_confirmed")[0].expected_at == order["expected_at"]


def test_cut_off_working_days_and_time_zone_count(orders: ServiceDriver) -> None:
    """Noon in London is half past three in Tehran: too late for that day; there Saturday to Wednesday are worked."""
    given_method(orders, STANDARD | {"cut_off": "14:00"}, version=2)
    store = {"time_zone": "Asia/Tehran", "working_days": ["sat", "sun", "mon", "tue", "wed"]}
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"store": store}})

    assert given_confirmed(orders)["expected_at"] == "2031-05-10T12:00:00.000000Z"


@pytest.mark.parametrize(
    "body",
    [{"shipping_method": "pickup"}, {"lines": [{"sku": "engraving", "quantity": 1}], "shipping_method": ...}],
    ids=["no_lead_time", "no_goods"],
)
def test_nothing_is_expected_without_lead_time_or_goods(orders: ServiceDriver, body: dict[str, Any]) -> None:
    assert given_confirmed(orders, **body)["expected_at"] is None


def test_promise_that_is_passed_is_late_once(orders: ServiceDriver) -> None:
    """R-DLV-22."""
    order = given_promised(orders, "2031-05-09T12:00:00Z")
    assert (order["promised_at"], order["late"]) == ("2031-05-09T12:00:00.000000Z", False)
    orders.at(parse_rfc3339("2031-05-09T11:59:59Z"))
    assert orders.runs_timers() == []

    orders.later(seconds=1)
    assert orders.runs_timers() == ["late_order"]
    orders.later(days=30)
    assert orders.runs_timers() == []

    shown = orders.asks("GET", f"/admin/v1/orders/{order['id']}").body
    assert (shown["late"], shown["state"]) == (True, "confirmed")
    [fact] = orders.told_events("orders.order_late")
    assert (fact.number, fact.promised_at, fact.late_since, fact.hours) == (
        order["number"],
        order["promised_at"],
        order["promised_at"],
        None,
    )


def test_promise_that_is_too_early_is_late_at_once(orders: ServiceDriver) -> None:
    """R-DLV-22: the method needs longer."""
    order = given_promised(orders, "2031-05-07T12:00:00Z", shipping_method="standard", shipping_address=HOME)

    assert orders.runs_timers() == ["late_order"]
    assert orders.asks("GET", f"/admin/v1/orders/{order['id']}").body["late"] is True


def test_hours_of_the_shop_count_without_a_promise(orders: ServiceDriver) -> None:
    given_hours(orders, 48)
    order = given_confirmed(orders)

    orders.later(hours=47)
    assert orders.runs_timers() == []
    orders.later(hours=1)
    assert orders.runs_timers() == ["late_order"]

    assert seen(orders, order)["late"] is True
    [fact] = orders.told_events("orders.order_late")
    assert (fact.promised_at, fact.late_since, fact.hours) == (None, "2031-05-03T12:00:00.000000Z", 48)


def test_promise_stands_in_for_the_hours_of_the_shop(orders: ServiceDriver) -> None:
    given_hours(orders, 48)
    given_promised(orders, "2031-05-20T12:00:00Z")

    orders.later(hours=72)

    assert orders.runs_timers() == []


def test_order_without_promise_is_never_late_by_default(orders: ServiceDriver) -> None:
    given_confirmed(orders)

    assert orders.rows("SELECT kind FROM timers") == []


def test_order_of_services_is_never_late(orders: ServiceDriver) -> None:
    given_hours(orders, 48)
    given_confirmed(orders, lines=[{"sku": "engraving", "quantity": 1}], shipping_method=...)

    assert orders.rows("SELECT kind FROM timers") == []


def test_what_was_handed_over_in_time_is_not_late(orders: ServiceDriver) -> None:
    given_hours(orders, 48)
    order = given_confirmed(orders)
    orders.hears(delivery_done(order), seq=3)

    orders.later(hours=48)
    orders.runs_timers()

    assert (seen(orders, order)["late"], orders.told("orders.order_late")) == (False, [])


def test_late_order_is_late_until_all_of_it_is_handed_over(orders: ServiceDriver) -> None:
    given_hours(orders, 48)
    order = given_confirmed(orders)
    orders.hears(delivery_done(order, done=1), seq=3)
    orders.later(hours=48)
    orders.runs_timers()
    assert seen(orders, order)["late"] is True

    orders.hears(delivery_done(order, done=1, delivery_id="dlv_second"), seq=3)

    assert seen(orders, order)["late"] is False


def test_units_that_nobody_gets_keep_no_order_late(orders: ServiceDriver) -> None:
    given_hours(orders, 48)
    order = given_confirmed(orders)
    orders.hears(delivery_done(order, done=1), seq=3)
    orders.hears(units_cancelled(order), seq=4)

    orders.later(hours=48)
    orders.runs_timers()

    assert seen(orders, order)["late"] is False


def test_open_quotation_is_never_late(orders: ServiceDriver) -> None:
    given_hours(orders, 48)
    order = given_submitted(orders)
    assert orders.rows("SELECT kind FROM timers") == []
    orders.later(hours=72)
    orders.hears(captured(order), seq=2)

    assert seen(orders, order)["late"] is False
