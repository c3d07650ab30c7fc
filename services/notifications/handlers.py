"""What notifications does on hearing facts: keeps all of them, knows whom to write to, and queues mails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.notifications import store
from services.notifications.actions.queue_mails import queue_mails
from services.notifications.domain import mail
from services.notifications.domain.links import marked
from services.notifications.domain.notification import Audience, Draft
from services.notifications.domain.standing import order_standing
from services.notifications.store.contacts import Contact
from shared.contracts.billing import InvoiceRendered, PaymentFailed
from shared.contracts.delivery import DeliveryDone
from shared.contracts.orders import OrderConfirmed, OrderSubmitted, SettingsChanged
from shared.contracts.shop_settings import ShopSettings
from shared.db import settings_copy
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.values.ids import new_id


def record_events(facts: Sequence[Mapping[str, Any]], tx: Tx) -> None:
    """Keeps a bundle of facts of all services: the timeline and the feed."""
    store.events.record(tx, facts)


def copy_settings(event: SettingsChanged, tx: Tx) -> None:
    """Repairs the copy of a service that was down when the gateway wrote it."""
    settings_copy.copy_settings(tx, event.settings_version, event.values)


def copy_contact(event: OrderSubmitted | OrderConfirmed, tx: Tx) -> None:
    """Whom mails about this order go to; facts that come late change nothing."""
    who = event.who
    contact = Contact(event.number, who.language, who.email, who.name, who.token_generation)
    store.contacts.copy(tx, event.order_id, event.envelope.aggregate_seq, contact)


def send_order_confirmation(event: OrderConfirmed, tx: Tx) -> None:
    """Tells the customer, once per submission, that the order is binding (R-NOT-04, R-NOT-10)."""
    settings = shop_settings(tx)
    draft_id = new_id("ntf")
    payload = event.model_dump(mode="json")
    payload["totals"] |= order_standing(event)
    draft = Draft(
        id=draft_id,
        template="order_confirmation",
        recipient=event.who.email,
        audience="customer",
        language=event.who.language,
        dedupe_key=f"order_confirmation:{event.order_id}:{event.submission}",
        order_id=event.order_id,
        record_type="order",
        record_id=event.order_id,
        event_id=event.envelope.id,
        token_generation=event.who.token_generation,
        variables=mail.order_confirmation(payload, store=_store(settings), links=marked(draft_id)),
    )
    queue_mails(tx, [draft], settings)


def send_new_order(event: OrderConfirmed, tx: Tx) -> None:
    """Tells each seller of own lines, and the shop of all, one mail per address (R-NOT-05, R-NOT-13)."""
    settings = shop_settings(tx)
    payload = event.model_dump(mode="json")

    def draft(recipient: str | None, audience: Audience, *, seller: str | None, language: str) -> Draft:
        draft_id = new_id("ntf")
        return Draft(
            id=draft_id,
            template="new_order",
            recipient=recipient,
            audience=audience,
            language=language,
            dedupe_key=f"new_order:{event.order_id}:{event.submission}:{'shop' if seller is None else 'seller ' + seller}:{recipient}",
            order_id=event.order_id,
            record_type="order",
            record_id=event.order_id,
            event_id=event.envelope.id,
            variables=mail.new_order(payload, store=_store(settings), links=marked(draft_id), seller=seller),
        )

    drafts = [
        draft(email, "seller", seller=seller.code, language=seller.language)
        for seller in event.sellers
        for email in (dict.fromkeys(seller.emails) or (None,))
    ]
    drafts += [
        draft(email, "staff", seller=None, language=settings.store.default_language)
        for email in dict.fromkeys(settings.store.orders_emails)
    ]
    queue_mails(tx, drafts, settings)


def send_payment_failed(event: PaymentFailed, tx: Tx) -> None:
    """Tells the customer, once per payment, that the order stands and can be paid again. Raises ContactNotFound."""
    settings = shop_settings(tx)
    contact = store.contacts.of_order(tx, event.order_id)
    draft_id = new_id("ntf")
    draft = Draft(
        id=draft_id,
        template="payment_failed",
        recipient=contact.email,
        audience="customer",
        language=contact.language,
        dedupe_key=f"payment_failed:{event.payment_id}",
        order_id=event.order_id,
        record_type="payment",
        record_id=event.payment_id,
        event_id=event.envelope.id,
        token_generation=contact.token_generation,
        variables=mail.payment_failed(
            event.model_dump(mode="json"), number=contact.number, name=contact.name, store=_store(settings), links=marked(draft_id)
        ),
    )
    queue_mails(tx, [draft], settings)


def send_invoice(event: InvoiceRendered, tx: Tx) -> None:
    """Sends the customer an invoice's PDF, once per document. Raises ContactNotFound."""
    if event.type != "invoice":
        return
    settings = shop_settings(tx)
    contact = store.contacts.of_order(tx, event.order_id)
    draft_id = new_id("ntf")
    draft = Draft(
        id=draft_id,
        template="invoice",
        recipient=contact.email,
        audience="customer",
        language=contact.language,
        dedupe_key=f"invoice:{event.invoice_id}",
        order_id=event.order_id,
        record_type="invoice",
        record_id=event.invoice_id,
        event_id=event.envelope.id,
        token_generation=contact.token_generation,
        variables=mail.invoice(
            event.model_dump(mode="json"), number=event.order_number, name=contact.name, store=_store(settings), links=marked(draft_id)
        ),
        attachments=[
            {
                "name": f"{event.number.replace('/', '-')}.pdf",
                "media_type": "application/pdf",
                "sha256": event.sha256,
                "url": f"/admin/v1/invoices/{event.invoice_id}/pdf",
                "invoice_id": event.invoice_id,
            }
        ],
    )
    queue_mails(tx, [draft], settings)


def send_parcel_shipped(event: DeliveryDone, tx: Tx) -> None:
    """Tells the customer what is on its way and what follows, once per delivery. Raises ContactNotFound.

    Only of an outgoing chain's last step, never for pickup (R-NOT-06), and not when it is silenced (R-NOT-08).
    """
    if not (event.last and event.to_customer) or event.pickup or not event.notify or event.order_id is None:
        return
    settings = shop_settings(tx)
    contact = store.contacts.of_order(tx, event.order_id)
    draft_id = new_id("ntf")
    payload = event.model_dump(mode="json")
    for parcel in payload["parcels"]:
        # The built-in carrier is nobody: the shop brings it or hands it to whom it likes.
        parcel["carrier"] = None if parcel["carrier"] == "manual" else parcel["carrier"]
    draft = Draft(
        id=draft_id,
        template="parcel_shipped",
        recipient=contact.email,
        audience="customer",
        language=contact.language,
        dedupe_key=f"parcel_shipped:{event.delivery_id}",
        order_id=event.order_id,
        record_type="delivery",
        record_id=event.delivery_id,
        event_id=event.envelope.id,
        token_generation=contact.token_generation,
        variables=mail.parcel_shipped(
            payload,
            number=contact.number,
            name=contact.name,
            names=_names(event),
            expected_at=None,
            store=_store(settings),
            links=marked(draft_id),
        ),
    )
    queue_mails(tx, [draft], settings)


def _names(event: DeliveryDone) -> dict[str, str]:
    names = {line.sku: line.name for line in (*event.lines, *event.remaining)}
    return names | {line.sku: line.name for parcel in event.parcels for line in parcel.lines}


def _store(settings: ShopSettings) -> dict[str, Any]:
    return settings.store.model_dump(mode="json")
