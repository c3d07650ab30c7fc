"""What delivery tells of an order on its way: who is at it, what waits, and what nobody will get."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from shared.contracts import delivery
from tests.support.driver import ServiceDriver
from tests.support.samples_order_facts import (
    authorized,
    captured,
    delivery_created,
    delivery_done,
    delivery_fact,
    delivery_ready,
    invoice_posted,
    parcel_delivered,
    parcel_moved,
    reserved,
    short,
)
from tests.support.samples_order_news import backordered, pickup_ready, started, units_cancelled
from tests.support.samples_orders import given_confirmed, given_product, given_shop, given_submitted, seen


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def given_trigger(orders: ServiceDriver, trigger: str) -> None:
    values = {"billing": {"invoice_trigger": {"private": trigger}}}
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": values})


@pytest.mark.parametrize("language", ["en", "fa", "vi", "ru"])
def test_started_delivery_shows_to_the_customer(orders: ServiceDriver, language: str) -> None:
    """R-DLV-07, R-STA-02."""
    names = {"en": "In preparation", "fa": "در حال آماده‌سازی", "vi": "Đang chuẩn bị hàng", "ru": "Готовится к отправке"}
    order = given_confirmed(orders, language=language)
    orders.hears(delivery_ready(order), seq=2)

    orders.hears(started(order), seq=3)

    shown = seen(orders, order)
    assert (shown["status"], shown["status_name"], shown["delivery_status"]) == ("in_preparation", names[language], "started")


def test_after_the_first_hand_over_starting_the_rest_changes_no_status(orders: ServiceDriver) -> None:
    """R-DLV-07; Section 6 of lifecycles.md, 1; the same for a shortage."""
    order = given_confirmed(orders)
    orders.hears(delivery_done(order, done=1), seq=3)

    orders.hears(started(order, delivery_id="dlv_second"), seq=3)
    orders.hears(short(order), seq=3)

    assert seen(orders, order)["status"] == "partly_shipped"


def test_cancelled_delivery_is_in_preparation_no_more(orders: ServiceDriver) -> None:
    order = given_confirmed(orders)
    orders.hears(started(order), seq=3)

    orders.hears(delivery_fact(order, delivery.DeliveryCancelled, state="cancelled"), seq=4)

    assert seen(orders, order)["status"] == "payment_accepted"


@pytest.mark.parametrize("language", ["en", "fa", "vi", "ru"])
def test_goods_at_the_counter_are_ready_for_pickup(orders: ServiceDriver, language: str) -> None:
    """R-DLV-21, R-STA-02."""
    names = {"en": "Ready for pickup", "fa": "آماده تحویل حضوری", "vi": "Sẵn sàng nhận tại cửa hàng", "ru": "Готов к выдаче"}
    order = given_confirmed(orders, language=language, shipping_method="pickup", shipping_address=...)
    orders.hears(started(order), seq=2)

    orders.hears(pickup_ready(order), seq=3)
    shown = seen(orders, order)
    assert (shown["status"], shown["status_name"]) == ("ready_for_pickup", names[language])

    orders.hears(delivery_done(order, pickup=True, to_customer=False), seq=4)
    assert seen(orders, order)["status"] == "delivered"


def test_shortage_gives_way_to_the_former_status(orders: ServiceDriver) -> None:
    """R-STK-07: delivery_ready in full, which follows the reservation of all of it."""
    order = given_submitted(orders)
    orders.hears(authorized(order), seq=2)
    orders.hears(short(order), seq=1)
    assert seen(orders, order)["status"] == "on_backorder_unpaid"
    orders.hears(captured(order), seq=3)
    assert seen(orders, order)["status"] == "on_backorder_paid"

    orders.hears(reserved(order), seq=2)
    orders.hears(delivery_ready(order), seq=2)

    assert seen(orders, order)["status"] == "payment_accepted"


def test_backorder_is_known_before_its_own_first_word(orders: ServiceDriver) -> None:
    order = given_confirmed(orders)
    backorder = delivery_created(order, delivery_id="dlv_second", number="DO000002", quantity=1, state="ready")

    for sequence in itertools.permutations(((backordered(order), 4), (backorder, 1))):
        for fact, seq in sequence:
            orders.hears(fact, seq=seq)
        rows = orders.rows("SELECT seq, \"values\" FROM parts WHERE kind = 'delivery' AND record_id = 'dlv_second'")
        assert [seq for seq, _ in rows] == [1]


def test_deliveries_of_other_kinds_say_nothing_of_the_order(orders: ServiceDriver) -> None:
    order = given_confirmed(orders)

    for fact in (started(order, kind="return"), pickup_ready(order, kind="return"), started(order, order_id=None)):
        orders.hears(fact, seq=2)

    assert seen(orders, order)["status"] == "payment_accepted"


def test_what_is_on_its_way_for_no_order_or_for_none_of_its_lines_is_nobodys(orders: ServiceDriver) -> None:
    order = given_confirmed(orders)
    arrived, moved = parcel_delivered(order), parcel_moved(order)
    number = delivery.TrackingChanged(parcel_id="pcl_1", delivery_id="dlv_1", order_id=None, carrier="dhl", tracking_number="LX1")
    nobodys = arrived.lines[0].model_copy(update={"line_id": None, "quantity": 9})

    for fact in (
        started(order, order_id=None, delivery_id="dlv_2"),
        delivery_done(order, order_id=None, delivery_id="dlv_2"),
        arrived.model_copy(update={"order_id": None}),
        moved.model_copy(update={"order_id": None}),
        number,
        arrived.model_copy(update={"parcel_id": "pcl_2", "lines": (nobodys,)}),
    ):
        orders.hears(fact, seq=2)

    assert seen(orders, order)["status"] == "payment_accepted"
    assert orders.rows("SELECT record_id FROM parts WHERE kind IN ('arrival', 'parcel', 'tracking', 'started')") == [("pcl_2",)]
    assert orders.rows("SELECT count(*) FROM dead_letters") == [(0,)]


def test_units_that_nobody_gets_leave_what_is_due_and_to_invoice(orders: ServiceDriver) -> None:
    """Section 2: outstanding, delivery_status, quantity_to_invoice; the cancelled unit is the line's highest (api.md, 13.14)."""
    order = given_submitted(orders)
    orders.hears(authorized(order, amount="20.00"), seq=2)
    orders.hears(captured(order, payment_id="pay_other", amount="1.00"), seq=1)
    orders.hears(authorized(order), seq=3)
    orders.hears(delivery_done(order, done=1), seq=3)
    assert seen(orders, order)["delivery_status"] == "partial"

    orders.hears(units_cancelled(order), seq=4)

    shown = seen(orders, order)
    line = shown["lines"][0]
    assert (shown["delivery_status"], line["quantity_cancelled"], line["quantity_to_invoice"]) == ("full", 1, 1)
    orders.hears(authorized(order, amount="20.00"), seq=4)
    assert seen(orders, order)["totals"]["outstanding"] == "0.00"
    orders.hears(authorized(order, amount="19.00"), seq=5)
    assert seen(orders, order)["totals"]["outstanding"] == "0.83"


