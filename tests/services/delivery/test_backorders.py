"""Handing over a part: the rest follows, or is cancelled, as the shop or the one who hands over says."""

from __future__ import annotations

import pytest

from tests.services.delivery.conftest import DeliveryDriver, assert_promises_are_there
from tests.support.samples_delivery import OTHER, confirmed, goods


def test_what_is_there_leaves_and_the_rest_waits_with_a_number_of_its_own(delivery: DeliveryDriver) -> None:
    """R-DLV-05, R-DLV-15, R-DLV-18, A8."""
    delivery.given_stock(mug=3, tea=1)
    delivery.hears(confirmed(*goods(mug=5, tea=1)))

    answer = delivery.validates({"tracking_number": "LX1"})

    first, second = delivery.deliveries()
    assert (answer.body["state"], [item["done"] for item in first["lines"]]) == ("done", [3, 1])
    assert (second["state"], second["number"], second["backorder_of"]) == ("waiting_stock", "DO000002", first["id"])
    assert ([(item["sku"], item["quantity"]) for item in second["lines"]], second["parcels"]) == ([("mug", 2)], [])
    assert first["backorders"] == [second["id"]]
    assert [item["quantity"] for item in first["parcels"][0]["lines"]] == [3, 1]
    done = delivery.told_events("delivery.delivery_done")[0]
    assert [(item.line_id, item.done) for item in done.lines] == [("lin_1", 3), ("lin_2", 1)]
    assert [(item.line_id, item.sku, item.quantity) for item in done.remaining] == [("lin_1", "mug", 2)]
    told = delivery.told_events("delivery.delivery_backordered")[0]
    assert (told.delivery_id, told.backorder_id, told.backorder_number) == (first["id"], second["id"], "DO000002")
    assert [(item.sku, item.quantity) for item in told.lines] == [("mug", 2)]
    assert told.envelope.aggregate_seq < done.envelope.aggregate_seq, "of the two, what was handed over is the newer"
    assert delivery.reservations() == [("firm", "consumed", 4), ("firm", "active", 0)]
    assert_promises_are_there(delivery)


def test_the_backorder_leaves_when_its_goods_came_with_its_own_tracking_number(delivery: DeliveryDriver) -> None:
    """R-DLV-15, R-STK-11."""
    delivery.given_stock(mug=1)
    delivery.hears(confirmed(*goods(mug=3)))
    delivery.validates({"tracking_number": "LX1"})

    delivery.given_stock(mug=5)
    assert delivery.states() == ["done", "ready"]
    parcel = delivery.validates(delivery=1).body["parcels"][0]

    assert (parcel["tracking_number"], parcel["lines"][0]["quantity"], delivery.stock("mug")) == (None, 2, (3, 0, 0))
    assert delivery.told_events("delivery.delivery_done")[-1].remaining == ()
    complete = [fact.complete for fact in delivery.told_events("delivery.stock_reserved")]
    assert complete == [False, True, True], "the part that left misses nothing any more"
    assert_promises_are_there(delivery)


def test_named_units_leave_and_the_others_keep_what_they_have(delivery: DeliveryDriver) -> None:
    """A7: what was reserved for the rest stays reserved for it."""
    delivery.given_stock(mug=5)
    delivery.hears(confirmed(*goods(mug=5)))
    delivery.hears(confirmed(*goods(mug=1), order=OTHER, minutes=1))

    assert delivery.hands_over(2).status == 200

    assert delivery.states() == ["done", "waiting_stock", "ready"]
    assert (delivery.found(2)["lines"][0]["reserved"], delivery.stock("mug")) == (3, (3, 3, 0))
    assert_promises_are_there(delivery)


