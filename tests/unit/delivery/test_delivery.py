"""When a delivery is late, may leave, and has its turn (R-DLV-04, R-DLV-22, R-STK-06)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.delivery.domain.delivery import Delivery, DeliveryLine, Demand
from services.delivery.domain.parcel import Parcel, ParcelNews, is_old_news
from services.delivery.domain.reservation import Reservation
from services.delivery.domain.shelf import Piece

NOON = datetime(2031, 5, 1, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def delivery(**fields: Any) -> Delivery:
    given: dict[str, Any] = {
        "id": "del_1",
        "state": "ready",
        "number": "DO000001",
        "order_id": "ord_1",
        "submission": 1,
        "reservation_id": "res_1",
        "step": None,
        "last": True,
        "warehouse": "main",
        "shipping_policy": "as_available",
        "backorder_policy": "always",
        "carrier": "own",
        "pickup": False,
        "created_at": NOON,
    }
    return Delivery(**given | fields)


def on_its_way() -> Parcel:
    fields: dict[str, Any] = {"order_id": "ord_1", "carrier": "own", "tracking_number": None, "weight_g": 1, "shipped_at": NOON}
    return Parcel(id="par_1", state="in_transit", delivery_id="del_1", **fields)


def demand(of: Delivery, *, reserved: int, confirmed_at: datetime | None = NOON) -> Demand:
    firm = Reservation(id="res_1", state="active", order_id="ord_1", submission=1, kind="firm", created_at=NOON, confirmed_at=confirmed_at)
    pieces = [Piece("l1", "MUG", "main", "A", reserved)] if reserved else []
    return Demand(of, firm, [DeliveryLine("d1", of.id, 1, "l1", "MUG", "Mug", 3)], pieces)


@pytest.mark.parametrize(
    ("fields", "late"),
    [
        ({"deadline_at": NOON - SECOND}, True),
        ({"deadline_at": NOON}, False),
        ({"deadline_at": None}, False),
        ({"deadline_at": NOON - SECOND, "state": "waiting_stock"}, True),
        ({"deadline_at": NOON - SECOND, "state": "done"}, False),
        ({"deadline_at": NOON - SECOND, "state": "cancelled"}, False),
    ],
)
def test_a_delivery_is_late_while_it_is_open_after_its_promise(fields: dict[str, Any], late: bool) -> None:
    assert delivery(**fields).is_late(NOON) is late


@pytest.mark.parametrize(
    ("policy", "reserved", "leaves"),
    [("as_available", 1, True), ("as_available", 0, False), ("all_at_once", 2, False), ("all_at_once", 3, True)],
)
def test_what_is_reserved_may_leave_as_its_policy_says(policy: str, reserved: int, leaves: bool) -> None:
    assert demand(delivery(shipping_policy=policy), reserved=reserved).may_leave() is leaves


def test_priority_comes_before_promise_before_confirmation() -> None:
    waiting = [
        demand(delivery(id="del_4"), reserved=0, confirmed_at=None),
        demand(delivery(id="del_3"), reserved=0, confirmed_at=NOON),
        demand(delivery(id="del_2", deadline_at=NOON), reserved=0),
        demand(delivery(id="del_1", priority=1), reserved=0),
    ]

    turns = [each.delivery.id for each in sorted(waiting, key=lambda each: each.turn)]

    assert turns == ["del_1", "del_2", "del_3", "del_4"]


def test_news_of_the_same_instant_counts_and_older_news_is_only_listed() -> None:
    """R-DLV-17"""
    parcel = on_its_way()
    news = ParcelNews("par_1", NOON, "failed_attempt")

    assert not is_old_news(parcel, news, NOON)
    assert is_old_news(parcel, news, NOON + SECOND)


def test_that_a_parcel_on_its_way_arrived_counts_however_late_it_is_told() -> None:
    """R-DLV-16"""
    parcel = on_its_way()
    news = ParcelNews("par_1", NOON, "delivered")

    assert not is_old_news(parcel, news, NOON + SECOND)
    parcel.state = "lost"
    assert is_old_news(parcel, news, NOON + SECOND)
    assert is_old_news(parcel, replace(news, state="lost"), NOON + SECOND)
