"""Mails about invoices."""

from __future__ import annotations

from functools import partial

from services.notifications import store
from services.notifications.domain import mail
from services.notifications.handlers.letters import send_to_customer
from shared.contracts.billing import InvoiceOverdue, InvoiceRendered
from shared.db.tx import Tx


def send_invoice(event: InvoiceRendered, tx: Tx) -> None:
    """Sends the customer an invoice's PDF, once per document. Raises ContactNotFound."""
    if event.type != "invoice":
        return
    contact = store.contacts.of_order(tx, event.order_id)
    send_to_customer(
        tx,
        event,
        contact,
        order_id=event.order_id,
        template="invoice",
        key=event.invoice_id,
        record=("invoice", event.invoice_id),
        variables=partial(mail.invoice, event.model_dump(mode="json"), number=event.order_number, name=contact.name),
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


def send_invoice_reminder(event: InvoiceOverdue, tx: Tx) -> None:
    """Reminds the customer of what is due, once per document and reminder day (R-INV-16). Raises ContactNotFound."""
    contact = store.contacts.of_order(tx, event.order_id)
    send_to_customer(
        tx,
        event,
        contact,
        order_id=event.order_id,
        template="invoice_reminder",
        key=f"{event.invoice_id}:{event.days}",
        record=("invoice", event.invoice_id),
        variables=partial(mail.invoice_reminder, event.model_dump(mode="json"), name=contact.name),
    )
