"""Mails: each goes out, once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from services.host.audit.invariant import Invariant, Subject
from services.host.audit.look import Look
from services.host.audit.report import Violation
from services.notifications.domain.notification import LEASE
from services.notifications.store import audit as notifications

GOING: Final = Invariant(
    "mails.going", "R-NOT-03", "A mail that is queued or due to be tried again goes on, and none is handed over for ever."
)
ONE: Final = Invariant("mails.one_per_cause", "R-NOT-01", "For each cause, recipient and record there is one mail.")
SENT_ONCE: Final = Invariant("mails.sent_once", "R-NOT-02", "No mail was taken by the mail server twice.")


def check_going(look: Look) -> Iterator[Violation]:
    """See GOING."""
    settled = look.settled("notifications")
    for row in look.rows("notifications", notifications.stuck_mails, before=settled, lost=settled - LEASE):
        what = f"mail {row.template} is {row.state}, try {row.attempt}"
        repair = f"cartwright retell notifications notifications.mail_queued:{row.id}:{row.attempt} notifications"
        yield GOING.broken("notifications", row.id, what, order_id=row.order_id, since=row.since, repair=repair)


def check_one_per_cause(look: Look) -> Iterator[Violation]:
    """See ONE. Suppressed ones went to nobody."""
    for first, second in pairwise(look.rows("notifications", notifications.mails_by_key, of="mails", key=2)):
        if first.dedupe_key == second.dedupe_key:
            what = f"a second mail beside {first.id} for {second.dedupe_key}"
            repair = f"what has gone out stays so; GET /admin/v1/notifications/{second.id} says what made it"
            yield ONE.broken("notifications", second.id, what, order_id=second.order_id, since=second.created_at, repair=repair)


def check_sent_once(look: Look) -> Iterator[Violation]:
    """See SENT_ONCE."""
    for first, second in pairwise(look.rows("notifications", notifications.taken_tries, key=2)):
        if first.notification_id == second.notification_id:
            what = f"tries {first.number} and {second.number} were both taken by the mail server"
            repair = f"what has gone out stays so; GET /admin/v1/notifications/{second.notification_id} has the tries"
            yield SENT_ONCE.broken("notifications", second.notification_id, what, since=second.at, repair=repair)


SUBJECTS: Final = (
    Subject(("notifications",), (GOING,), check_going),
    Subject(("notifications",), (ONE,), check_one_per_cause),
    Subject(("notifications",), (SENT_ONCE,), check_sent_once),
)
