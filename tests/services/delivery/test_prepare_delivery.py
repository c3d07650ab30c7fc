"""Before a delivery is handed over: reserving, freeing, starting, planning, and whose turn it is when stock comes."""

from __future__ import annotations

import pytest

from shared.values.clock import rfc3339
from tests.services.delivery.conftest import DeliveryDriver, assert_promises_are_there
from tests.support.driver import OWNER
from tests.support.samples_delivery import OTHER, at, confirmed, goods

THIRD = "ord_01K0000000000000000000000C"


def test_as_available_any_unit_makes_it_ready(delivery: DeliveryDriver) -> None:
    """R-DLV-04: what comes later is reserved for it too."""
    delivery.given_stock(mug=1)
    delivery.hears(confirmed(*goods(mug=3)))
    assert (delivery.states(), delivery.found()["lines"][0]["reserved"]) == (["ready"], 1)

    delivery.given_stock(mug=5)

    assert (delivery.states(), delivery.found()["lines"][0]["reserved"]) == (["ready"], 3)
    assert len(delivery.told_events("delivery.delivery_ready")) == 1
    assert [fact.complete for fact in delivery.told_events("delivery.stock_reserved")] == [False, True]


def test_as_available_nothing_at_all_waits(delivery: DeliveryDriver) -> None:
    """R-DLV-04."""
    delivery.hears(confirmed(*goods(mug=3)))

    assert delivery.states() == ["waiting_stock"]


def test_as_available_it_stays_ready_until_its_last_unit_is_taken(delivery: DeliveryDriver) -> None:
    """R-STK-12."""
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=2)))

    delivery.given_stock(mug=1)
    assert delivery.states() == ["ready"]
    delivery.given_stock(mug=0)
    assert delivery.states() == ["waiting_stock"]
    assert len(delivery.told_events("delivery.stock_short")) == 2
    assert_promises_are_there(delivery)


def test_stock_serves_by_priority_then_promise_then_confirmation(delivery: DeliveryDriver) -> None:
    """R-STK-06, R-STK-11."""
    delivery.hears(confirmed(*goods(mug=1), minutes=1))
    delivery.hears(confirmed(*goods(mug=1), order=OTHER, minutes=2, expected_at=rfc3339(at(days=2))))
    delivery.hears(confirmed(*goods(mug=1), order=THIRD, minutes=3, expected_at=rfc3339(at(days=3))))
    delivery.does("assign", {"priority": 5}, delivery=2)

    served = []
    for units in (1, 2, 3):
        delivery.given_stock(mug=units)
        served.append(delivery.states())

    assert served == [
        ["waiting_stock", "waiting_stock", "ready"],
        ["waiting_stock", "ready", "ready"],
        ["ready", "ready", "ready"],
    ]


def test_a_count_below_what_is_reserved_takes_from_the_lowest_priority(delivery: DeliveryDriver) -> None:
    """R-STK-12: not from the one confirmed last."""
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=1), minutes=1))
    delivery.hears(confirmed(*goods(mug=1), order=OTHER, minutes=2))
    delivery.does("assign", {"priority": 1}, delivery=1)

    delivery.given_stock(mug=1)

    assert delivery.states() == ["waiting_stock", "ready"]
    assert_promises_are_there(delivery)


def test_what_is_unreserved_serves_others_and_is_reserved_again_by_hand_or_when_stock_comes(delivery: DeliveryDriver) -> None:
    """A3, R-STK-11."""
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=2)))
    delivery.hears(confirmed(*goods(mug=1), order=OTHER, minutes=1))

    assert delivery.does("unreserve").body["state"] == "waiting_stock"
    assert (delivery.states(), delivery.stock("mug")) == (["waiting_stock", "ready"], (2, 1, 0))
    assert delivery.does("unreserve").status == 200, "nothing is reserved: nothing changes"

    assert delivery.does("reserve").body["lines"][0]["reserved"] == 1
    assert delivery.states() == ["ready", "ready"]
    refused = delivery.does("reserve")
    assert (refused.status, refused.code) == (409, "out_of_stock")
    assert refused.body["errors"][0]["meta"] == {"sku": "mug", "requested": 1, "available": 0}
    delivery.given_stock(mug=3)
    assert delivery.does("reserve").body["lines"][0]["reserved"] == 2, "all is there: nothing changes"
    assert_promises_are_there(delivery)


def test_only_what_is_at_the_shelf_is_reserved_or_freed(delivery: DeliveryDriver) -> None:
    """A3."""
    delivery.given_settings(steps="pick_ship")
    delivery.given_stock(mug=1)
    delivery.hears(confirmed(*goods(mug=1)))
    assert [delivery.does(command, delivery=1).code for command in ("reserve", "unreserve")] == ["illegal_transition"] * 2
    delivery.validates()

    assert delivery.does("unreserve", delivery=1).code == "illegal_transition", "it is picked: its units are not at their place"
    delivery.validates(delivery=1)
    assert [delivery.does(command, delivery=1).code for command in ("reserve", "unreserve")] == ["illegal_transition"] * 2
    assert delivery.asks("POST", "/admin/v1/deliveries/dlv_x/reserve").status == 404


