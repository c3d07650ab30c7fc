"""A confirmed order has its goods reserved, as far as the shelf reaches, and one delivery for them."""

from __future__ import annotations

from shared.contracts.orders import OrderConfirmed
from shared.messaging.consume import hear
from shared.values.clock import rfc3339
from tests.services.delivery.conftest import DeliveryDriver, assert_promises_are_there
from tests.support.driver import envelope_of
from tests.support.samples_delivery import ADDRESS, ORDER, OTHER, at, cancelled, closed, confirmed, goods, hold, line, reopened


def test_a_hold_becomes_firm_without_a_gap(delivery: DeliveryDriver) -> None:
    """R-STK-05: no telling in between in which the units were available."""
    delivery.given_stock(mug=2)
    delivery.holds(hold(*goods(mug=2)))

    delivery.hears(confirmed(*goods(mug=2)))

    assert delivery.stock("mug") == (2, 2, 0)
    assert delivery.reservations() == [("hold", "consumed", 2), ("firm", "active", 2)]
    assert [fact.available for fact in delivery.told_events("delivery.stock_changed")] == [2, 0, 0]
    delivery.later(hours=1)
    assert delivery.runs_timers() == [], "its timer is gone"


def test_all_there_is_told_as_reserved_and_ready(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=5, tea=5)

    delivery.hears(confirmed(*goods(mug=2, tea=1)))

    assert delivery.told()[2:] == [
        "delivery.stock_reserved",
        "delivery.stock_changed",
        "delivery.stock_changed",
        "delivery.delivery_created",
        "delivery.delivery_ready",
    ]
    reserved = delivery.told_events("delivery.stock_reserved")[0]
    assert (reserved.order_id, reserved.submission, reserved.complete) == (ORDER, 1, True)
    assert [(item.line_id, item.sku, item.quantity) for item in reserved.lines] == [("lin_1", "mug", 2), ("lin_2", "tea", 1)]


def test_what_is_missing_waits_and_what_is_there_is_reserved(delivery: DeliveryDriver) -> None:
    """R-STK-07."""
    delivery.given_stock(mug=1, tea=5)

    delivery.hears(confirmed(*goods(mug=3, tea=1)))

    assert delivery.told("delivery.stock_reserved", "delivery.stock_short") == ["delivery.stock_reserved", "delivery.stock_short"]
    assert delivery.told_events("delivery.stock_reserved")[0].complete is False
    short = delivery.told_events("delivery.stock_short")[0]
    assert [(item.sku, item.missing) for item in short.lines] == [("mug", 2)]
    assert short.envelope.aggregate_seq > delivery.told_events("delivery.stock_reserved")[0].envelope.aggregate_seq
    assert (delivery.stock("mug"), delivery.stock("tea"), delivery.states()) == ((1, 1, 0), (5, 1, 0), ["ready"])


def test_nothing_there_is_told_as_short_only(delivery: DeliveryDriver) -> None:
    delivery.hears(confirmed(*goods(mug=3)))

    assert delivery.told() == ["delivery.stock_short", "delivery.delivery_created"]
    assert delivery.states() == ["waiting_stock"]


def test_a_hold_of_a_part_is_filled_up_from_free_stock(delivery: DeliveryDriver) -> None:
    """R-STK-06."""
    delivery.given_stock(mug=1)
    delivery.holds(hold(line("mug", 3, allow_backorder=True)))
    delivery.given_stock(mug=2)

    delivery.hears(confirmed(line("mug", 3, allow_backorder=True)))

    assert delivery.stock("mug") == (2, 2, 0)
    assert [(item.sku, item.missing) for item in delivery.told_events("delivery.stock_short")[0].lines] == [("mug", 1)]


