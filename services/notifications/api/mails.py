"""Mails as they were sent, or why they were not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.notifications import store
from services.notifications.domain import links
from services.notifications.domain.notification import AUDIENCES, STATES, TEMPLATES, Notification
from services.notifications.errors import NotificationNotFound
from services.notifications.store.mails import Attempt
from shared.db.settings_copy import shop_settings
from shared.values.clock import rfc3339
from shared.values.ids import is_id
from shared.web.door import read, running
from shared.web.listing import choices_of, listing

router = APIRouter()


@router.get("/admin/v1/notifications")
def list_notifications(request: Request) -> Response:
    """Newest first, without their bodies."""
    with read(request, "notifications.read") as door:
        asked = listing(request, ("order_id", "template", "recipient", "state", "audience", "record_id"), key=(str,))
        filters: dict[str, Any] = {name: value for name, value in asked.filters.items() if name in ("order_id", "recipient", "record_id")}
        for name, allowed in (("template", TEMPLATES), ("state", STATES), ("audience", AUDIENCES)):
            values = choices_of(asked.filters, name, allowed)
            if values is not None:
                filters[name] = values
        mails = store.mails.page(door.tx, filters, before=asked.after[0] if asked.after else None, limit=asked.rows)
        attempts = store.mails.attempts_of(door.tx, [mail.id for mail in mails[: asked.limit]])
        return door.answer(
            asked.page(
                mails,
                lambda mail: notification_view(mail, attempts[mail.id]),
                lambda mail: (mail.id,),
                count=lambda: store.mails.count(door.tx, filters),
            )
        )


@router.get("/admin/v1/notifications/{notification_id}")
def get_notification(request: Request, notification_id: str) -> Response:
    """The mail with subject, text and HTML, its link as it was sent or would be now."""
    with read(request, "notifications.read") as door:
        mail = store.mails.get(door.tx, seen_id(notification_id))
        house = running(request)
        base = mail.link_base or links.base_of(
            mail.token_generation,
            storefront_url=shop_settings(door.tx).store.storefront_url,
            base_url=house.environment.base_url,
        )
        page = links.order_page(base, mail.order_id, secret=house.secret, token_generation=mail.token_generation)
        attempts = store.mails.attempts_of(door.tx, [mail.id])
        bodies = {
            "text": None if mail.text is None else links.filled(mail.text, mail.id, page),
            "html": None if mail.html is None else links.filled_html(mail.html, mail.id, page),
        }
        return door.answer({**notification_view(mail, attempts[mail.id]), **bodies})


def seen_id(notification_id: str) -> str:
    """The id, if it can be one. Raises NotificationNotFound."""
    if not is_id(notification_id, "ntf"):
        raise NotificationNotFound(notification_id)
    return notification_id


def notification_view(mail: Notification, attempts: Sequence[Attempt]) -> dict[str, Any]:
    """The Notification of api.md, section 9, without its bodies."""
    return {
        "id": mail.id,
        "template": mail.template,
        "channel": "email",
        "recipient": mail.recipient,
        "audience": mail.audience,
        "language": mail.language,
        "state": mail.state,
        "reason": mail.reason,
        "subject": mail.subject,
        "attachments": [{key: attachment[key] for key in ("name", "media_type", "sha256", "url")} for attachment in mail.attachments],
        "transport": mail.transport,
        "message_id": mail.message_id,
        "order_id": mail.order_id,
        "record": {"type": mail.record_type, "id": mail.record_id},
        "event_id": mail.event_id,
        "dedupe_key": mail.dedupe_key,
        "attempts": [{"at": rfc3339(attempt.at), "error": attempt.error} for attempt in attempts],
        "created_at": rfc3339(mail.created_at),
        "sent_at": None if mail.sent_at is None else rfc3339(mail.sent_at),
    }