def test_cancelled_units_are_counted_once_for_each_reason(orders: ServiceDriver) -> None:
    order = given_confirmed(orders)

    orders.hears(units_cancelled(order), seq=4, times=3)
    orders.hears(units_cancelled(order, reason="refund"), seq=5)

    assert seen(orders, order)["lines"][0]["quantity_cancelled"] == 2


def test_order_with_cancelled_units_closes_when_their_value_is_paid_back(orders: ServiceDriver) -> None:
    """R-ORD-62: nothing left to deliver, to invoice, to pay or to refund. 15.00 is one mug."""
    given_product(orders, "mug", returnable=False, weight_g=400)
    order = given_confirmed(orders)
    line = order["lines"][0]["id"]
    orders.hears(delivery_done(order, done=1), seq=3)
    orders.hears(units_cancelled(order), seq=4)
    orders.hears(invoice_posted(order, lines=({"line_id": line, "quantity": 1},)))
    orders.hears(parcel_delivered(order, quantity=1))
    shown = seen(orders, order)
    assert (shown["invoice_status"], shown["closed_at"]) == ("invoiced", None)

    orders.hears(captured(order, refunded="15.00"), seq=4)

    assert seen(orders, order)["closed_at"] is not None


def test_invoice_by_hand_over_is_due_for_what_left_the_house(orders: ServiceDriver) -> None:
    """R-INV-02, on_delivery: frozen at confirmation."""
    given_trigger(orders, "on_delivery")
    order = given_confirmed(orders, lines=[{"sku": "mug", "quantity": 2}, {"sku": "engraving", "quantity": 1}])
    due = [line["quantity_to_invoice"] for line in order["lines"]]
    orders.commands("PUT", "/internal/v1/settings", {"version": 2, "values": {}})

    orders.hears(delivery_done(order, done=1), seq=3)
    orders.hears(units_cancelled(order), seq=4)

    assert (due, [line["quantity_to_invoice"] for line in seen(orders, order)["lines"]]) == ([0, 1], [1, 1])


def test_nothing_to_invoice_yet_is_no_invoice_status(orders: ServiceDriver) -> None:
    given_trigger(orders, "on_delivery")

    assert given_confirmed(orders)["invoice_status"] == "none"


@pytest.mark.parametrize(("trigger", "closed"), [("on_request", True), ("on_confirm", False)])
def test_only_an_invoice_on_request_may_be_missing_at_the_end(orders: ServiceDriver, trigger: str, closed: bool) -> None:
    """R-ORD-62."""
    given_trigger(orders, trigger)
    order: dict[str, Any] = given_confirmed(orders, lines=[{"sku": "engraving", "quantity": 1}], shipping_method=...)

    orders.hears(captured(order), seq=4)

    assert (seen(orders, order)["closed_at"] is not None, seen(orders, order)["invoice_status"]) == (closed, "to_invoice")
