"""Orders that others know of: after a restore the five databases may be of different moments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from services.billing.store import audit as billing
from services.delivery.store import audit as delivery
from services.host.audit.invariant import Invariant, Subject
from services.host.audit.look import Look
from services.host.audit.report import Violation
from services.orders.store import audit as orders

KNOWN: Final = Invariant("orders.known", "R-ORD-01", "Every order that billing or delivery knows of is an order.")


def check_known(look: Look) -> Iterator[Violation]:
    """See KNOWN."""
    for service, page in (("billing", billing.order_ids), ("delivery", delivery.order_ids)):
        for rows in look.pages(service, page):
            ids = [row.order_id for row in rows]
            known = look.ask("orders", lambda tx, ids=ids: orders.known(tx, ids))  # type: ignore[misc]
            for order_id in ids:
                if order_id not in known:
                    what = f"{service} has an order that orders does not know"
                    repair = "restore all five databases from backups of one moment"
                    yield KNOWN.broken(service, order_id, what, order_id=order_id, repair=repair)


SUBJECT: Final = Subject(("orders", "billing", "delivery"), (KNOWN,), check_known)
