"""When a shop has nothing left to do, and what a patient owner does until then."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import bindparam, text

from shared.db.base import Instant
from shared.db.tx import Database

PATIENCE_SECONDS: Final = 900.0
LOOK_SECONDS: Final = 1.0
LOST_SECONDS: Final = 75
"""A mail that was handed over so long ago and has no answer has lost its worker: every step of the conversation gives up after 10 s."""
LEFT: Final = {
    "outbox": (None, "outbox"),
    "facts for the timeline": (None, "unrecorded"),
    "PDFs": ("billing", "invoices WHERE state = 'posted' AND pdf_sha256 IS NULL"),
    "mails": ("notifications", "notifications WHERE state IN ('queued', 'sending') OR (state = 'failed' AND next_try_at IS NOT NULL)"),
    "facts of Stripe": ("billing", "provider_events WHERE state IN ('received', 'unmatched', 'failed')"),
    "cards that nobody pays": ("billing", "payments WHERE kind = 'online' AND state IN ('created', 'pending', 'failed')"),
    "orders that nobody pays": ("orders", "orders WHERE state = 'quotation' AND submitted_at IS NOT NULL AND payment_method = 'card'"),
    "holds": ("delivery", "reservations WHERE kind = 'hold' AND state = 'active'"),
}
"""By name: whose table (None: everybody's), and what of it is still to be done."""
_HASTEN: Final = text(
    "UPDATE timers SET due_at = :now WHERE kind IN ('mail_retries', 'payment_sync', 'provider_events') AND due_at > :now"
).bindparams(bindparam("now", type_=Instant()))
_LOST: Final = text(
    "UPDATE timers SET due_at = :now WHERE kind = 'mail_lease' AND record_id IN "
    "(SELECT id FROM notifications WHERE state = 'sending' AND handed_over_at < :before)"
).bindparams(bindparam("now", type_=Instant()), bindparam("before", type_=Instant()))


Waiting = Callable[[], Mapping[str, int]]


def unfinished(databases: Mapping[str, Database], waiting: Waiting) -> dict[str, int]:
    """What is still to be done, by name; empty when the shop is at rest. `waiting`: messages by queue."""
    found = {f"queue {name}": number for name, number in waiting().items()}
    for name, (owner, rows) in LEFT.items():
        for service in databases if owner is None else (owner,):
            with databases[service].read() as tx:
                number = int(tx.execute(text(f"SELECT count(*) FROM {rows}")).scalar_one())
            if number:
                found[name if owner else f"{name} of {service}"] = number
    return found


def hasten(databases: Mapping[str, Database]) -> None:
    """Time passes for what waits for its next try: mails, questions to Stripe. Nothing else of the shop is touched."""
    for service in ("billing", "notifications"):
        with databases[service].begin() as tx:
            tx.execute(_HASTEN, {"now": tx.now})
            if service == "notifications":
                tx.execute(_LOST, {"now": tx.now, "before": tx.now - timedelta(seconds=LOST_SECONDS)})


def await_rest(databases: Mapping[str, Database], waiting: Waiting, *, seconds: float = PATIENCE_SECONDS) -> dict[str, int]:
    """Returns when nothing is left to do, three looks in a row, or what is left when the patience is over."""
    deadline = time.monotonic() + seconds
    calm, hastened = 0, 0.0
    while True:
        left = unfinished(databases, waiting)
        calm = 0 if left else calm + 1
        if calm == 3 or time.monotonic() > deadline:
            return left
        if left and time.monotonic() - hastened > 5:
            hasten(databases)
            hastened = time.monotonic()
        time.sleep(LOOK_SECONDS)
