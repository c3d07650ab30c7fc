"""When a payment is asked about by itself, and when somebody has to hear of it (lifecycles.md, section 7)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.billing.domain.standing import Order, Standing
from services.billing.domain.watching import confirmed_by, next_question, should_be_confirmed, unsettled
from tests.unit.billing.test_payment import payment

BORN = payment().created_at
DAY, HOUR, MINUTES = timedelta(days=1), timedelta(hours=1), timedelta(minutes=5)


@pytest.mark.parametrize(
    ("state", "values", "open_"),
    [
        ("created", {}, True),
        ("pending", {}, True),
        ("authorized", {}, True),
        ("captured", {}, False),
        ("captured", {"received": {"amount": "1.00", "currency": "EUR"}}, False),
        ("cancelled", {}, False),
        ("failed", {}, True),
        ("failed", {"provider_ref": None}, False),
        ("failed", {"received": {"amount": "1.00", "currency": "EUR"}}, True),
        ("failed", {"received": {"amount": "1.00", "currency": "EUR"}, "resolution": "ignore"}, False),
    ],
)
def test_the_provider_may_have_news_of_what_is_not_over(state: str, values: dict[str, Any], open_: bool) -> None:
    assert unsettled(payment(state, **values)) is open_


@pytest.mark.parametrize(
    ("age", "pause"),
    [
        (timedelta(0), MINUTES),
        (DAY - MINUTES, MINUTES),
        (DAY, HOUR),
        (7 * DAY - HOUR, HOUR),
        (7 * DAY, DAY),
        (99 * DAY, DAY),
    ],
)
def test_it_is_asked_more_seldom_as_it_gets_older(age: timedelta, pause: timedelta) -> None:
    assert next_question(payment("pending"), BORN + age) == BORN + age + pause


@pytest.mark.parametrize(
    ("state", "until", "expected"),
    [
        ("authorized", None, 8 * DAY),
        ("authorized", 7 * DAY + 3 * HOUR, 7 * DAY + 3 * HOUR),
        ("authorized", 9 * DAY + 3 * HOUR, 7 * DAY + 3 * HOUR),
        ("authorized", 30 * DAY, 8 * DAY),
        ("authorized", 7 * DAY, 8 * DAY),
        ("pending", 7 * DAY + 3 * HOUR, 8 * DAY),
    ],
)
def test_an_authorization_is_asked_about_when_it_ends_soon_and_when_it_ends(
    state: str, until: timedelta | None, expected: timedelta
) -> None:
    """A week old it is asked about daily: those two instants come before."""
    found = payment(state, authorized_until=None if until is None else BORN + until)

    assert next_question(found, BORN + 7 * DAY) == BORN + expected


@pytest.mark.parametrize(
    ("paid", "order", "should"),
    [
        ({}, {}, True),
        ({"confirm_on": "never"}, {}, False),
        ({"orphaned": True}, {}, False),
        ({}, {"confirmed_submission": 1}, False),
        ({}, {"cancelled_submission": 1}, False),
        ({"submission": 2}, {"submission": 2, "cancelled_submission": 1}, True),
        ({}, {"submission": 2}, False),
        ({"captured": 4998}, {}, False),
        ({"captured": 2500}, {"content": {"prepayment_percent": 50}}, True),
        ({"captured": 2499}, {"content": {"prepayment_percent": 50}}, False),
    ],
)
def test_money_that_is_enough_should_have_confirmed_its_order(paid: dict[str, Any], order: dict[str, Any], should: bool) -> None:
    found = payment("captured", **{"captured": 4999, "confirm_on": "captured"} | paid)
    standing = Standing(Order(order_id="ord_1", **{"submission": 1, "total": 4999} | order), [found])

    assert should_be_confirmed(standing, found) is should


def test_money_of_no_order_confirms_none_even_if_other_money_is_enough() -> None:
    nobodys = payment("captured", id="pay_1", captured=4999, orphaned=True, confirm_on="captured")
    other = payment("captured", id="pay_2", captured=4999, confirm_on="captured")
    standing = Standing(Order(order_id="ord_1", submission=1, total=4999), [nobodys, other])

    assert [should_be_confirmed(standing, each) for each in (nobodys, other)] == [False, True]


@pytest.mark.parametrize(
    ("state", "values", "expected"),
    [
        ("captured", {"captured_at": BORN}, timedelta(minutes=15)),
        ("captured", {}, None),
        ("captured", {"authorized_until": BORN + 7 * DAY}, None),
        ("authorized", {"authorized_until": BORN + 7 * DAY}, timedelta(minutes=15)),
        ("authorized", {}, None),
        ("authorized", {"captured_at": BORN}, None),
        ("pending", {"captured_at": BORN, "authorized_until": BORN}, None),
    ],
)
def test_an_order_has_to_be_confirmed_soon_after_its_money(state: str, values: dict[str, datetime], expected: timedelta | None) -> None:
    assert confirmed_by(payment(state, **values)) == (None if expected is None else BORN + expected)
