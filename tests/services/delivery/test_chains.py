"""Chains: one step or several, one way or as many as sellers or warehouses, to the door or over the counter."""

from __future__ import annotations

import pytest

from tests.services.delivery.conftest import DeliveryDriver, assert_promises_are_there
from tests.support.driver import OWNER
from tests.support.samples_delivery import ORDER, cancelled, confirmed, goods, line


def steps(delivery: DeliveryDriver) -> list[tuple[str, str, int]]:
    """(step or kind, state, units) of each."""
    return [
        (found["step"] or found["kind"], found["state"], sum(item["quantity"] for item in found["lines"]))
        for found in delivery.deliveries()
    ]


@pytest.mark.parametrize(
    ("setting", "expected"),
    [("ship_only", ["ship"]), ("pick_ship", ["pick", "ship"]), ("pick_pack_ship", ["pick", "pack", "ship"])],
)
def test_a_chain_has_the_steps_of_the_shop(delivery: DeliveryDriver, setting: str, expected: list[str]) -> None:
    """R-DLV-02, A1: the first is ready, the later ones wait for it."""
    delivery.given_settings(steps=setting)
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=2)), times=2)

    assert steps(delivery) == [(step, "waiting_operation" if at else "ready", 2) for at, step in enumerate(expected)]
    found = delivery.deliveries()
    assert [item["previous"] for item in found] == [[], *([item["id"]] for item in found[:-1])]
    assert [item["next"] for item in found] == [*([item["id"]] for item in found[1:]), []]
    assert [fact.last for fact in delivery.told_events("delivery.delivery_created")] == [False] * (len(expected) - 1) + [True]


def test_a_changed_setting_leaves_open_chains_alone(delivery: DeliveryDriver) -> None:
    """R-DLV-02."""
    delivery.given_settings(steps="pick_ship")
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=2)))
    delivery.given_settings(steps="ship_only")

    delivery.validates()

    assert steps(delivery) == [("pick", "done", 2), ("ship", "ready", 2)]


def test_a_step_waits_for_the_one_before(delivery: DeliveryDriver) -> None:
    """R-DLV-03."""
    delivery.given_settings(steps="pick_ship")
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=2)))

    answer = delivery.validates(delivery=1)

    assert (answer.status, answer.code, answer.body["from"]) == (409, "illegal_transition", "waiting_operation")


def test_stock_leaves_with_the_last_step_only(delivery: DeliveryDriver) -> None:
    """A7, A4, R-NOT-06."""
    delivery.given_settings(steps="pick_pack_ship")
    delivery.given_stock(mug=5)
    delivery.hears(confirmed(*goods(mug=2)))

    for at in range(2):
        assert delivery.validates(delivery=at).body["parcels"] == []
        assert delivery.stock("mug") == (5, 2, 0)
    assert delivery.validates({"tracking_number": "LX1"}, delivery=2).body["parcels"][0]["tracking_number"] == "LX1"

    assert (delivery.stock("mug"), steps(delivery)) == ((3, 0, 0), [("pick", "done", 2), ("pack", "done", 2), ("ship", "done", 2)])
    done = delivery.told_events("delivery.delivery_done")
    assert [(fact.step, fact.last, fact.to_customer, fact.notify) for fact in done] == [
        ("pick", False, False, False),
        ("pack", False, False, False),
        ("ship", True, True, True),
    ]
    assert [[item.quantity for item in fact.remaining] for fact in done] == [[2], [2], []]
    assert_promises_are_there(delivery)


def test_a_number_is_of_the_last_step(delivery: DeliveryDriver) -> None:
    delivery.given_settings(steps="pick_ship")
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=2)))

    assert delivery.validates({"tracking_number": "LX1"}).body["errors"][0]["pointer"] == "/tracking_number"
    assert delivery.validates({"carrier": "post"}).body["errors"][0]["pointer"] == "/carrier"


