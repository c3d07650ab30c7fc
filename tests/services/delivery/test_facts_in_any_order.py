"""The facts of an order end alike in whatever order they come, and come twice."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from services.delivery.service import SERVICE
from shared.contracts.base import Event
from shared.values.clock import FixedClock
from tests.services.delivery.conftest import DeliveryDriver, assert_promises_are_there
from tests.support.databases import Databases
from tests.support.driver import NOON
from tests.support.samples_delivery import OTHER, cancelled, closed, confirmed, goods, hold, reopened


def ends(driver: DeliveryDriver) -> Any:
    """What neighbours see in the end."""
    open_ones = [found for found in driver.deliveries() if found["state"] != "cancelled"]
    return (
        driver.stock("mug"),
        [(kind, units) for kind, state, units in driver.reservations("state=active") if state == "active"],
        [(found["state"], [(item["sku"], item["reserved"]) for item in found["lines"]]) for found in open_ones],
    )


def play(databases: Databases, backend: str, facts: Sequence[Event | dict[str, Any]], known: Sequence[dict[str, Any]]) -> Any:
    """A shop with 3 mugs; `known` holds came first, then the facts (and holds) in this order, twice."""
    clock = FixedClock(NOON)
    driver = DeliveryDriver(SERVICE, databases.open(backend, SERVICE, clock), clock)
    driver.given_stock(mug=3)
    ids = {body["submission"]: driver.holds(body).body["reservation"]["id"] for body in known}
    for fact in (*facts, *facts):
        if isinstance(fact, dict):
            driver.holds(fact)
        else:
            named = {"reservation_id": ids.get(int(fact.reservation_id), "")} if hasattr(fact, "reservation_id") else {}
            driver.hears(fact.model_copy(update=named))
    assert_promises_are_there(driver)
    end = ends(driver)
    driver.db.dispose()
    return end


CASES: dict[str, tuple[list[dict[str, Any]], list[Event | dict[str, Any]], Any]] = {
    "reopened, held anew, confirmed": (
        [hold(*goods(mug=1), submission=1)],
        [reopened(submission=1), hold(*goods(mug=2), submission=2), confirmed(*goods(mug=2), submission=2)],
        ((3, 2, 0), [("firm", 2)], [("ready", [("mug", 2)])]),
    ),
    "reopened before its own hold, and the next submission": (
        [],
        [reopened(submission=1), hold(*goods(mug=1), submission=1), hold(*goods(mug=3), submission=2)],
        ((3, 0, 3), [("hold", 3)], []),
    ),
    "confirmed and cancelled": (
        [hold(*goods(mug=2))],
        [confirmed(*goods(mug=2)), cancelled(), closed("1", "none")],
        ((3, 0, 0), [], []),
    ),
    "confirmed while the hold was due": (
        [hold(*goods(mug=2))],
        [confirmed(*goods(mug=2)), closed("1", "moving"), closed("1", "none", attempt=1)],
        ((3, 2, 0), [("firm", 2)], [("ready", [("mug", 2)])]),
    ),
    "prolonged, then expired": (
        [hold(*goods(mug=2))],
        [closed("1", "moving"), closed("1", "cancelled", attempt=1), reopened(submission=1)],
        ((3, 0, 0), [], []),
    ),
    "two orders, one of them cancelled": (
        [],
        [confirmed(*goods(mug=2)), confirmed(*goods(mug=2), order=OTHER, minutes=1), cancelled()],
        ((3, 2, 0), [("firm", 2)], [("ready", [("mug", 2)])]),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_order_of_arrival_ends_alike(databases: Databases, backend: str, case: str) -> None:
    """R-STK-04, R-STK-05, R-DLV-01."""
    known, facts, expected = CASES[case]

    for order in permutations(facts):
        assert play(databases, backend, order, known) == expected, [type(fact).__name__ for fact in order]


@pytest.mark.parametrize("seq", [1, 7])
def test_settings_take_the_highest_version(databases: Databases, backend: str, seq: int) -> None:
    from shared.contracts.base import SYSTEM
    from shared.contracts.orders import SettingsChanged
    from shared.db.settings_copy import shop_settings

    versions = [
        SettingsChanged(settings_version=version, values={"delivery": {"mail_on_shipped": mail}}, by=SYSTEM)
        for version, mail in ((1, True), (2, False))
    ]
    for order in permutations(versions):
        clock = FixedClock(NOON)
        driver = DeliveryDriver(SERVICE, databases.open(backend, SERVICE, clock), clock)
        for fact in order:
            driver.hears(fact, seq=seq)
        assert driver.given(shop_settings).delivery.mail_on_shipped is False