def test_who_starts_it_is_its_picker_and_all_hear_it_once(delivery: DeliveryDriver) -> None:
    """R-DLV-07, A5."""
    delivery.given_stock(mug=1)
    delivery.hears(confirmed(*goods(mug=1)))
    delivery.at(at(hours=1))

    first = delivery.does("start")
    delivery.later(hours=1)
    second = delivery.does("start", caller=OWNER.model_copy(update={"id": "key_OTHER"}))

    assert (first.body["started_at"], first.body["picker"], first.body["state"]) == ("2031-05-01T13:00:00.000000Z", "key_OWNER", "ready")
    assert (second.status, second.body) == (200, first.body)
    told = delivery.told_events("delivery.delivery_started")
    assert [(fact.picker, fact.state, fact.lines[0].reserved) for fact in told] == [("key_OWNER", "ready", 1)]


def test_what_waits_is_not_started(delivery: DeliveryDriver) -> None:
    """R-DLV-07."""
    delivery.hears(confirmed(*goods(mug=1)))

    assert delivery.does("start").code == "illegal_transition"


def test_it_is_planned_as_far_as_is_said(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=1)
    delivery.hears(confirmed(*goods(mug=1)))

    answer = delivery.does("assign", {"picker": "usr_1", "priority": 9, "scheduled_at": "2031-05-02T08:00:00Z"})
    assert [answer.body[name] for name in ("picker", "priority", "scheduled_at")] == ["usr_1", 9, "2031-05-02T08:00:00.000000Z"]
    answer = delivery.does("assign", {"picker": None})
    assert [answer.body[name] for name in ("picker", "priority", "scheduled_at")] == [None, 9, "2031-05-02T08:00:00.000000Z"]
    delivery.does("assign", {"priority": 9})
    assert len(delivery.rows("SELECT * FROM history WHERE command = 'assign'")) == 2, "the same again is nothing"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"priority": 10}, "/priority"), ({"priority": None}, "/priority"), ({"scheduled_at": "noon"}, "/scheduled_at"), ({"x": 1}, "/x")],
)
def test_a_wrong_plan_is_refused(delivery: DeliveryDriver, body: dict[str, object], pointer: str) -> None:
    delivery.given_stock(mug=1)
    delivery.hears(confirmed(*goods(mug=1)))

    assert delivery.does("assign", body).body["errors"][0]["pointer"] == pointer
    delivery.validates()
    assert delivery.does("assign", {"priority": 1}).code == "illegal_transition"


def test_all_of_it_needs_its_permission(delivery: DeliveryDriver) -> None:
    """R-ACC-04."""
    delivery.given_stock(mug=1)
    delivery.hears(confirmed(*goods(mug=1)))
    reader = OWNER.model_copy(update={"permissions": frozenset({"deliveries.read"})})

    for command in ("reserve", "unreserve", "start", "assign", "cancel", "validate"):
        assert delivery.does(command, {}, caller=reader).body["required_permission"] == "deliveries.write"


def test_deliveries_are_found_by_every_filter(delivery: DeliveryDriver) -> None:
    """R-ORD-59, R-DLV-22."""
    delivery.given_settings(steps="pick_ship")
    delivery.given_stock(mug=9)
    delivery.hears(confirmed(*goods(mug=1), expected_at=rfc3339(at(days=1))))
    delivery.validates()
    delivery.validates({"tracking_number": "LX1", "carrier": "post"}, delivery=1)
    delivery.hears(confirmed(*goods(mug=1), order=OTHER, expected_at=rfc3339(at(days=1))))
    delivery.later(days=2)

    def numbers(query: str) -> list[str]:
        return [found["number"][-1] for found in delivery.deliveries(query)]

    assert numbers("step=pick") == ["1", "3"]
    assert numbers("kind=put_back") == []
    assert numbers("carrier=post") == ["2"]
    assert numbers("warehouse=main,berlin&state=done") == ["1", "2"]
    assert (numbers("late=true"), numbers("late=false")) == (["3", "4"], ["1", "2"])
    assert (numbers("q=do000003"), numbers("q=LX1"), numbers("q=LX")) == (["3"], ["2"], [])
    assert [found["late"] for found in delivery.deliveries()] == [False, False, True, True]
    for query in ("late=yes", "kind=x", "step=fly", "sort=colour"):
        assert delivery.asks("GET", f"/admin/v1/deliveries?{query}").body["errors"][0]["pointer"] == "/" + query.split("=")[0]


@pytest.mark.parametrize(("sort", "order"), [("priority", "2134"), ("scheduled_at", "3124")])
def test_deliveries_are_sorted_by_what_is_urgent(delivery: DeliveryDriver, sort: str, order: str) -> None:
    """R-ORD-60: page by page."""
    for letter in "ABCD":
        delivery.hears(confirmed(*goods(mug=1), order=f"ord_01K0000000000000000000000{letter}"))
    delivery.does("assign", {"priority": 7}, delivery=1)
    delivery.does("assign", {"scheduled_at": "2031-05-09T08:00:00Z"}, delivery=0)
    delivery.does("assign", {"scheduled_at": "2031-05-08T08:00:00Z"}, delivery=2)

    found, after = "", ""
    while True:
        page = delivery.asks("GET", f"/admin/v1/deliveries?sort={sort}&limit=1{after}").body
        found += page["data"][0]["number"][-1]
        if not page["page"]["has_more"]:
            break
        after = f"&after={page['page']['next']}"

    assert found == order