def test_the_next_step_has_what_arrived_and_the_rest_comes_in_a_chain_of_its_own(delivery: DeliveryDriver) -> None:
    """A4, A8, R-DLV-18."""
    delivery.given_settings(steps="pick_ship")
    delivery.given_stock(mug=3, tea=0)
    delivery.hears(confirmed(*goods(mug=5, tea=1)))

    delivery.validates()

    assert steps(delivery) == [("pick", "done", 6), ("ship", "ready", 3), ("pick", "waiting_stock", 3), ("ship", "waiting_operation", 3)]
    pick, ship, again, later = delivery.deliveries()
    assert (again["backorder_of"], later["previous"], ship["backorder_of"]) == (pick["id"], [again["id"]], None)
    assert [item["sku"] for item in ship["lines"]] == ["mug"]
    delivery.validates(delivery=1)
    assert [item.quantity for item in delivery.told_events("delivery.delivery_done")[-1].remaining] == [2, 1]
    delivery.given_stock(mug=2, tea=1)
    delivery.validates(delivery=2)
    delivery.validates(delivery=3)
    assert (delivery.stock("mug"), delivery.stock("tea")) == ((0, 0, 0), (0, 0, 0))
    assert_promises_are_there(delivery)


def test_a_backorder_of_a_later_step_begins_there(delivery: DeliveryDriver) -> None:
    """A8: its goods are picked already."""
    delivery.given_settings(steps="pick_pack_ship")
    delivery.given_stock(mug=3)
    delivery.hears(confirmed(*goods(mug=3)))
    delivery.validates()

    delivery.hands_over(2, delivery=1)

    assert steps(delivery)[1:] == [("pack", "done", 3), ("ship", "ready", 2), ("pack", "ready", 1), ("ship", "waiting_operation", 1)]
    assert delivery.found(3)["previous"] == [delivery.found(0)["id"]]
    assert_promises_are_there(delivery)


def test_cancelled_between_steps_the_goods_are_put_back(delivery: DeliveryDriver) -> None:
    """R-DLV-11, A9: the reservation is 0 at once."""
    delivery.given_settings(steps="pick_ship")
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=2)))
    delivery.validates()

    answer = delivery.does("cancel", {"reason": "damaged"}, delivery=1)

    assert (answer.status, answer.body["state"], delivery.stock("mug")) == (200, "cancelled", (2, 0, 0))
    assert steps(delivery) == [("pick", "done", 2), ("ship", "cancelled", 2), ("put_back", "ready", 2)]
    assert delivery.told_events("delivery.delivery_cancelled")[0].envelope.change["reason"] == "damaged"
    assert delivery.validates(delivery=2).body["state"] == "done"
    done = delivery.told_events("delivery.delivery_done")[-1]
    assert (done.kind, done.last, done.to_customer, done.parcels) == ("put_back", False, False, ())
    assert delivery.stock("mug") == (2, 0, 0)
    assert_promises_are_there(delivery)


def test_goods_are_put_back_as_a_whole_and_need_no_stock(delivery: DeliveryDriver) -> None:
    delivery.given_settings(steps="pick_ship")
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=2)))
    delivery.validates()
    delivery.hears(cancelled())
    assert steps(delivery)[-1] == ("put_back", "ready", 2)

    assert delivery.hands_over(1, delivery=2).body["errors"][0]["pointer"] == "/lines"
    assert delivery.does("reserve", delivery=2).code == "illegal_transition"
    assert delivery.does("cancel", delivery=2).body["state"] == "cancelled"


def test_cancelled_before_the_first_step_nothing_is_put_back(delivery: DeliveryDriver) -> None:
    """R-DLV-11; A9: with one step its whole chain is off."""
    delivery.given_settings(steps="pick_ship")
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=2)))

    answers = [delivery.does("cancel", {}, delivery=1) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 200]
    assert (steps(delivery), delivery.stock("mug")) == ([("pick", "cancelled", 2), ("ship", "cancelled", 2)], (2, 0, 0))
    assert len(delivery.told_events("delivery.delivery_cancelled")) == 2


def test_who_heard_that_goods_are_reserved_hears_that_they_are_not_any_more(delivery: DeliveryDriver) -> None:
    """R-STK-04: orders counts what is reserved by the newest word on the reservation."""
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=2)))

    delivery.does("cancel", {})

    reserved = delivery.told_events("delivery.stock_reserved")
    assert [sum(item.quantity for item in fact.lines) for fact in reserved] == [2, 0]
    assert reserved[0].reservation_id == reserved[1].reservation_id
    assert reserved[0].envelope.aggregate_seq < reserved[1].envelope.aggregate_seq


def test_what_is_done_is_not_cancelled(delivery: DeliveryDriver) -> None:
    """R-DLV-12, A10."""
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=2)))
    delivery.validates()

    assert delivery.does("cancel", {}).code == "illegal_transition"


