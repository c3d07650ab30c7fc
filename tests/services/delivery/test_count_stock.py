"""Counting the shelf: what is more serves those who wait, what is less is taken from the last."""

from __future__ import annotations

import pytest

from tests.services.delivery.conftest import DeliveryDriver, assert_promises_are_there
from tests.support.driver import OWNER
from tests.support.samples_delivery import OTHER, confirmed, goods, hold, line

THIRD = "ord_01K0000000000000000000000C"


def test_a_count_is_a_move_of_the_difference(delivery: DeliveryDriver) -> None:
    """R-STK-10."""
    delivery.asks("PUT", "/admin/v1/stock/mug", {"on_hand": 7, "note": "yearly count"})
    delivery.asks("PUT", "/admin/v1/stock/mug", {"on_hand": 5})

    rows = delivery.rows("SELECT quantity, reason, note FROM stock_moves ORDER BY id")
    assert rows == [(7, "count", "yearly count"), (-2, "count", None)]
    actors = [str(row[0]) for row in delivery.rows("SELECT actor FROM stock_moves")]
    assert all("key_OWNER" in actor for actor in actors)
    assert_promises_are_there(delivery)


def test_the_same_count_again_moves_and_tells_nothing(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=7)
    told = delivery.told()

    delivery.given_stock(mug=7)

    assert (delivery.told(), len(delivery.rows("SELECT * FROM stock_moves"))) == (told, 1)


def test_stock_is_shown_over_all_its_places(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=2)
    delivery.asks("PUT", "/admin/v1/stock/mug", {"on_hand": 3, "location": "A-1"})
    answer = delivery.asks("PUT", "/admin/v1/stock/mug", {"on_hand": 4, "warehouse": "berlin"})
    delivery.holds(hold(*goods(mug=4)))

    assert answer.body == {
        "sku": "mug",
        "on_hand": 9,
        "reserved": 0,
        "held": 0,
        "available": 9,
        "scrapped": 0,
        "locations": [
            {"warehouse": "berlin", "location": "stock", "on_hand": 4, "reserved": 0},
            {"warehouse": "main", "location": "A-1", "on_hand": 3, "reserved": 0},
            {"warehouse": "main", "location": "stock", "on_hand": 2, "reserved": 0},
        ],
    }
    changed = delivery.told_events("delivery.stock_changed")
    assert [(fact.on_hand, fact.held, fact.available) for fact in changed] == [(2, 0, 2), (5, 0, 5), (9, 0, 9), (9, 4, 5)]
    assert [fact.envelope.aggregate_seq for fact in changed] == [1, 2, 3, 4]


def test_what_was_never_counted_is_none(delivery: DeliveryDriver) -> None:
    answer = delivery.asks("GET", "/admin/v1/stock/mug")

    assert (answer.status, answer.body["on_hand"], answer.body["locations"]) == (200, 0, [])


def test_new_stock_serves_waiting_deliveries_at_once_by_confirmation_time(delivery: DeliveryDriver) -> None:
    """R-STK-06, R-STK-11: the order confirmed first is served first, though it was heard last."""
    delivery.given_settings(shipping_policy="all_at_once")
    delivery.hears(confirmed(*goods(mug=2), order=OTHER, minutes=5))
    delivery.hears(confirmed(*goods(mug=2), minutes=1))

    delivery.given_stock(mug=3)

    assert delivery.states() == ["waiting_stock", "ready"]
    assert [item["lines"][0]["reserved"] for item in delivery.deliveries()] == [1, 2]
    facts = delivery.told_events("delivery.stock_reserved")
    assert [(fact.complete, fact.lines[0].quantity) for fact in facts] == [(True, 2), (False, 1)]
    assert len(delivery.told_events("delivery.delivery_ready")) == 1


