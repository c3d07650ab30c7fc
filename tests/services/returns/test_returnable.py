"""What may come back, until when, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from services.returns.service import SERVICE
from shared.contracts.base import SYSTEM, Event
from shared.contracts.orders import OrderLine, SettingsChanged
from shared.values.clock import FixedClock
from shared.web.caller import Caller
from tests.support.databases import Databases
from tests.support.driver import NOON, OWNER, ServiceDriver
from tests.support.samples_delivery import ORDER, OTHER, arrived, confirmed, delivered, goods, line

GUEST = Caller(type="guest", name="guest", order_id=ORDER)
ARRIVED = datetime(2031, 5, 3, 9, 30, tzinfo=UTC)


@pytest.fixture
def returns(databases: Databases, backend: str, clock: FixedClock) -> ServiceDriver:
    return ServiceDriver(SERVICE, databases.open(backend, SERVICE, clock), clock)


def lines_of(returns: ServiceDriver, *, caller: Caller = OWNER, path: str = "admin", order: str = ORDER) -> list[dict[str, Any]]:
    answer = returns.asks("GET", f"/{path}/v1/orders/{order}/returnable", caller=caller)
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.body["data"]
    return found


def given_arrived(returns: ServiceDriver, *lines: OrderLine, at: datetime = ARRIVED) -> None:
    """Bought, handed over, delivered."""
    for fact in (confirmed(*lines), delivered(*lines), arrived(*lines, at=at)):
        returns.hears(fact)


def refused_by(returns: ServiceDriver) -> list[list[str]]:
    """Refusing rules, line by line."""
    return [found["refused_by"] for found in lines_of(returns)]


def test_goods_that_arrived_may_come_back(returns: ServiceDriver) -> None:
    given_arrived(returns, *goods(mug=2))

    expected = {
        "line_id": "lin_1",
        "sku": "mug",
        "name": "A mug",
        "delivered": 2,
        "returned": 0,
        "open_requests": 0,
        "max_quantity": 2,
        "last_day": "2031-05-17",
        "refused_by": [],
    }
    assert lines_of(returns) == [expected]
    assert lines_of(returns, caller=GUEST, path="store") == [expected]


def test_the_last_day_is_included_to_its_end(returns: ServiceDriver) -> None:
    """R-RET-04: 14 days, counted from the day after arrival."""
    given_arrived(returns, *goods(mug=1))

    returns.at(datetime(2031, 5, 17, 23, 59, 59, tzinfo=UTC))
    assert refused_by(returns) == [[]]
    returns.at(datetime(2031, 5, 18, tzinfo=UTC))
    assert refused_by(returns) == [["period_over"]]
    assert lines_of(returns)[0]["last_day"] == "2031-05-17"


def test_days_are_those_of_the_store(returns: ServiceDriver) -> None:
    """R-RET-04: half past ten in the evening in Berlin is the next day in Ho Chi Minh City."""
    zone = {"store": {"time_zone": "Asia/Ho_Chi_Minh"}}
    returns.hears(SettingsChanged(settings_version=1, values=zone, by=SYSTEM))
    given_arrived(returns, *goods(mug=1), at=datetime(2031, 5, 3, 20, 30, tzinfo=UTC))

    assert lines_of(returns)[0]["last_day"] == "2031-05-18"
    returns.at(datetime(2031, 5, 18, 16, 59, 59, tzinfo=UTC))
    assert refused_by(returns) == [[]]
    returns.at(datetime(2031, 5, 18, 17, 0, tzinfo=UTC))
    assert refused_by(returns) == [["period_over"]]


@pytest.mark.parametrize(("period", "last_day"), [(None, "2031-05-17"), (0, "2031-05-03"), (30, "2031-06-02")])
def test_the_period_is_the_line_s_own_as_it_was_bought(returns: ServiceDriver, period: int | None, last_day: str) -> None:
    """R-RET-02."""
    given_arrived(returns, line("mug", 1, return_period_days=period))

    assert lines_of(returns)[0]["last_day"] == last_day


def test_a_line_counts_from_the_arrival_of_its_last_unit(returns: ServiceDriver) -> None:
    """R-RET-05: on its way the period has not begun, and it may be asked for."""
    returns.hears(confirmed(*goods(mug=2)))
    returns.hears(delivered(*goods(mug=1), delivery="dlv_1"))
    returns.hears(delivered(*goods(mug=1), delivery="dlv_2"))
    returns.hears(arrived(*goods(mug=1), at=ARRIVED))
    returns.later(days=60)
    assert (lines_of(returns)[0]["delivered"], lines_of(returns)[0]["last_day"], refused_by(returns)) == (2, None, [[]])

    returns.hears(arrived(*goods(mug=1), parcel="pcl_2", at=datetime(2031, 5, 20, tzinfo=UTC)))

    assert (lines_of(returns)[0]["last_day"], refused_by(returns)) == ("2031-06-03", [["period_over"]])


def test_every_rule_that_refuses_is_named(returns: ServiceDriver) -> None:
    """R-RET-02, R-RET-06."""
    ebook = line("ebook", 1, number=2, type="digital", returnable=False)
    service, worn, kept = (
        line("fitting", 1, number=3, type="service"),
        line("sock", 1, number=4, returnable=False),
        line("cup", 1, number=5),
    )
    returns.hears(confirmed(line("mug", 1), ebook, service, worn, kept))
    for fact in (delivered(line("mug", 1), worn), arrived(line("mug", 1), worn, at=ARRIVED)):
        returns.hears(fact)
    returns.later(days=60)

    assert refused_by(returns) == [
        ["period_over"],
        ["not_returnable", "digital"],
        ["not_returnable"],
        ["not_returnable", "period_over"],
        ["not_delivered"],
    ]


def test_an_earlier_step_of_a_chain_hands_nothing_over(returns: ServiceDriver) -> None:
    returns.hears(confirmed(*goods(mug=1)))

    returns.hears(delivered(*goods(mug=1), last=False))

    assert refused_by(returns) == [["not_delivered"]]


def test_each_order_has_its_own_lines_and_what_became_of_them(returns: ServiceDriver) -> None:
    given_arrived(returns, *goods(mug=1))
    returns.hears(confirmed(*goods(mug=3), order=OTHER))
    returns.hears(delivered(*goods(mug=2), order=OTHER, delivery="dlv_2"))

    shown = [[(found["delivered"], found["last_day"]) for found in lines_of(returns, order=order)] for order in (ORDER, OTHER)]
    assert shown == [[(1, "2031-05-17")], [(2, None)]]

    returns.hears(confirmed(*goods(mug=3), order=OTHER, submission=2))
    assert len(lines_of(returns)) == 1, "what is copied anew are the lines of its order"


def test_what_is_of_no_order_or_of_none_of_its_lines_or_did_not_leave_is_nobodys(returns: ServiceDriver) -> None:
    returns.hears(confirmed(order=OTHER))
    returns.hears(confirmed(*goods(mug=1, tea=1)))
    left = delivered(*goods(mug=1))
    mug, tea = left.lines[0], left.lines[0].model_copy(update={"line_id": "lin_2", "done": 0})
    nobodys = mug.model_copy(update={"line_id": None})
    box = arrived(*goods(mug=1), at=ARRIVED)

    for fact in (
        left.model_copy(update={"order_id": None, "delivery_id": "dlv_2"}),
        left.model_copy(update={"lines": (nobodys, tea)}),
        box.model_copy(update={"order_id": None, "parcel_id": "pcl_2"}),
        box.model_copy(update={"lines": (box.lines[0].model_copy(update={"line_id": None}),)}),
    ):
        returns.hears(fact)

    assert refused_by(returns) == [["not_delivered"], ["not_delivered"]]
    assert lines_of(returns, order=OTHER) == []
    assert returns.rows("SELECT count(*) FROM handed_over") == [(0,)]


def test_facts_end_alike_in_whatever_order_they_come(databases: Databases, backend: str) -> None:
    facts: Sequence[Event] = (
        confirmed(*goods(mug=1), submission=1),
        confirmed(*goods(mug=2, tea=1), submission=2),
        delivered(*goods(mug=2)),
        arrived(*goods(mug=2), at=ARRIVED),
    )
    ends = []
    for order in permutations(facts):
        clock = FixedClock(NOON)
        driver = ServiceDriver(SERVICE, databases.open(backend, SERVICE, clock), clock)
        for fact in (*order, *order):
            driver.hears(fact)
        ends.append(lines_of(driver))
        driver.db.dispose()

    assert all(end == ends[0] for end in ends)
    assert [(found["sku"], found["delivered"], found["last_day"]) for found in ends[0]] == [("mug", 2, "2031-05-17"), ("tea", 0, None)]


def test_strangers_find_nothing(returns: ServiceDriver) -> None:
    """R-ACC-01."""
    given_arrived(returns, *goods(mug=1))
    store = f"/store/v1/orders/{ORDER}/returnable"

    for stranger in (Caller(type="storefront"), Caller(type="guest", order_id=OTHER), Caller(type="customer", customer="cus_1")):
        assert returns.asks("GET", store, caller=stranger).status == 404
    assert returns.asks("GET", store, caller=Caller(type="nobody", order_id=ORDER)).status == 401
    assert returns.asks("GET", f"/admin/v1/orders/{OTHER}/returnable").status == 404


def test_staff_need_the_permission(returns: ServiceDriver) -> None:
    """R-ACC-04."""
    given_arrived(returns, *goods(mug=1))
    caller = OWNER.model_copy(update={"permissions": OWNER.permissions - {"returns.read"}})

    answer = returns.asks("GET", f"/admin/v1/orders/{ORDER}/returnable", caller=caller)

    assert (answer.status, answer.body["required_permission"]) == (403, "returns.read")


def test_of_an_order_not_confirmed_yet_nothing_comes_back(returns: ServiceDriver) -> None:
    assert lines_of(returns, caller=GUEST, path="store") == []
