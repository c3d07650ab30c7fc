"""Facts and settings that are kept, and whom to write to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.notifications import store
from services.notifications.actions.close_tasks import close_ended_tasks
from services.notifications.actions.open_tasks import open_parcel_tasks
from services.notifications.store.contacts import Contact
from shared.contracts.orders import OrderCancelled, OrderConfirmed, OrderSubmitted, SettingsChanged
from shared.db import settings_copy
from shared.db.tx import Tx


def record_events(facts: Sequence[Mapping[str, Any]], tx: Tx) -> None:
    """Keeps a bundle of facts of all services: the timeline and the feed.

    Tasks whose cause they end are closed, and trouble with a parcel opens one: parcels move in every order, and a message of its
    own for each move would cost more than the bundle that comes anyway.
    """
    store.events.record(tx, facts)
    close_ended_tasks(tx, facts)
    open_parcel_tasks(tx, facts)


def copy_settings(event: SettingsChanged, tx: Tx) -> None:
    """Repairs the copy of a service that was down when the gateway wrote it."""
    settings_copy.copy_settings(tx, event.settings_version, event.values)


def copy_contact(event: OrderSubmitted | OrderConfirmed | OrderCancelled, tx: Tx) -> None:
    """Whom mails about this order go to, and how it stands; facts that come late change nothing. A cart has no number yet."""
    if event.number is None:
        return
    who, expected_at = event.who, None
    state = "quotation"
    if isinstance(event, OrderConfirmed):
        state, expected_at = "confirmed", event.expected_at
    elif isinstance(event, OrderCancelled):
        state = "cancelled"
    contact = Contact(event.number, who.language, who.email, who.name, who.token_generation, state, expected_at)
    store.contacts.copy(tx, event.order_id, event.envelope.aggregate_seq, contact)