def test_all_at_once_a_delivery_is_ready_when_the_last_of_its_goods_came(delivery: DeliveryDriver) -> None:
    """R-DLV-04."""
    delivery.given_settings(shipping_policy="all_at_once")
    delivery.hears(confirmed(*goods(mug=1, tea=1)))
    delivery.given_stock(mug=1)
    assert delivery.states() == ["waiting_stock"]

    delivery.given_stock(tea=1)

    assert delivery.states() == ["ready"]
    assert_promises_are_there(delivery)


def test_a_count_below_what_is_reserved_takes_from_the_order_confirmed_last(delivery: DeliveryDriver) -> None:
    """R-STK-12."""
    delivery.given_settings(shipping_policy="all_at_once")
    delivery.given_stock(mug=5)
    delivery.hears(confirmed(*goods(mug=2), order=OTHER, minutes=5))
    delivery.hears(confirmed(*goods(mug=3), minutes=1))

    answer = delivery.asks("PUT", "/admin/v1/stock/mug", {"on_hand": 4})

    assert (answer.status, delivery.stock("mug")) == (200, (4, 4, 0))
    assert delivery.states() == ["waiting_stock", "ready"]
    short = delivery.told_events("delivery.stock_short")[0]
    assert (short.order_id, [(item.sku, item.missing) for item in short.lines]) == (OTHER, [("mug", 1)])
    assert_promises_are_there(delivery)

    delivery.given_stock(mug=5)
    assert delivery.states() == ["ready", "ready"]


def test_a_hold_is_the_last_to_lose_its_units(delivery: DeliveryDriver) -> None:
    """R-STK-03, R-STK-12."""
    delivery.given_stock(mug=5)
    delivery.hears(confirmed(*goods(mug=2), order=OTHER))
    delivery.holds(hold(*goods(mug=2)))
    delivery.later(minutes=1)
    delivery.holds(hold(*goods(mug=1), order=THIRD))

    delivery.given_stock(mug=3)
    assert (delivery.stock("mug"), delivery.states()) == ((3, 0, 3), ["waiting_stock"])

    delivery.given_stock(mug=1)
    assert delivery.stock("mug") == (1, 0, 1)
    delivery.hears(confirmed(*goods(mug=1), order=THIRD, minutes=1))
    delivery.hears(confirmed(*goods(mug=2), minutes=2))

    missing = [(fact.order_id, fact.lines[0].missing) for fact in delivery.told_events("delivery.stock_short")]
    assert missing[-2:] == [(THIRD, 1), ("ord_01K0000000000000000000000A", 1)]
    assert_promises_are_there(delivery)


def test_what_one_place_loses_another_gives_when_it_can(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=2)))
    delivery.asks("PUT", "/admin/v1/stock/mug", {"on_hand": 5, "location": "A-1"})

    delivery.given_stock(mug=0)

    assert (delivery.stock("mug"), delivery.states()) == ((5, 2, 0), ["ready"])
    assert delivery.deliveries()[0]["lines"][0]["location"] == "A-1"
    assert_promises_are_there(delivery)


def test_a_bulk_names_what_is_wrong_and_takes_the_rest(delivery: DeliveryDriver) -> None:
    items = [{"sku": "mug", "on_hand": 3}, {"sku": "tea", "on_hand": -1}, {"sku": "a b", "on_hand": 1}, {"sku": "cup", "on_hand": "1"}]

    answer = delivery.asks("PUT", "/admin/v1/stock", {"data": [*items, {"sku": "mug", "on_hand": 4, "colour": "red"}, {"on_hand": 1}]})

    assert (answer.status, answer.body["updated"]) == (200, 1)
    assert [(error["index"], error["sku"], error["code"]) for error in answer.body["errors"]] == [
        (1, "tea", "validation_failed"),
        (2, "a b", "validation_failed"),
        (3, "cup", "validation_failed"),
        (4, "mug", "validation_failed"),
        (5, None, "validation_failed"),
    ]
    assert (delivery.stock("mug"), delivery.stock("tea")) == ((3, 0, 0), (0, 0, 0))


