"""Runs the audit: every invariant once, and those that seem not to hold a second time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from services.host.audit.invariant import Invariant
from services.host.audit.look import Look
from services.host.audit.report import Report, Violation
from shared.db.tx import Database

PAUSE_SECONDS: Final = 2.0
"""Between the two looks: what is only on its way has moved by then."""
INVARIANTS: Final[tuple[Invariant, ...]] = ()


def audit(
    databases: Mapping[str, Database],
    *,
    settle_seconds: float = 60,
    broker_url: str | None = None,
    pause_seconds: float = PAUSE_SECONDS,
) -> Report:
    """What is wrong in these services, by their names, and on their broker; it changes nothing.

    What happened within the last `settle_seconds` is taken for work in flight. What seems wrong is looked at again after
    `pause_seconds`, and counts when it is wrong in the same way. Without `broker_url` the queues are not asked.
    Raises SQLAlchemy's errors when a database is away, Unavailable when the broker is.
    """
    began, started_at = time.monotonic(), next(iter(databases.values())).clock.now()
    first = Look(databases, settle_seconds=settle_seconds, broker_url=broker_url)
    seen = {invariant: list(invariant.check(first)) for invariant in INVARIANTS if invariant.asks(first)}
    doubtful = {invariant: found for invariant, found in seen.items() if found}
    violations: list[Violation] = []
    if doubtful:
        time.sleep(pause_seconds)
        second = Look(databases, settle_seconds=settle_seconds + pause_seconds, broker_url=broker_url)
        for invariant, found in doubtful.items():
            before = {violation.place for violation in found}
            violations += [violation for violation in invariant.check(second) if violation.place in before]
    return Report(started_at, time.monotonic() - began, settle_seconds, first.counted, violations)
