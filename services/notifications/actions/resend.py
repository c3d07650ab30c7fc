"""A mail is sent again, by hand (R-NOT-01)."""

from __future__ import annotations

from typing import Final

from services.notifications import store
from services.notifications.actions.close_tasks import close_task
from services.notifications.actions.close_try import fail_try
from services.notifications.actions.compose_mail import compose_mail
from services.notifications.domain import links
from services.notifications.domain.notification import Notification
from shared.contracts.notifications import MailQueued
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.errors import IllegalTransition, Invalid
from shared.values.ids import new_id

_AT_REST: Final = ("sent", "dead", "suppressed")


def resend_mail(tx: Tx, notification_id: str, *, to: str | None, by: str) -> Notification:
    """The same mail once more, as a notification of its own, to the same or another address; a task about its failure is closed.

    Not while it is going to be sent by itself, and not one that never said anything (`duplicate`). Like every mail it is suppressed
    when it is no longer true. Raises NotificationNotFound, IllegalTransition, Invalid when nobody is named to send it to.
    """
    first = store.mails.lock(tx, notification_id)
    at_rest = first.state in _AT_REST or first.reason == "unknown_outcome"
    if not at_rest or (first.variables is None and not first.composed):
        raise IllegalTransition("notification", first.state, "resend", ())
    if to is None and first.recipient is None:
        raise Invalid("it has no address: name one", pointer="/to")

    again = Notification(
        id=new_id("ntf"),
        state="queued",
        template=first.template,
        recipient=to or first.recipient,
        audience=first.audience,
        language=first.language,
        order_id=first.order_id,
        record_type=first.record_type,
        record_id=first.record_id,
        event_id=first.event_id,
        dedupe_key="",
        subject=first.subject,
        attachments=list(first.attachments),
        token_generation=first.token_generation,
        created_at=tx.now,
    )
    again.dedupe_key = f"resend:{first.id}:{again.id}"
    error = None
    if first.text is not None and first.html is not None:
        again.text, again.html = (links.moved(body, first.id, again.id) for body in (first.text, first.html))
    else:
        again.variables = {**(first.variables or {}), "links": links.marked(again.id)}
        error = compose_mail(again, shop_settings(tx))
    again.begin("resend", f"of {first.id}")
    store.mails.ROWS.insert(tx, again)
    if error is None:
        tx.publish(MailQueued(notification_id=again.id, order_id=again.order_id, attempt=again.attempt), of=again)
    else:
        fail_try(tx, again, error)

    for task_id in store.tasks.unclosed_of_record(tx, "mail_failed", first.id):
        close_task(tx, task_id, by=by, note=f"sent again as {again.id}")
    return again