def test_more_than_is_reserved_is_refused_with_all_lines_named(delivery: DeliveryDriver) -> None:
    """R-DLV-08; A7."""
    delivery.given_stock(mug=3, tea=1)
    delivery.hears(confirmed(*goods(mug=5, tea=2)))

    answer = delivery.hands_over(4, 2)

    assert (answer.status, answer.code) == (422, "quantity_too_large")
    found = [(item["pointer"], item["code"], item["meta"]) for item in answer.body["errors"]]
    assert found == [
        ("/lines/0/quantity", "quantity_too_large", {"requested": 4, "reserved": 3}),
        ("/lines/1/quantity", "quantity_too_large", {"requested": 2, "reserved": 1}),
    ]
    assert delivery.states() == ["ready"]


def test_a_line_is_named_once(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=3)
    delivery.hears(confirmed(*goods(mug=3)))
    line = delivery.found()["lines"][0]["id"]

    answer = delivery.validates({"lines": [{"line_id": line, "quantity": 1}, {"line_id": line, "quantity": 2}]})

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/lines/1/line_id")


def test_a_shop_that_asks_is_answered_in_the_call(delivery: DeliveryDriver) -> None:
    """R-DLV-05."""
    delivery.given_settings(backorder_policy="ask")
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=3)))

    refused = delivery.validates()
    assert (refused.status, refused.code, delivery.states()) == (409, "backorder_decision_needed", ["ready"])

    assert delivery.validates({"backorder": True}).status == 200
    assert delivery.states() == ["done", "waiting_stock"]


def test_nobody_is_asked_when_nothing_stays_behind(delivery: DeliveryDriver) -> None:
    delivery.given_settings(backorder_policy="ask")
    delivery.given_stock(mug=3)
    delivery.hears(confirmed(*goods(mug=3)))

    assert (delivery.validates().status, delivery.states()) == (200, ["done"])


@pytest.mark.parametrize(("policy", "asked"), [("never", None), ("always", False), ("ask", False)])
def test_a_rest_that_nobody_gets_is_cancelled_and_its_goods_are_free(delivery: DeliveryDriver, policy: str, asked: bool | None) -> None:
    """R-DLV-05: its value is proposed for refund by billing."""
    delivery.given_settings(backorder_policy=policy)
    delivery.given_stock(mug=3)
    delivery.hears(confirmed(*goods(mug=4)))
    delivery.hears(confirmed(*goods(mug=1), order=OTHER, minutes=1))

    assert delivery.hands_over(2, backorder=asked).status == 200

    assert delivery.states() == ["done", "ready"], "what was reserved for it serves the other order"
    told = delivery.told_events("delivery.units_cancelled")[0]
    assert (told.reason, [(item.line_id, item.sku, item.quantity) for item in told.lines]) == ("shortage", [("lin_1", "mug", 2)])
    assert delivery.told_events("delivery.delivery_done")[0].remaining == ()
    assert (delivery.told("delivery.delivery_backordered"), delivery.stock("mug")) == ([], (1, 1, 0))
    assert_promises_are_there(delivery)


def test_the_policy_of_its_confirmation_counts(delivery: DeliveryDriver) -> None:
    """R-DLV-02."""
    delivery.given_stock(mug=1)
    delivery.hears(confirmed(*goods(mug=2)))
    delivery.given_settings(backorder_policy="never", shipping_policy="all_at_once")

    delivery.validates()

    assert delivery.states() == ["done", "waiting_stock"]
    assert (delivery.found(1)["backorder_policy"], delivery.found(1)["shipping_policy"]) == ("always", "as_available")


def test_all_at_once_the_backorder_too_waits_for_all_of_it(delivery: DeliveryDriver) -> None:
    """R-DLV-04."""
    delivery.given_settings(shipping_policy="all_at_once")
    delivery.given_stock(mug=5)
    delivery.hears(confirmed(*goods(mug=5)))
    delivery.hands_over(1)
    assert delivery.states() == ["done", "ready"]

    delivery.given_stock(mug=3)

    assert (delivery.states(), delivery.found(1)["lines"][0]["reserved"]) == (["done", "waiting_stock"], 3)
