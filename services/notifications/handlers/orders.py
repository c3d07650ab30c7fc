"""Mails about an order as a whole."""

from __future__ import annotations

from functools import partial

from services.notifications import store
from services.notifications.actions.queue_mails import queue_mails
from services.notifications.domain import mail
from services.notifications.domain.links import marked
from services.notifications.domain.notification import Audience, Draft
from services.notifications.domain.standing import order_standing
from services.notifications.errors import ConfirmationNotHeard
from services.notifications.handlers.letters import contact_of, send_to_customer, store_of
from shared.contracts.orders import OrderCancelled, OrderConfirmed
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.values.ids import new_id

_OUT_OF_TIME = ("payment_expired", "quotation_expired")
_NOBODY_IS_TOLD = ("merged", "erased")
"""The cart lives on in another one; or there is nobody any more."""


def send_order_confirmation(event: OrderConfirmed, tx: Tx) -> None:
    """Tells the customer, once per submission, that the order is binding (R-NOT-04, R-NOT-10)."""
    payload = event.model_dump(mode="json")
    payload["totals"] |= order_standing(event)
    send_to_customer(
        tx,
        event,
        contact_of(event.who, event.number),
        order_id=event.order_id,
        template="order_confirmation",
        key=f"{event.order_id}:{event.submission}",
        variables=partial(mail.order_confirmation, payload),
    )


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
            variables=mail.new_order(payload, store=store_of(settings), links=marked(draft_id), seller=seller),
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


def send_order_cancelled(event: OrderCancelled, tx: Tx) -> None:
    """Tells the customer, once per submission, and of a confirmed order each seller who was told of it (R-ORD-51, R-NOT-05).

    One that nobody paid or answered in time brings the mail `payment_expired`, and no other (api.md, 13.3). A cart that was never
    submitted brings none. Raises ConfirmationNotHeard.
    """
    number, name = event.number, event.who.name
    if not event.notify or number is None or event.reason in _NOBODY_IS_TOLD:
        return
    key = f"{event.order_id}:{event.submission}"
    sellers = _sellers_of(event, tx) if event.state_before == "confirmed" else {}
    expired = event.reason in _OUT_OF_TIME
    send_to_customer(
        tx,
        event,
        contact_of(event.who, number),
        order_id=event.order_id,
        template="payment_expired" if expired else "order_cancelled",
        key=key,
        variables=partial(mail.payment_expired, number=number, name=name, reason=event.reason)
        if expired
        else partial(mail.order_cancelled, number=number, name=name, reason=event.reason, reader="customer"),
    )
    settings = shop_settings(tx)
    drafts = []
    for recipient, language in sellers.items():
        draft_id = new_id("ntf")
        words = mail.order_cancelled(
            number=number, name=None, reason=event.reason, reader="seller", store=store_of(settings), links=marked(draft_id)
        )
        drafts.append(
            Draft(
                id=draft_id,
                template="order_cancelled",
                recipient=recipient,
                audience="seller",
                language=language,
                dedupe_key=f"order_cancelled:{key}:{recipient}",
                order_id=event.order_id,
                record_type="order",
                record_id=event.order_id,
                event_id=event.envelope.id,
                variables=words,
            )
        )
    queue_mails(tx, drafts, settings)


def _sellers_of(event: OrderCancelled, tx: Tx) -> dict[str, str]:
    if not store.mails.made(tx, f"order_confirmation:{event.order_id}:{event.submission}"):
        raise ConfirmationNotHeard(event.order_id)
    return store.mails.sellers_told(tx, event.order_id, event.submission)
