"""The provider's events."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import and_, bindparam, or_

from services.billing.domain.provider_event import UNMATCHED, ProviderEvent
from services.billing.store.statements import KeysetList, insert_or
from services.billing.tables import PROVIDER_EVENTS
from shared.db.rows import Rows
from shared.db.tx import Tx

ROWS: Final = Rows(PROVIDER_EVENTS, ProviderEvent, order_id=None)
_CLAIM: Final = insert_or(
    PROVIDER_EVENTS,
    "ON CONFLICT (provider, event_id) DO UPDATE SET deliveries = provider_events.deliveries + 1 RETURNING id, state",
)
_WAITING: Final = (
    ROWS.where(
        and_(
            PROVIDER_EVENTS.c.state == UNMATCHED,
            or_(PROVIDER_EVENTS.c.intent_ref == bindparam("ref"), PROVIDER_EVENTS.c.payment_hint == bindparam("payment_id")),
        )
    )
    # One that is locked is being tried by its timer right now. Waiting for it here, under the order's lock, could make a ring.
    .with_for_update(skip_locked=True)
)
LIST: Final = KeysetList(
    PROVIDER_EVENTS,
    {
        "state": PROVIDER_EVENTS.c.state,
        "type": PROVIDER_EVENTS.c.type,
        "event_id": PROVIDER_EVENTS.c.event_id,
        "payment_id": PROVIDER_EVENTS.c.payment_id,
    },
)


def claim(tx: Tx, event: ProviderEvent) -> str | None:
    """Stores the event, once for each of the provider's ids (R-PAY-02). None: it is new; else the state that the first one is in.

    A second delivery at the same instant waits here until the first has committed.
    """
    event.seq = 1
    values = {field.name: getattr(event, field.name) for field in dataclasses.fields(event) if field.name != "moves"}
    row = tx.execute(_CLAIM, values).one()
    if row.id != event.id:
        return str(row.state)
    tx.remember(event, order_id=None)
    tx.watch(event)
    return None


def lock_waiting_for(tx: Tx, *, ref: str | None, payment_id: str) -> list[ProviderEvent]:
    """Unmatched events of this intent or payment, oldest first, those that nobody else is trying."""
    return ROWS.all(tx, _WAITING, {"ref": ref, "payment_id": payment_id})


def list_events(tx: Tx, filters: Mapping[str, str], *, after: Sequence[Any] | None, rows: int) -> list[ProviderEvent]:
    """Newest first."""
    statement = LIST.statement(filters, after=after is not None)
    return ROWS.all(tx, statement, LIST.parameters(filters, after=after, rows=rows))
