"""The one word that customers see (R-STA-02), and what the words of other services add up to."""

from __future__ import annotations

from typing import Any

import pytest

from services.orders.domain.closing import all_arrived, may_close, return_periods_end
from services.orders.domain.parts import Part, Parts
from services.orders.domain.standing import derive
from tests.support.driver import NOON
from tests.unit.orders.made import delivery, line, order, part, parts, payment, units

QUOTATION: dict[str, Any] = {"state": "quotation"}
SUBMITTED = QUOTATION | {"submitted_at": NOON}
SENT: dict[str, Any] = {"state": "quotation_sent"}
SHORT = part("shortage", "res_1", missing={"LIN_1": 1})


@pytest.mark.parametrize(
    ("values", "told", "status"),
    [
        (QUOTATION, [], "cart"),
        (SENT, [], "quotation_sent"),
        (SUBMITTED, [], "incomplete"),
        (SENT | {"submitted_at": NOON}, [], "awaiting_payment"),
        (SENT | {"submitted_at": NOON, "offered": True}, [], "incomplete"),
        (SUBMITTED, [payment("pending")], "payment_pending"),
        (SUBMITTED, [payment("pending", kind="offline")], "incomplete"),
        (SUBMITTED, [payment("pending", submission=2)], "incomplete"),
        (SUBMITTED, [payment("failed")], "payment_error"),
        (SUBMITTED, [payment("failed"), payment("pending", "pay_2")], "payment_pending"),
        ({"state": "cancelled", "cancel_reason": "customer_request"}, [], "cancelled"),
        ({"state": "cancelled", "cancel_reason": "fraud"}, [], "declined"),
        ({}, [], "confirmed"),
        ({}, [payment()], "payment_accepted"),
        ({}, [payment("authorized")], "payment_accepted"),
        ({}, [payment("pending")], "confirmed"),
        ({}, [payment(kind="offline")], "remote_payment_accepted"),
        ({}, [payment(kind="offline", captured=9999)], "confirmed"),
        ({"total": 0}, [], "confirmed"),
        ({}, [payment(kind="offline", refunded=1)], "confirmed"),
        ({}, [SHORT], "on_backorder_unpaid"),
        ({}, [SHORT, payment()], "on_backorder_paid"),
        ({}, [SHORT, payment(refunded=1)], "on_backorder_unpaid"),
        ({}, [delivery(state="ready"), part("started", "dlv_1")], "in_preparation"),
        ({}, [delivery(state="cancelled"), part("started", "dlv_1")], "confirmed"),
        ({}, [delivery(state="ready"), part("pickup_ready", "dlv_1", 2), part("started", "dlv_1", 1)], "ready_for_pickup"),
        ({}, [delivery(state="ready"), part("pickup_ready", "dlv_1", 1), part("started", "dlv_1", 1)], "in_preparation"),
        ({}, [delivery(state="ready"), part("pickup_ready", "dlv_1", 1)], "ready_for_pickup"),
        ({}, [delivery(state="done"), part("pickup_ready", "dlv_1", 1)], "confirmed"),
        ({}, [delivery(state="cancelled"), part("pickup_ready", "dlv_1", 1)], "confirmed"),
        ({}, [delivery(lin_1=3)], "partly_shipped"),
        ({}, [delivery(lin_1=4)], "shipped"),
        ({}, [delivery(lin_1=4, pickup=True)], "delivered"),
        ({}, [delivery(lin_1=3, pickup=True), delivery("dlv_2", lin_1=1)], "shipped"),
        ({}, [delivery(lin_1=4), units("arrival", lin_1=4)], "delivered"),
        ({}, [delivery(lin_1=4), units("arrival", lin_1=3)], "shipped"),
        ({"closed_at": NOON}, [delivery(lin_1=4)], "completed"),
        ({"closed_at": NOON, "state": "cancelled"}, [], "cancelled"),
    ],
)
def test_an_order_has_the_status_that_its_facts_lead_to(values: dict[str, Any], told: list[Part], status: str) -> None:
    told = [each if each.kind != "arrival" else _arrived(each) for each in told]

    assert derive(order(**values), (line(),), parts(*told), now=NOON).status == status


def _arrived(each: Part, at: str = "2031-04-01T22:30:00Z", zone: str = "Europe/Berlin") -> Part:
    return Part(each.kind, each.record_id, each.seq, {**each.values, "at": at, "time_zone": zone})