def test_what_was_called_off_is_delivered_after_all_once(delivery: DeliveryDriver) -> None:
    """A1, R-DLV-01, R-DLV-02: in a new chain, as the shop has them today."""
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=3)))
    delivery.does("cancel", {})
    delivery.given_settings(steps="pick_ship", backorder_policy="never")
    target = f"/admin/v1/orders/{ORDER}/deliveries"

    first, second = (delivery.asks("POST", target) for _ in range(2))

    assert (first.status, [item["step"] for item in first.body["data"]]) == (201, ["pick", "ship"])
    assert (second.status, second.body["data"]) == (200, [])
    assert steps(delivery) == [("ship", "cancelled", 3), ("pick", "ready", 3), ("ship", "waiting_operation", 3)]
    assert (delivery.found(1)["backorder_policy"], delivery.stock("mug")) == ("never", (2, 2, 0))
    assert [item.missing for item in delivery.told_events("delivery.stock_short")[-1].lines] == [1]
    delivery.does("cancel", {}, delivery=1)
    assert delivery.asks("POST", target).status == 201
    delivery.given_stock(mug=3)
    assert delivery.found(3)["lines"][0]["reserved"] == 3
    assert_promises_are_there(delivery)


def test_of_a_cancelled_order_nothing_is_delivered_after_all(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=2)))
    delivery.hears(cancelled())
    target = f"/admin/v1/orders/{ORDER}/deliveries"

    assert delivery.asks("POST", target).body["data"] == []
    assert delivery.asks("POST", target.replace(ORDER, "ord_01K0000000000000000000000C")).status == 404
    reader = OWNER.model_copy(update={"permissions": frozenset({"deliveries.read"})})
    assert delivery.asks("POST", target, caller=reader).body["required_permission"] == "deliveries.write"
    assert delivery.asks("POST", target, caller=OWNER.model_copy(update={"seller": "lahijan"})).status == 404


def test_goods_of_several_sellers_leave_in_chains_of_their_own(delivery: DeliveryDriver) -> None:
    """R-ORD-68, R-DLV-01, R-ACC-06."""
    delivery.given_settings(split_by="seller")
    delivery.given_stock(mug=2, tea=1)
    lines = (line("mug", 2, seller_id="lahijan"), line("tea", 1, number=2), line("cup", 1, number=3, seller_id="lahijan"))
    delivery.hears(confirmed(*lines), times=2)

    found = [(item["seller_id"], [one["sku"] for one in item["lines"]], item["state"]) for item in delivery.deliveries()]
    assert found == [(None, ["tea"], "ready"), ("lahijan", ["mug", "cup"], "ready")]
    assert [item["number"] for item in delivery.deliveries()] == ["DO000001", "DO000002"]
    delivery.validates()
    assert [item.sku for item in delivery.told_events("delivery.delivery_done")[0].remaining] == ["mug", "cup"]
    assert_promises_are_there(delivery)

    seller = OWNER.model_copy(update={"seller": "lahijan"})
    listed = delivery.asks("GET", "/admin/v1/deliveries?include=count", caller=seller).body
    assert ([item["number"] for item in listed["data"]], listed["count"]) == (["DO000002"], 1)
    other, own = (item["id"] for item in delivery.deliveries())
    assert delivery.asks("GET", f"/admin/v1/deliveries/{other}", caller=seller).status == 404
    assert delivery.asks("GET", "/admin/v1/deliveries?seller_id=nobody", caller=seller).body["data"] == []
    assert delivery.does("cancel", {}, caller=seller).status == 404
    parcel = delivery.found()["parcels"][0]["id"]
    assert delivery.asks("GET", f"/admin/v1/parcels/{parcel}", caller=seller).status == 404
    assert delivery.does("validate", {}, delivery=1, caller=seller).body["state"] == "done"
    assert delivery.asks("GET", f"/admin/v1/deliveries/{own}", caller=seller).body["parcels"][0]["state"] == "in_transit"


