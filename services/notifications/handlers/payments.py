"""Mails about what is to be paid."""

from __future__ import annotations

from functools import partial

from services.notifications import store
from services.notifications.domain import mail
from services.notifications.handlers.letters import contact_of, send_to_customer
from shared.contracts.billing import PaymentFailed
from shared.contracts.orders import OrderSent, PaymentReminderDue
from shared.db.tx import Tx


def send_payment_instructions(event: OrderSent, tx: Tx) -> None:
    """Tells the customer how to pay, or what staff offer; once per sending (R-NOT-09)."""
    template, words = ("payment_instructions", mail.payment_instructions) if event.by == "payment" else ("quotation", mail.quotation)
    contact = contact_of(event.who, event.number)
    send_to_customer(
        tx,
        event,
        contact._replace(email=event.to or contact.email),
        order_id=event.order_id,
        template=template,
        key=f"{event.order_id}:{event.submission}",
        variables=partial(words, event.model_dump(mode="json")),
    )


def send_payment_reminder(event: PaymentReminderDue, tx: Tx) -> None:
    """Reminds the customer of an offline payment, once per submission (R-ORD-54)."""
    send_to_customer(
        tx,
        event,
        contact_of(event.who, event.number),
        order_id=event.order_id,
        template="payment_reminder",
        key=f"{event.order_id}:{event.submission}",
        variables=partial(mail.payment_reminder, event.model_dump(mode="json")),
    )


def send_payment_failed(event: PaymentFailed, tx: Tx) -> None:
    """Tells the customer, once per payment, that the order stands and can be paid again. Raises ContactNotFound."""
    contact = store.contacts.of_order(tx, event.order_id)
    send_to_customer(
        tx,
        event,
        contact,
        order_id=event.order_id,
        template="payment_failed",
        key=event.payment_id,
        record=("payment", event.payment_id),
        variables=partial(mail.payment_failed, event.model_dump(mode="json"), number=contact.number, name=contact.name),
    )
