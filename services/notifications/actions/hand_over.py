"""The two steps of a try before the transport: look what is to be sent, then note that it is being handed over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from services.notifications import store
from services.notifications.actions.close_try import LEASE_TIMER, fail_try
from services.notifications.actions.compose_mail import compose_mail
from services.notifications.domain import links
from services.notifications.domain.notification import LEASE, Notification
from services.notifications.domain.outgoing import Attachment, OutgoingMail
from services.notifications.domain.overtaken import OVERTAKEN_BY
from shared.db.settings_copy import shop_settings
from shared.db.timers import set_timer
from shared.db.tx import Tx


class House(NamedTuple):
    """What of the installation stands in a mail."""

    base_url: str
    secret: str


def prepare_try(tx: Tx, notification_id: str, *, attempt: int) -> list[dict[str, Any]] | None:
    """The attachments this try needs; None when there is nothing to send by it.

    Composes the mail if that failed before. One that is no longer true is suppressed.
    """
    mail = store.mails.lock(tx, notification_id)
    if not mail.awaits(attempt):
        return None
    if _overtaken(tx, mail):
        mail.suppress("overtaken")
        store.mails.release_key(tx, mail)
        store.mails.ROWS.save(tx, mail)
        return None
    if not mail.composed:
        error = compose_mail(mail, shop_settings(tx))
        if error is not None:
            fail_try(tx, mail, error)
            return None
        store.mails.ROWS.save(tx, mail)
    return mail.attachments


def _overtaken(tx: Tx, mail: Notification) -> bool:
    rule = OVERTAKEN_BY.get(mail.template)
    if rule is None:
        return False
    after = mail.event_id if rule.since == "cause" else store.events.submitted_at(tx, mail.order_id, before=mail.event_id)
    order_id = mail.order_id if rule.scope == "order" else None
    told = store.events.told(tx, tuple(rule.facts), after=after, record_id=mail.record_id, order_id=order_id)
    return any(rule.facts[envelope["type"]](envelope["payload"]) for envelope in told)


def hand_over(
    tx: Tx, notification_id: str, *, attempt: int, house: House, transport: str, contents: Mapping[str, bytes]
) -> OutgoingMail | None:
    """Notes that the mail is given away, under a lease; to be committed just before it is. None when another worker did.

    `contents` are the bytes of its attachments by SHA-256.
    """
    mail = store.mails.lock(tx, notification_id)
    if not mail.awaits(attempt):
        return None
    settings = shop_settings(tx)
    host = urlsplit(house.base_url).hostname or "localhost"
    mail.hand_over(
        tx.now,
        transport=transport,
        message_id=f"<{mail.id}@{host}>",
        link_base=links.base_of(mail.token_generation, storefront_url=settings.store.storefront_url, base_url=house.base_url),
    )
    store.mails.ROWS.save(tx, mail)
    set_timer(tx, LEASE_TIMER, mail.id, due_at=tx.now + LEASE)
    return _outgoing(mail, house, sender=settings.store.mail_from or f"no-reply@{host}", contents=contents)


def _outgoing(mail: Notification, house: House, *, sender: str, contents: Mapping[str, bytes]) -> OutgoingMail:
    assert mail.recipient is not None
    assert mail.message_id is not None
    assert mail.handed_over_at is not None
    subject, text, html = mail.subject, mail.text, mail.html
    assert subject is not None
    assert text is not None
    assert html is not None
    page = links.order_page(mail.link_base or "", mail.order_id, secret=house.secret, token_generation=mail.token_generation)
    return OutgoingMail(
        message_id=mail.message_id,
        sender=sender,
        recipient=mail.recipient,
        date=mail.handed_over_at,
        subject=subject,
        text=links.filled(text, mail.id, page),
        html=links.filled_html(html, mail.id, page),
        attachments=tuple(
            Attachment(attachment["name"], attachment["media_type"], contents[attachment["sha256"]]) for attachment in mail.attachments
        ),
    )