def test_units_held_for_lines_that_were_taken_out_are_free_again(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=5, tea=2)
    delivery.hears(confirmed(*goods(tea=3), order=OTHER))
    delivery.given_stock(tea=5)
    delivery.holds(hold(line("mug", 2, number=1), line("tea", 2, number=2)))
    delivery.hears(confirmed(*goods(tea=1), order="ord_01K0000000000000000000000C", minutes=1))
    assert delivery.states() == ["ready", "waiting_stock"]

    delivery.hears(confirmed(line("mug", 1, number=1), minutes=2))

    assert (delivery.stock("mug"), delivery.stock("tea")) == ((5, 1, 0), (5, 4, 0))
    assert delivery.states() == ["ready", "ready", "ready"]
    assert_promises_are_there(delivery)


def test_a_confirmed_order_leaves_the_hold_of_an_earlier_submission_to_its_own_end(delivery: DeliveryDriver) -> None:
    """R-STK-04: its reopening is on the way."""
    delivery.given_stock(mug=3)
    delivery.holds(hold(*goods(mug=2), submission=1))

    delivery.hears(confirmed(*goods(mug=1), submission=2))
    assert delivery.stock("mug") == (3, 1, 2)

    delivery.hears(reopened(submission=1))
    assert delivery.stock("mug") == (3, 1, 0)


def test_an_order_confirmed_after_its_hold_expired_gets_what_there_is(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=2)
    held = delivery.holds(hold(*goods(mug=2))).body["reservation"]["id"]
    delivery.hears(closed(held, "none"))
    delivery.holds(hold(*goods(mug=1), order=OTHER))

    delivery.hears(confirmed(*goods(mug=2)))

    assert delivery.stock("mug") == (2, 1, 1)
    assert [(item.sku, item.missing) for item in delivery.told_events("delivery.stock_short")[0].lines] == [("mug", 1)]


def test_confirmed_told_twice_reserves_and_delivers_once(delivery: DeliveryDriver) -> None:
    """R-DLV-01, R-STK-04."""
    delivery.given_stock(mug=5)

    delivery.hears(confirmed(*goods(mug=2)), times=2)

    assert (delivery.stock("mug"), delivery.states()) == ((5, 2, 0), ["ready"])


def test_services_and_digital_goods_need_no_delivery(delivery: DeliveryDriver) -> None:
    """R-ORD-12."""
    delivery.hears(confirmed(line("fitting", 1, type="service"), line("ebook", 1, number=2, type="digital")))

    assert (delivery.told(), delivery.states(), delivery.reservations()) == ([], [], [])


def test_only_goods_are_in_the_delivery(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=1)

    delivery.hears(confirmed(line("fitting", 1, type="service"), line("mug", 1, number=2)))

    assert [item["sku"] for item in delivery.deliveries()[0]["lines"]] == ["mug"]


def test_a_delivery_shows_what_is_to_be_handed_over(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=5)
    delivery.hears(
        confirmed(
            line("mug", 2, attributes={"colour": "red"}, barcode="4006381333931"),
            customer_note="Ring twice",
            expected_at=rfc3339(at(days=3)),
        )
    )

    found = delivery.deliveries(f"order_id={ORDER}&state=ready")[0]

    assert delivery.asks("GET", f"/admin/v1/deliveries/{found['id']}").body == found
    assert found | {"id": "", "lines": []} == {
        "id": "",
        "number": "DO000001",
        "order_id": ORDER,
        "kind": "outgoing",
        "step": "ship",
        "warehouse": "main",
        "seller_id": None,
        "state": "ready",
        "shipping_policy": "as_available",
        "backorder_policy": "always",
        "shipping_method": "standard",
        "carrier": "manual",
        "pickup": False,
        "pickup_code": None,
        "held": False,
        "hold_reasons": [],
        "customer_note": "Ring twice",
        "started_at": None,
        "picker": None,
        "priority": 0,
        "lines": [],
        "parcels": [],
        "previous": [],
        "next": [],
        "backorder_of": None,
        "backorders": [],
        "shipping_address": ADDRESS,
        "scheduled_at": None,
        "deadline_at": "2031-05-04T12:00:00.000000Z",
        "late": False,
        "done_at": None,
    }
    assert found["lines"][0] | {"id": ""} == {
        "id": "",
        "order_line_id": "lin_1",
        "sku": "mug",
        "name": "A mug",
        "attributes": {"colour": "red"},
        "barcode": "4006381333931",
        "quantity": 2,
        "reserved": 2,
        "done": 0,
        "location": "stock",
    }