def test_a_seller_does_not_see_a_delivery_with_goods_of_others_nor_notes(delivery: DeliveryDriver) -> None:
    """R-ACC-06, R-ORD-67."""
    delivery.given_stock(mug=2, tea=1)
    seller = OWNER.model_copy(update={"seller": "lahijan"})
    delivery.hears(confirmed(line("mug", 1, seller_id="lahijan"), line("tea", 1, number=2)))
    delivery.hears(confirmed(line("mug", 1, seller_id="lahijan"), order="ord_01K0000000000000000000000C", customer_note="Ring twice"))

    listed = delivery.asks("GET", "/admin/v1/deliveries", caller=seller).body["data"]

    assert [(item["number"], item["customer_note"]) for item in listed] == [("DO000002", None)]
    assert delivery.asks("GET", "/admin/v1/reservations", caller=seller).status == 404


def test_goods_of_several_warehouses_leave_from_each(delivery: DeliveryDriver) -> None:
    """R-ORD-68: what lies nowhere goes with the line's first units."""
    delivery.given_settings(split_by="warehouse")
    delivery.given_stock(mug=1)
    delivery.asks("PUT", "/admin/v1/stock/mug", {"on_hand": 2, "warehouse": "berlin"})
    delivery.hears(confirmed(*goods(mug=4, tea=1)))

    found = [(item["warehouse"], [(one["sku"], one["quantity"]) for one in item["lines"]]) for item in delivery.deliveries()]
    assert found == [("berlin", [("mug", 3)]), ("main", [("mug", 1), ("tea", 1)])]
    assert [item["number"] for item in delivery.deliveries("warehouse=berlin")] == ["DO000001"]
    delivery.hears(cancelled())
    assert delivery.stock("mug") == (3, 0, 0)
    assert_promises_are_there(delivery)


def test_one_warehouse_is_one_chain(delivery: DeliveryDriver) -> None:
    delivery.given_settings(split_by="warehouse")
    delivery.asks("PUT", "/admin/v1/stock/mug", {"on_hand": 2, "warehouse": "berlin"})
    delivery.hears(confirmed(*goods(mug=2)))

    assert [item["warehouse"] for item in delivery.deliveries()] == ["berlin"]


def test_the_customer_of_a_pickup_is_called_once_with_a_code_nobody_guesses(delivery: DeliveryDriver) -> None:
    """R-DLV-21."""
    delivery.given_settings(steps="pick_ship")
    delivery.given_stock(mug=3)
    delivery.hears(confirmed(*goods(mug=1), pickup=True))
    delivery.hears(confirmed(*goods(mug=2), pickup=True, order="ord_01K0000000000000000000000C"))
    assert delivery.told("delivery.pickup_ready") == []

    delivery.validates()
    delivery.validates(delivery=2)

    told = delivery.told_events("delivery.pickup_ready")
    assert [fact.code for fact in told] == [delivery.found(1)["pickup_code"], delivery.found(3)["pickup_code"]]
    assert len({fact.code for fact in told}) == 2
    assert all(len(fact.code) == 8 for fact in told)
    assert (told[0].delivery_id, told[0].warehouse, told[0].state) == (delivery.found(1)["id"], "main", "ready")
    ready = delivery.told_events("delivery.delivery_ready")
    assert told[0].envelope.aggregate_seq > next(f for f in ready if f.delivery_id == told[0].delivery_id).envelope.aggregate_seq
    assert delivery.validates(delivery=1).body["parcels"][0]["state"] == "delivered"


def test_a_pickup_that_loses_and_gets_its_goods_again_calls_nobody_twice(delivery: DeliveryDriver) -> None:
    """R-NOT-01."""
    delivery.given_stock(mug=1)
    delivery.hears(confirmed(*goods(mug=1), pickup=True))
    code = delivery.found()["pickup_code"]
    delivery.given_stock(mug=0)
    delivery.given_stock(mug=1)

    assert len(delivery.told_events("delivery.delivery_ready")) == 2
    assert (delivery.told("delivery.pickup_ready"), delivery.found()["pickup_code"]) == (["delivery.pickup_ready"], code)


def test_what_goes_to_the_door_has_no_code(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=1)
    delivery.hears(confirmed(*goods(mug=1)))

    assert (delivery.found()["pickup_code"], delivery.told("delivery.pickup_ready")) == (None, [])


def test_goods_without_an_address_are_for_the_counter_whatever_the_method(delivery: DeliveryDriver) -> None:
    """R-ORD-45."""
    delivery.given_stock(mug=1)
    delivery.hears(confirmed(*goods(mug=1), shipping_address=None))

    assert (delivery.found()["pickup"], delivery.validates().body["parcels"][0]["state"]) == (True, "delivered")
