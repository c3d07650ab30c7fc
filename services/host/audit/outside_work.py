"""Outside work at the payment provider: what was asked for is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from services.billing.store import audit as billing
from services.host.audit.invariant import Invariant, Subject
from services.host.audit.look import Look
from services.host.audit.report import Violation
from shared.db import audit as house

CAPTURED: Final = Invariant("payments.captured_as_asked", "R-PAY-20", "Money that was asked of an authorized payment is taken.")
CLOSED: Final = Invariant(
    "payments.withdrawn", "lifecycles.md, section 3", "A payment of a cancelled order or a reopened submission cannot be paid any more."
)


def check_captures(look: Look) -> Iterator[Violation]:
    """See CAPTURED."""
    yield from _of_payments(look, billing.asked_captures, _not_captured)


def check_closed(look: Look) -> Iterator[Violation]:
    """See CLOSED."""
    yield from _of_payments(look, billing.open_after_the_end, _not_withdrawn)


def _of_payments(
    look: Look, page: Callable[..., Sequence[Any]], violation: Callable[[Any, datetime | None], Violation]
) -> Iterator[Violation]:
    for rows in look.pages("billing", page):
        ids = [row.id for row in rows]
        moved = look.ask("billing", lambda tx, ids=ids: house.moved_at(tx, ids))  # type: ignore[misc]
        for row in rows:
            at = moved.get(row.id)
            if at is None or at <= look.settled("billing"):
                yield violation(row, at)


def _not_captured(row: Any, at: datetime | None) -> Violation:
    what = f"{row.capture_asked} of the authorized payment was asked for and not taken"
    return CAPTURED.broken("billing", row.id, what, order_id=row.order_id, since=at, repair=f"POST /admin/v1/payments/{row.id}/capture")


def _not_withdrawn(row: Any, at: datetime | None) -> Violation:
    what = f"the payment is {row.state}, and its order was cancelled or its submission reopened"
    return CLOSED.broken("billing", row.id, what, order_id=row.order_id, since=at, repair=f"POST /admin/v1/payments/{row.id}/void")


SUBJECTS: Final = (
    Subject(("billing",), (CAPTURED,), check_captures),
    Subject(("billing",), (CLOSED,), check_closed),
)