def test_a_cancelled_order_that_is_heard_confirmed_late_gets_nothing(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=5)
    delivery.hears(cancelled())

    delivery.hears(confirmed(*goods(mug=2)))

    assert (delivery.stock("mug"), delivery.states()) == ((5, 0, 0), [])


def test_a_cancelled_order_gives_all_back_once(delivery: DeliveryDriver) -> None:
    """R-STK-08, R-ORD-51, R-STK-04."""
    delivery.given_stock(mug=5)
    delivery.hears(confirmed(*goods(mug=2)))

    delivery.hears(cancelled(), times=2)

    assert (delivery.stock("mug"), delivery.states()) == ((5, 0, 0), ["cancelled"])
    assert delivery.reservations() == [("firm", "released", 2)]
    assert delivery.told("delivery.delivery_cancelled", "delivery.stock_released") == [
        "delivery.delivery_cancelled",
        "delivery.stock_released",
    ]


def test_goods_of_a_cancelled_order_serve_one_that_waits(delivery: DeliveryDriver) -> None:
    """R-STK-11."""
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=2)))
    delivery.hears(confirmed(*goods(mug=1), order=OTHER, minutes=1))

    delivery.hears(cancelled())

    assert (delivery.stock("mug"), delivery.states()) == ((2, 1, 0), ["cancelled", "ready"])


def test_a_done_delivery_is_not_cancelled(delivery: DeliveryDriver) -> None:
    """R-STK-08, R-DLV-12."""
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=2)))
    delivery.validates()

    delivery.hears(cancelled())

    assert (delivery.stock("mug"), delivery.states()) == ((0, 0, 0), ["done"])


def hears_alone(delivery: DeliveryDriver, hearer: str, fact: OrderConfirmed) -> bool:
    """One hearer of the fact, as it runs when a neighbour of it failed; returns whether it is to be tried again."""
    return hear(delivery.hearing, envelope_of(fact), [f"delivery.{hearer}"], attempt=0) is not None


def test_a_delivery_waits_until_its_goods_are_reserved(delivery: DeliveryDriver) -> None:
    fact = confirmed(*goods(mug=1))
    delivery.given_stock(mug=1)

    assert hears_alone(delivery, "create_delivery", fact)
    assert delivery.states() == []

    assert not hears_alone(delivery, "reserve_stock", fact)
    assert not hears_alone(delivery, "create_delivery", fact)
    assert delivery.states() == ["ready"]


def test_stock_that_comes_just_before_the_delivery_is_not_passed_over(delivery: DeliveryDriver) -> None:
    """R-STK-11."""
    fact = confirmed(*goods(mug=1))
    hears_alone(delivery, "reserve_stock", fact)
    delivery.given_stock(mug=1)

    hears_alone(delivery, "create_delivery", fact)

    assert (delivery.states(), delivery.stock("mug")) == (["ready"], (1, 1, 0))


def test_an_order_being_confirmed_is_the_first_to_lose_what_is_not_there(delivery: DeliveryDriver) -> None:
    """R-STK-12."""
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=1), order=OTHER))
    fact = confirmed(*goods(mug=1), minutes=1)
    hears_alone(delivery, "reserve_stock", fact)

    delivery.given_stock(mug=1)

    short = delivery.told_events("delivery.stock_short")[0]
    assert (short.order_id, [(item.sku, item.missing) for item in short.lines]) == (ORDER, [("mug", 1)])
    hears_alone(delivery, "create_delivery", fact)
    assert delivery.states() == ["ready", "waiting_stock"]
    assert_promises_are_there(delivery)
