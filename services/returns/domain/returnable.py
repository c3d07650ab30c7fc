"""What of an order line may come back, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

PERIOD_DAYS: Final = 14
"""Days to return a line that was bought without a period of its own."""


@dataclass(frozen=True, slots=True)
class BoughtLine:
    """A line as it stood when it was bought; flags and period never change afterwards (R-RET-02)."""

    line_id: str
    position: int
    sku: str
    name: str
    type: str
    returnable: bool
    return_period_days: int | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """Units of a line that reached the customer."""

    quantity: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Returnable:
    """A line's standing. `last_day`: the last day in store time on which its return may be asked for, None before all arrived."""

    line: BoughtLine
    delivered: int
    last_day: date | None
    refused_by: tuple[str, ...]


def returnable(line: BoughtLine, delivered: int, arrivals: Sequence[Arrival], *, now: datetime, time_zone: ZoneInfo) -> Returnable:
    """Whether the line may come back now, and every rule that says no (R-RET-02, R-RET-06). `delivered`: units handed over."""
    goods = line.type == "goods"
    last_day = _last_day(line, delivered, arrivals, time_zone) if goods else None
    rules = {
        "not_delivered": goods and delivered == 0,
        "not_returnable": not line.returnable or line.type == "service",
        "digital": line.type == "digital",
        # The last day is included to 23:59:59 of the store's time (R-RET-04).
        "period_over": last_day is not None and now.astimezone(time_zone).date() > last_day,
    }
    return Returnable(line, delivered, last_day, tuple(code for code, refuses in rules.items() if refuses))


def _last_day(line: BoughtLine, delivered: int, arrivals: Sequence[Arrival], time_zone: ZoneInfo) -> date | None:
    """Counted from the day after the last unit arrived (R-RET-04, R-RET-05); while one is on its way it has not begun."""
    if delivered == 0 or sum(arrival.quantity for arrival in arrivals) < delivered:
        return None
    period = PERIOD_DAYS if line.return_period_days is None else line.return_period_days
    arrived_on = max(arrival.at for arrival in arrivals).astimezone(time_zone).date()
    return arrived_on + timedelta(days=period)
