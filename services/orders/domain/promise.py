"""When goods are expected, and when an order is late (R-DLV-22)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.orders.domain.order import Order

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def expected_at(
    confirmed_at: datetime, *, lead_days: int, cut_off: str | None, working_days: Collection[str], time_zone: str
) -> datetime | None:
    """The confirmation's time of day, `lead_days` of the store's working days later.

    After the method's cut-off, or on a day off, the next working day counts as the day of confirmation. None in a store that never works.
    """
    working = {WEEKDAYS.index(day) for day in working_days}
    if not working:
        return None
    local = confirmed_at.astimezone(ZoneInfo(time_zone))
    day = local.date()
    if cut_off is not None and local.time() > time.fromisoformat(cut_off):
        day += timedelta(days=1)
    day = _on_or_after(day, working)
    for _ in range(lead_days):
        day = _on_or_after(day + timedelta(days=1), working)
    return datetime.combine(day, local.time(), local.tzinfo)


def late_since(order: Order, late_after_hours: int | None) -> datetime | None:
    """When a confirmed order is late unless its goods are handed over by then; None: never.

    Its promise, one that is too early at once; without a promise, the hours that the shop allows itself after confirmation.
    """
    if order.confirmed_at is None:
        return None
    if order.promised_at is not None:
        too_early = order.expected_at is not None and order.promised_at < order.expected_at
        return order.confirmed_at if too_early else order.promised_at
    return None if late_after_hours is None else order.confirmed_at + timedelta(hours=late_after_hours)


def _on_or_after(day: date, working: Collection[int]) -> date:
    while day.weekday() not in working:
        day += timedelta(days=1)
    return day
