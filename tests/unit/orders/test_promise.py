"""When goods are expected: the store's working days, its time zone, the method's cut-off."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.orders.domain.promise import expected_at

WEEK = ("mon", "tue", "wed", "thu", "fri")


def expected(confirmed: str, days: int, *, cut_off: str | None = None, working: tuple[str, ...] = WEEK, zone: str = "UTC") -> str | None:
    instant = datetime.fromisoformat(confirmed).replace(tzinfo=UTC)
    found = expected_at(instant, lead_days=days, cut_off=cut_off, working_days=working, time_zone=zone)
    return None if found is None else found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("confirmed", "days", "cut_off", "expected_time"),
    [
        ("2031-05-01T12:00", 5, None, "2031-05-08T12:00"),
        ("2031-05-01T12:00", 1, None, "2031-05-02T12:00"),
        ("2031-05-01T12:00", 2, None, "2031-05-05T12:00"),
        ("2031-05-01T12:00", 0, None, "2031-05-01T12:00"),
        ("2031-05-03T12:00", 1, None, "2031-05-06T12:00"),
        ("2031-05-01T14:00", 1, "14:00", "2031-05-02T14:00"),
        ("2031-05-01T14:01", 1, "14:00", "2031-05-05T14:01"),
        ("2031-05-02T14:01", 1, "14:00", "2031-05-06T14:01"),
    ],
)
def test_lead_time_counts_working_days(confirmed: str, days: int, cut_off: str | None, expected_time: str) -> None:
    """Thursday 1 May 2031; what is confirmed after the cut-off, or on a day off, counts from the next working day."""
    assert expected(confirmed, days, cut_off=cut_off) == expected_time


def test_days_and_cut_off_are_the_stores() -> None:
    """In Tehran Friday is off and Thursday, 20:30 UTC, is Friday already; 11:00 UTC is half past two, after a cut-off at two."""
    tehran = ("sat", "sun", "mon", "tue", "wed")

    assert expected("2031-05-01T20:30", 1, working=tehran, zone="Asia/Tehran") == "2031-05-03T20:30"
    assert expected("2031-05-04T11:00", 1, cut_off="14:00", working=tehran, zone="Asia/Tehran") == "2031-05-06T11:00"
    assert expected("2031-05-04T11:00", 1, cut_off="14:00", working=tehran, zone="UTC") == "2031-05-05T11:00"


def test_store_that_never_works_expects_nothing() -> None:
    assert expected("2031-05-01T12:00", 1, working=()) is None
