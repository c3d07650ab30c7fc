"""Runs the audit: every invariant once, and those that seem not to hold a second time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from services.host.audit import documents, facts, history, known, leftovers, mails, orders, outside_work, queues, stock
from services.host.audit.invariant import Subject
from services.host.audit.look import Look
from services.host.audit.report import Report, Violation
from shared.db.tx import Database

PAUSE_SECONDS: Final = 2.0
"""Between the two looks: what is only on its way has moved by then."""
MOST_OF_ONE: Final = 1000
"""So many violations of one invariant are named: the memory of an audit does not grow with what is wrong."""
TOLD_HOURS: Final = 14 * 24
"""As long as `told` is kept."""
SUBJECTS: Final[tuple[Subject, ...]] = (
    orders.SUBJECT,
    known.SUBJECT,
    *stock.SUBJECTS,
    documents.SUBJECT,
    *outside_work.SUBJECTS,
    history.SUBJECT,
    *facts.SUBJECTS,
    *leftovers.SUBJECTS,
    *mails.SUBJECTS,
    queues.SUBJECT,
)


def audit(
    databases: Mapping[str, Database],
    *,
    settle_seconds: float = 60,
    broker_url: str | None = None,
    pause_seconds: float = PAUSE_SECONDS,
    facts_hours: float = TOLD_HOURS,
) -> Report:
    """What is wrong in these services, by their names, and on their broker; it changes nothing.

    What happened within the last `settle_seconds` is taken for work in flight. What seems wrong is looked at again after
    `pause_seconds`, and counts when it is wrong in the same way. Of facts those of the last `facts_hours` are looked at. Without
    `broker_url`, as Celery gets it, the queues are not asked. Raises SQLAlchemy's errors when a database is away, Unavailable
    when the broker is.
    """
    began, started_at = time.monotonic(), next(iter(databases.values())).clock.now()
    asked = [subject for subject in SUBJECTS if set(subject.services) <= set(databases)]
    first = Look(databases, settle_seconds=settle_seconds, facts_hours=facts_hours, broker_url=broker_url)
    suspects = {id(subject): _some(subject.check(first)) for subject in asked}
    doubtful = [subject for subject in asked if suspects[id(subject)]]
    violations: list[Violation] = []
    if doubtful:
        time.sleep(pause_seconds)
        seen = [violation for found in suspects.values() for violation in found]
        second = Look(
            databases,
            settle_seconds=settle_seconds + pause_seconds,
            facts_hours=facts_hours,
            broker_url=broker_url,
            orders=sorted({violation.order_id for violation in seen if violation.order_id is not None}),
        )
        for subject in doubtful:
            places = {violation.place for violation in suspects[id(subject)]}
            violations += [violation for violation in _some(subject.check(second)) if violation.place in places]
    return Report(started_at, time.monotonic() - began, settle_seconds, first.counted, violations)


def _some(violations: Iterable[Violation]) -> list[Violation]:
    """The first of each invariant. All are still looked for: what was counted has to be the whole."""
    named: Counter[str] = Counter()
    found = []
    for violation in violations:
        named[violation.invariant] += 1
        if named[violation.invariant] <= MOST_OF_ONE:
            found.append(violation)
    return found
