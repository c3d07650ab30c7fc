"""Work left over: dead letters, timers that did not run, tasks and webhooks that wait. Some of it is only counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from services.billing.store import audit as billing
from services.host.audit.invariant import Invariant, Subject
from services.host.audit.look import Look
from services.host.audit.report import Violation
from services.notifications.store import audit as notifications
from shared.db import audit as house

LETTERS: Final = Invariant("work.dead_letters", "R-MSG-03", "Work that failed for good was looked at by a person: replayed or discarded.")
TIMERS: Final = Invariant("work.timers", "R-MSG-05", "What is due is done, and no timer fails again and again.")
FAILURES: Final = 3
"""A timer that raised so often in a row, in about 35 s, does not mend by itself."""
OLD_TASK: Final = timedelta(days=1)


def check_letters(look: Look) -> Iterator[Violation]:
    """See LETTERS."""
    for service in look.services:
        for row in look.rows(service, house.open_letters):
            what = f"{row.task} failed for good on {row.fact}: {row.error[:200]}"
            repair = f"cartwright dead-letters replay {service} {row.id}"
            yield LETTERS.broken(service, str(row.id), what, since=row.at, repair=repair)


def check_timers(look: Look) -> Iterator[Violation]:
    """See TIMERS."""
    for service in look.services:
        for row in look.rows(service, house.late_timers, key=2, before=look.settled(service), failures=FAILURES):
            failing = row.failures >= FAILURES
            what = f"timer {row.kind} fails: {row.error}" if failing else f"timer {row.kind} is due and was not run"
            repair = f"the log has timer_failed with its traceback; it is tried again by itself, by cartwright beat {service}"
            since = None if failing else row.due_at
            yield TIMERS.broken(
                service, f"{row.kind}:{row.record_id}", what, since=since, repair=repair if failing else f"cartwright beat {service}"
            )


def count_waiting(look: Look) -> Iterator[Violation]:
    """What people and outside systems are waited for is no violation: the report says how much of it there is."""
    before = look.now("notifications") - OLD_TASK
    look.counted["tasks open for a day"] = look.ask("notifications", lambda tx: notifications.old_tasks(tx, before))
    look.counted["provider events not applied"] = look.ask("billing", billing.unapplied_events)
    yield from ()


SUBJECTS: Final = (
    Subject((), (LETTERS,), check_letters),
    Subject((), (TIMERS,), check_timers),
    Subject(("notifications", "billing"), (), count_waiting),
)
