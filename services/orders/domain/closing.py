"""When an order is over: everything arrived, and its return periods are past (O16, R-ORD-62)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.orders.domain.order import Line
from services.orders.domain.parts import ARRIVAL, CANCELLED_UNITS, Parts, sum_units
from shared.values.clock import parse_rfc3339

RETURN_PERIOD_DAYS: Final = 14
"""For goods without a period of their own: the default of `returns.period_days` (api.md, section 10)."""


def may_close(lines: Sequence[Line], parts: Parts, *, now: datetime) -> bool:
    """Whether all goods have arrived and can no longer be sent back. Services and digital goods wait for nothing (R-ORD-12)."""
    goods = [line for line in lines if line.goods]
    if not all(_arrived(line, parts) for line in goods):
        return False
    end = return_periods_end(lines, parts)
    return end is None or end <= now


def all_arrived(lines: Sequence[Line], parts: Parts) -> bool:
    """Whether every unit of goods that was not cancelled is at the customer's."""
    return all(_arrived(line, parts) for line in lines if line.goods)


def return_periods_end(lines: Sequence[Line], parts: Parts) -> datetime | None:
    """When the last return period of what has arrived is over: its last day counts to its end (R-RET-04). None without one.

    Each line counts from the arrival of its last unit (R-RET-05), in the store's time zone of that moment.
    """
    ends = []
    for line in lines:
        if not (line.goods and line.returnable):
            continue
        days = RETURN_PERIOD_DAYS if line.return_period_days is None else line.return_period_days
        for part in parts.all(ARRIVAL):
            if line.id in part.values["units"]:
                zone = ZoneInfo(part.values["time_zone"])
                day = parse_rfc3339(part.values["at"]).astimezone(zone).date()
                ends.append(datetime.combine(day + timedelta(days=days + 1), time(), zone))
    return max(ends, default=None)


def _arrived(line: Line, parts: Parts) -> bool:
    cancelled = sum_units(parts.all(CANCELLED_UNITS)).get(line.id, 0)
    return sum_units(parts.all(ARRIVAL)).get(line.id, 0) >= line.quantity - cancelled