@pytest.mark.parametrize(
    ("lines", "end"),
    [
        ([line()], "2031-04-17"),
        ([line(return_period_days=30)], "2031-05-03"),
        ([line(return_period_days=0)], "2031-04-03"),
        ([line(returnable=False)], None),
        ([line(type="service")], None),
        ([line(returnable=False), line("lin_3", return_period_days=1)], "2031-04-04"),
        ([line("lin_9")], None),
    ],
)
def test_return_periods_end_with_their_last_day_where_the_store_is(lines: list[Any], end: str | None) -> None:
    """R-RET-04, R-RET-05: half past ten in the evening UTC on the first of April is the second in Berlin."""
    told = parts(_arrived(units("arrival", "a", lin_1=4)), _arrived(units("arrival", "b", lin_3=4)))

    found = return_periods_end(lines, told)

    assert (None if found is None else f"{found:%Y-%m-%d}") == end
    if found is not None:
        assert (f"{found:%H:%M}", str(found.tzinfo)) == ("00:00", "Europe/Berlin")


def test_what_is_no_goods_neither_arrives_nor_keeps_an_order_open() -> None:
    service = line("lin_2", type="service")

    assert all_arrived([service], Parts())
    assert may_close([service], Parts(), now=NOON)
    assert not all_arrived([line(), service], Parts())
    assert all_arrived([line(), service], parts(units("arrival", lin_1=3), units("cancelled_units", lin_1=1)))


def test_an_order_may_close_at_the_very_end_of_its_return_period() -> None:
    told = parts(_arrived(units("arrival", lin_1=4)))
    end = return_periods_end([line()], told)
    assert end is not None

    assert may_close([line()], told, now=end)
    assert not may_close([line()], told, now=end.replace(day=16))


def test_the_newest_word_on_each_record_counts_and_an_equal_one_changes_nothing() -> None:
    known = parts(part("delivery", "a", 2, state="ready"), part("delivery", "b", 1, state="ready"))

    news = [
        part("delivery", "a", 1, state="old"),
        part("delivery", "a", 2, state="same"),
        part("delivery", "b", 2, state="done"),
        part("invoice", "a", 1),
    ]
    after = known.with_news(news)

    assert [(each.kind, each.record_id, each.values.get("state")) for each in after.all("delivery") + after.all("invoice")] == [
        ("delivery", "a", "ready"),
        ("delivery", "b", "done"),
        ("invoice", "a", None),
    ]
    assert [each.record_id for each in after.news_to(known)] == ["b", "a"]
    assert after.news_to(after) == []


@pytest.mark.parametrize(
    ("told", "secured"),
    [
        (payment("authorized"), 10000),
        (payment("authorized", captured=4000), 10000),
        (payment(captured=10000, refunded=1000), 9000),
        (payment("pending"), 0),
        (payment("pending", kind="offline"), 10000),
        (payment("pending", kind="offline", confirms=False), 0),
        (payment("created", kind="offline"), 0),
    ],
)
def test_what_counts_for_a_confirmation_is_there_or_promised_or_trusted(told: Part, secured: int) -> None:
    """R-ORD-37."""
    assert parts(told).secured == secured


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ([payment()], False),
        ([payment(mismatched=True)], True),
        ([payment(orphaned=True)], True),
        ([payment(mismatched=True), part("resolved", "pay_1")], False),
        ([payment(mismatched=True), part("resolved", "pay_2")], True),
        ([part("review", "pay_1", result="required")], True),
        ([part("review", "pay_1", result="failed")], True),
        ([part("review", "pay_1", result="passed")], False),
        ([part("dispute", "pay_1", dispute="open")], True),
        ([part("dispute", "pay_1", dispute="won")], False),
    ],
)
def test_money_that_a_person_has_to_look_at_is_a_problem(told: list[Part], problem: bool) -> None:
    assert parts(*told).payment_problem is problem


def test_money_that_is_nobodys_counts_for_no_order_and_what_was_resolved_fits() -> None:
    """R-ORD-53, P14, P15."""
    told = parts(
        payment("captured", "a", orphaned=True),
        payment("captured", "b", mismatched=True),
        part("resolved", "b"),
        payment("captured", "c", mismatched=True),
        part("dispute", "c", 2, dispute="lost", amount=10000),
    )

    assert [(each.mismatched, each.refunded) for each in told.payments] == [(False, 0), (True, 10000)]