def test_a_bulk_has_at_most_1000_items(delivery: DeliveryDriver) -> None:
    items = [{"sku": f"sku-{number}", "on_hand": 1} for number in range(1001)]

    assert delivery.asks("PUT", "/admin/v1/stock", {"data": items}).status == 422
    assert delivery.asks("PUT", "/admin/v1/stock", {"data": items[:1000]}).body == {"updated": 1000, "errors": []}


@pytest.mark.parametrize(
    ("target", "body", "pointer"),
    [
        ("mug", {"on_hand": -1}, "/on_hand"),
        ("mug", {"on_hand": "3"}, "/on_hand"),
        ("mug", {"on_hand": 3, "colour": "red"}, "/colour"),
        ("mug", {"on_hand": 3, "sku": "tea"}, "/sku"),
        ("mug", {"on_hand": 3, "warehouse": "a b"}, "/warehouse"),
        ("m%20g", {"on_hand": 3}, "/sku"),
    ],
)
def test_a_wrong_count_is_refused(delivery: DeliveryDriver, target: str, body: dict[str, object], pointer: str) -> None:
    answer = delivery.asks("PUT", f"/admin/v1/stock/{target}", body)

    assert (answer.status, answer.code, answer.body["errors"][0]["pointer"]) == (422, "validation_failed", pointer)


def test_stock_is_listed_by_sku_place_and_what_runs_low(delivery: DeliveryDriver) -> None:
    delivery.given_stock(cup=9, mug=2, tea=5)
    delivery.asks("PUT", "/admin/v1/stock/tea", {"on_hand": 1, "location": "A-1", "warehouse": "berlin"})
    delivery.holds(hold(*goods(tea=4)))

    def skus(query: str) -> list[str]:
        return [found["sku"] for found in delivery.asks("GET", f"/admin/v1/stock?{query}").body["data"]]

    assert skus("") == ["cup", "mug", "tea"]
    assert skus("sku=mug,tea") == ["mug", "tea"]
    assert skus("location=A-1&warehouse=berlin") == ["tea"]
    assert skus("location=A-1&warehouse=main") == []
    assert skus("below=3") == ["mug", "tea"]
    assert delivery.asks("GET", "/admin/v1/stock?below=x").body["errors"][0]["pointer"] == "/below"
    first = delivery.asks("GET", "/admin/v1/stock?limit=2").body
    assert (first["page"]["has_more"], skus(f"after={first['page']['next']}")) == (True, ["tea"])


def test_counting_and_looking_need_their_permissions(delivery: DeliveryDriver) -> None:
    """R-ACC-04, R-ACC-06."""
    nobody = OWNER.model_copy(update={"permissions": frozenset()})
    seller = OWNER.model_copy(update={"seller": "lahijan"})

    assert delivery.asks("PUT", "/admin/v1/stock/mug", {"on_hand": 1}, caller=nobody).body["required_permission"] == "stock.write"
    assert delivery.asks("PUT", "/admin/v1/stock", {"data": []}, caller=nobody).body["required_permission"] == "stock.write"
    assert delivery.asks("GET", "/admin/v1/stock", caller=nobody).body["required_permission"] == "stock.read"
    assert delivery.asks("GET", "/admin/v1/stock/mug", caller=nobody).body["required_permission"] == "stock.read"
    delivery.given_stock(mug=1, tea=1)
    delivery.hears(confirmed(line("mug", 1, seller_id="lahijan"), line("tea", 1, number=2)))
    assert delivery.asks("GET", "/admin/v1/stock/mug", caller=seller).body["on_hand"] == 1
    assert delivery.asks("GET", "/admin/v1/stock/tea", caller=seller).status == 404
    listed = delivery.asks("GET", "/admin/v1/stock?include=count", caller=seller).body
    assert ([found["sku"] for found in listed["data"]], listed["count"]) == (["mug"], 1)
    assert delivery.asks("PUT", "/admin/v1/stock/mug", {"on_hand": 1}, caller=seller).status == 404
