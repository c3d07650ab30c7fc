"""Every change of a quantity is a move with reason, actor and document; what came serves those who wait."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.delivery.conftest import DeliveryDriver, assert_promises_are_there
from tests.support.driver import OWNER, Answer
from tests.support.samples_delivery import ORDER, confirmed, goods


def moves(delivery: DeliveryDriver, quantity: int, reason: str, **more: Any) -> Answer:
    """Somebody books a move of mugs."""
    return delivery.asks("POST", "/admin/v1/stock/moves", {"sku": "mug", "quantity": quantity, "reason": reason, **more})


def test_what_came_serves_those_who_wait_at_once(delivery: DeliveryDriver) -> None:
    """R-STK-10, R-STK-11."""
    delivery.hears(confirmed(*goods(mug=2)))

    answer = moves(delivery, 3, "received", note="from the potter")

    assert (answer.status, answer.headers["location"]) == (201, "/admin/v1/stock/moves?sku=mug")
    assert answer.body | {"id": ""} == {
        "id": "",
        "sku": "mug",
        "quantity": 3,
        "reason": "received",
        "warehouse": "main",
        "location": "stock",
        "delivery_id": None,
        "note": "from the potter",
        "actor": {"type": "api_key", "id": "key_OWNER", "name": "owner"},
        "at": "2031-05-01T12:00:00.000000Z",
    }
    assert (delivery.states(), delivery.stock("mug")) == (["ready"], (3, 2, 0))
    assert_promises_are_there(delivery)


def test_what_is_lost_is_taken_back_from_those_who_had_it(delivery: DeliveryDriver) -> None:
    """R-STK-12."""
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=2)))

    assert moves(delivery, -1, "lost").status == 201

    assert delivery.stock("mug") == (1, 1, 0)
    assert [(item.sku, item.missing) for item in delivery.told_events("delivery.stock_short")[0].lines] == [("mug", 1)]
    assert_promises_are_there(delivery)


def test_what_was_scrapped_is_counted(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=5)
    moves(delivery, -1, "scrapped")
    moves(delivery, -2, "scrapped")
    moves(delivery, -1, "correction")

    body = delivery.asks("GET", "/admin/v1/stock/mug").body
    assert (body["on_hand"], body["scrapped"]) == (1, 3)


def test_more_than_lies_there_does_not_go(delivery: DeliveryDriver) -> None:
    """R-STK-01."""
    delivery.given_stock(mug=2)

    answer = moves(delivery, -3, "scrapped")

    assert (answer.status, answer.body["errors"][0]["meta"]) == (422, {"requested": 3, "on_hand": 2})
    assert moves(delivery, -1, "lost", location="A-1").status == 422
    assert delivery.stock("mug") == (2, 0, 0)


@pytest.mark.parametrize(("quantity", "reason"), [(0, "correction"), (-1, "received"), (-1, "found"), (1, "scrapped"), (1, "lost")])
def test_a_quantity_goes_the_way_of_its_reason(delivery: DeliveryDriver, quantity: int, reason: str) -> None:
    delivery.given_stock(mug=2)

    assert moves(delivery, quantity, reason).body["errors"][0]["pointer"] == "/quantity"


def test_reasons_of_the_house_are_not_booked_by_hand(delivery: DeliveryDriver) -> None:
    assert [moves(delivery, -1, reason).body["errors"][0]["pointer"] for reason in ("shipped", "count")] == ["/reason"] * 2


def test_moves_are_listed_newest_first(delivery: DeliveryDriver) -> None:
    """R-STK-10."""
    delivery.given_stock(mug=5, tea=1)
    delivery.hears(confirmed(*goods(mug=2)))
    shipped = delivery.validates().body["id"]
    moves(delivery, 1, "found")

    def listed(query: str) -> list[tuple[str, int, str]]:
        found = delivery.asks("GET", f"/admin/v1/stock/moves?{query}").body["data"]
        return [(item["sku"], item["quantity"], item["reason"]) for item in found]

    assert listed("sku=mug") == [("mug", 1, "found"), ("mug", -2, "shipped"), ("mug", 5, "count")]
    assert listed("reason=found,shipped&limit=1") == [("mug", 1, "found")]
    assert listed(f"delivery_id={shipped}") == listed(f"order_id={ORDER}") == [("mug", -2, "shipped")]
    assert delivery.asks("GET", "/admin/v1/stock/moves?include=count").body["count"] == 4
    assert delivery.asks("GET", "/admin/v1/stock/moves?reason=eaten").body["errors"][0]["pointer"] == "/reason"


def test_moves_need_their_permissions(delivery: DeliveryDriver) -> None:
    """R-ACC-04, R-ACC-06."""
    nobody, seller = OWNER.model_copy(update={"permissions": frozenset()}), OWNER.model_copy(update={"seller": "lahijan"})
    body = {"sku": "mug", "quantity": 1, "reason": "found"}

    assert delivery.asks("POST", "/admin/v1/stock/moves", body, caller=nobody).body["required_permission"] == "stock.write"
    assert delivery.asks("GET", "/admin/v1/stock/moves", caller=nobody).body["required_permission"] == "stock.read"
    assert delivery.asks("POST", "/admin/v1/stock/moves", body, caller=seller).status == 404
    assert delivery.asks("GET", "/admin/v1/stock/moves", caller=seller).status == 404
