"""A mail to a customer, out of the fact that it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.notifications.actions.queue_mails import queue_mails
from services.notifications.domain.links import marked
from services.notifications.domain.notification import Draft
from services.notifications.store.contacts import Contact
from shared.contracts.base import Event
from shared.contracts.orders import Who
from shared.contracts.shop_settings import ShopSettings
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.values.ids import new_id

Variables = Callable[..., Mapping[str, Any]]
"""One of `domain.mail`, wanting `store` and `links` still."""


def send_to_customer(
    tx: Tx,
    event: Event,
    contact: Contact,
    *,
    order_id: str,
    template: str,
    key: str,
    variables: Variables,
    record: tuple[str, str] | None = None,
    attachments: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Queues the mail `template`, once per `key`. `record` is kind and id of what it is about; None: the order."""
    settings = shop_settings(tx)
    draft_id = new_id("ntf")
    record_type, record_id = record or ("order", order_id)
    draft = Draft(
        id=draft_id,
        template=template,
        recipient=contact.email,
        audience="customer",
        language=contact.language,
        dedupe_key=f"{template}:{key}",
        order_id=order_id,
        record_type=record_type,
        record_id=record_id,
        event_id=event.envelope.id,
        token_generation=contact.token_generation,
        variables=variables(store=store_of(settings), links=marked(draft_id)),
        attachments=attachments,
    )
    queue_mails(tx, [draft], settings)


def contact_of(who: Who, number: str) -> Contact:
    """The customer out of a fact that names them."""
    return Contact(number, who.language, who.email, who.name, who.token_generation)


def store_of(settings: ShopSettings) -> dict[str, Any]:
    """The settings `store.*` as mails get them."""
    return settings.store.model_dump(mode="json")
