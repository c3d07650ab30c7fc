"""What staff hold for a confirm: beside the submit's hold, given back when the confirm fails, and over without a word to the order."""

from __future__ import annotations

from typing import Any

from tests.services.delivery.conftest import DeliveryDriver, assert_promises_are_there
from tests.support.driver import Answer
from tests.support.samples_delivery import ORDER, OTHER, closed, confirmed, goods, hold, line


def staff_hold(*lines: Any, **more: Any) -> dict[str, Any]:
    """The gateway's hold of a confirm by staff: five minutes, and no end of the order with it."""
    return hold(*lines, minutes=5, **more) | {"on_expiry": None}


def gives_back(delivery: DeliveryDriver, *, submission: int = 1) -> Answer:
    return delivery.commands("POST", "/internal/v1/holds/give_back", {"order_id": ORDER, "submission": submission})


def test_its_end_is_nobodys_business_but_the_shelfs(delivery: DeliveryDriver) -> None:
    """R-STK-03, lifecycles.md, section 1: no O9 follows."""
    delivery.given_stock(mug=3)
    delivery.holds(staff_hold(*goods(mug=2)))
    delivery.later(minutes=5)

    assert delivery.runs_timers() == ["holds"]
    delivery.hears_itself()

    assert delivery.stock("mug") == (3, 0, 0)
    assert delivery.reservations() == [("hold", "expired", 2)]
    assert delivery.told("delivery.hold_due", "delivery.hold_expired") == ["delivery.hold_expired"]


def test_a_confirm_that_failed_gives_it_back_once(delivery: DeliveryDriver) -> None:
    """R-STK-04."""
    delivery.given_stock(mug=3)
    delivery.holds(staff_hold(*goods(mug=2)))

    assert [gives_back(delivery).body, gives_back(delivery).body] == [{"given_back": True}, {"given_back": False}]

    assert delivery.stock("mug") == (3, 0, 0)
    assert delivery.told("delivery.stock_released") == ["delivery.stock_released"]
    delivery.later(hours=1)
    assert delivery.runs_timers() == []


def test_nothing_to_give_back_is_no_error(delivery: DeliveryDriver) -> None:
    assert (gives_back(delivery).status, gives_back(delivery).body) == (200, {"given_back": False})


def test_what_the_submit_holds_counts_as_the_orders_own_and_stays(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=2)
    own = delivery.holds(hold(*goods(mug=2))).body["reservation"]["id"]

    assert delivery.holds(staff_hold(*goods(mug=2))).body["reservation"]["id"] == own

    assert gives_back(delivery).body == {"given_back": False}
    assert delivery.reservations() == [("hold", "active", 2)]


def test_only_what_the_submit_does_not_hold_is_held_beside_it(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=2, tea=1)
    delivery.holds(hold(*goods(mug=2)))

    assert delivery.holds(staff_hold(*goods(mug=2, tea=1))).status == 200

    assert delivery.reservations() == [("hold", "active", 2), ("hold", "active", 1)]
    gives_back(delivery)
    assert (delivery.stock("mug"), delivery.stock("tea")) == ((2, 0, 2), (1, 0, 0))


def test_all_shortages_are_named_at_once_with_what_is_the_orders_own(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=3, tea=1)
    delivery.holds(hold(*goods(mug=2)))

    answer = delivery.holds(staff_hold(line("mug", 4), line("tea", 2, number=2)))

    assert (answer.status, answer.code) == (409, "out_of_stock")
    assert [item["meta"] for item in answer.body["errors"]] == [
        {"sku": "mug", "requested": 4, "available": 3},
        {"sku": "tea", "requested": 2, "available": 1},
    ]
    assert delivery.reservations() == [("hold", "active", 2)]


def test_no_gap_opens_between_the_holds_and_the_confirmation(delivery: DeliveryDriver) -> None:
    """R-STK-05: both become firm; the submit's hold lasts as long as the confirm's, whatever billing says of its old end."""
    delivery.given_stock(mug=2, tea=1)
    own = delivery.holds(hold(*goods(mug=2))).body["reservation"]["id"]
    delivery.later(minutes=14)
    delivery.holds(staff_hold(*goods(mug=2, tea=1)))
    delivery.later(minutes=2)
    assert delivery.runs_timers() == []
    delivery.hears(closed(own, "none"))
    assert delivery.stock("mug") == (2, 0, 2)

    delivery.hears(confirmed(*goods(mug=2, tea=1)))

    assert delivery.reservations() == [("hold", "consumed", 2), ("hold", "consumed", 1), ("firm", "active", 3)]
    assert [fact.available for fact in delivery.told_events("delivery.stock_changed") if fact.sku == "mug"] == [2, 0, 0]
    delivery.later(hours=1)
    assert delivery.runs_timers() == []
    assert_promises_are_there(delivery)


def test_confirmed_anew_it_outlives_its_first_end(delivery: DeliveryDriver) -> None:
    """R-STK-04."""
    delivery.given_stock(mug=2)
    first = delivery.holds(staff_hold(*goods(mug=2))).body["reservation"]["id"]
    delivery.later(minutes=5)
    delivery.runs_timers()

    assert delivery.holds(staff_hold(*goods(mug=2))).body["reservation"]["id"] == first
    delivery.hears_itself()
    assert delivery.stock("mug") == (2, 0, 2)

    delivery.later(minutes=5)
    delivery.runs_timers()
    delivery.hears_itself()
    assert delivery.stock("mug") == (2, 0, 0)


def test_a_submit_does_not_lean_on_what_staff_hold(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=2)
    delivery.holds(staff_hold(*goods(mug=2)))

    delivery.holds(hold(*goods(mug=2)))

    assert gives_back(delivery).body == {"given_back": False}
    assert delivery.stock("mug") == (2, 0, 2)


def test_what_is_given_back_serves_those_who_wait(delivery: DeliveryDriver) -> None:
    """R-STK-11."""
    delivery.given_stock(mug=1)
    delivery.holds(staff_hold(*goods(mug=1)))
    delivery.hears(confirmed(*goods(mug=1), order=OTHER))
    assert delivery.states() == ["waiting_stock"]

    gives_back(delivery)

    assert delivery.states() == ["ready"]
