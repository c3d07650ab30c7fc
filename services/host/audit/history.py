"""Records and their history: every step is there, in its order, and the last one led to where the record is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Table

from services.billing import tables as billing
from services.delivery import tables as delivery
from services.host.audit.invariant import Invariant, Subject
from services.host.audit.look import Look
from services.host.audit.report import Violation
from services.notifications import tables as notifications
from services.orders import tables as orders
from shared.db import audit as house

UNBROKEN: Final = Invariant(
    "history.unbroken", "lifecycles.md, section 1", "A record's steps follow each other, and its state is where the last one led."
)
RECORDS: Final[Mapping[str, Sequence[Table]]] = {
    "orders": (orders.ORDERS,),
    "delivery": (delivery.RESERVATIONS, delivery.DELIVERIES, delivery.PARCELS),
    "billing": (billing.PAYMENTS, billing.INVOICES, billing.PROVIDER_EVENTS),
    "notifications": (notifications.NOTIFICATIONS, notifications.TASKS),
}


def check(look: Look) -> Iterator[Violation]:
    """See UNBROKEN; records and history of a page are read in one transaction."""
    for service in look.services:
        for table in RECORDS.get(service, ()):
            yield from _check_table(look, service, table)


def _check_table(look: Look, service: str, table: Table) -> Iterator[Violation]:
    def page(tx: Any, *, after: str | None, rows: int) -> Sequence[tuple[str, str, Sequence[Any]]]:
        found = house.states(tx, table, after=after, rows=rows)
        steps = {
            record_id: list(some) for record_id, some in groupby(house.history_of(tx, [row.id for row in found]), lambda row: row.record_id)
        }
        return [(row.id, row.state, steps.get(row.id, ())) for row in found]

    settled = look.settled(service)
    for record_id, state, steps in look.rows(service, page, of=f"{service} {table.name}"):
        at = steps[-1].at if steps else None
        if at is not None and at > settled:
            continue
        what = _broken(state, steps)
        if what is not None:
            yield UNBROKEN.broken(service, record_id, f"{table.name}: {what}", since=at, repair=_repair(service, record_id))


def _broken(state: str, steps: Sequence[Any]) -> str | None:
    if not steps:
        return f"{state}, and no step led there"
    before = None
    for step in steps:
        if step.from_state != before:
            return f"a step from {step.from_state} follows one to {before}"
        before = step.to_state
    return None if before == state else f"{state}, and its last step led to {before}"


def _repair(service: str, record_id: str) -> str:
    if service == "billing" and record_id.startswith("pay_"):
        return f"POST /admin/v1/payments/{record_id}/sync"
    return f"GET /admin/v1/events?type=… shows what was told of {record_id}; restore the row from a backup"


SUBJECT: Final = Subject((), (UNBROKEN,), check)
