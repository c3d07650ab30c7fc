"""From a cause to mails that wait to be sent (lifecycles.md, N1)."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications import store
from services.notifications.actions.close_try import fail_try
from services.notifications.actions.compose_mail import compose_mail
from services.notifications.domain.notification import Draft, Notification
from shared.contracts.notifications import MailQueued
from shared.contracts.shop_settings import ShopSettings
from shared.db.tx import Tx


def queue_mails(tx: Tx, drafts: Sequence[Draft], settings: ShopSettings) -> None:
    """Composes and queues each mail. One without an address, or whose key had a mail before, is kept and not sent."""
    mails = [_made(tx, draft) for draft in drafts]
    addressed = {mail.id: mail.dedupe_key for mail in mails if mail.recipient is not None}
    first = store.mails.claim_keys(tx, addressed) if addressed else set()
    failures: dict[str, str] = {}

    for mail in mails:
        if mail.recipient is None:
            # Composed all the same: people read what was not sent, and may send it to an address that they know.
            compose_mail(mail, settings)
            mail.suppress("no_address")
        elif mail.id not in first:
            mail.suppress("duplicate")
        elif (error := compose_mail(mail, settings)) is not None:
            failures[mail.id] = error

    store.mails.ROWS.insert_all(tx, mails)
    for mail in mails:
        if mail.id in failures:
            fail_try(tx, mail, failures[mail.id])
        elif mail.state == "queued":
            tx.publish(MailQueued(notification_id=mail.id, order_id=mail.order_id, attempt=mail.attempt), of=mail)


def _made(tx: Tx, draft: Draft) -> Notification:
    notification = Notification(
        id=draft.id,
        state="queued",
        template=draft.template,
        recipient=draft.recipient,
        audience=draft.audience,
        language=draft.language,
        order_id=draft.order_id,
        record_type=draft.record_type,
        record_id=draft.record_id,
        event_id=draft.event_id,
        dedupe_key=draft.dedupe_key,
        variables=dict(draft.variables),
        attachments=[dict(attachment) for attachment in draft.attachments],
        token_generation=draft.token_generation,
        created_at=tx.now,
    )
    notification.begin("queue")
    return notification
