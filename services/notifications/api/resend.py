"""A mail once more, by hand, and what was attached to it."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.notifications import store
from services.notifications.actions.resend import resend_mail
from services.notifications.adapters.outside import Outside
from services.notifications.api.mails import notification_view, seen_id
from services.notifications.domain.outgoing import ADDRESS
from services.notifications.errors import AttachmentNotFound, DocumentChanged
from shared.errors import Invalid
from shared.web.door import read, running, write

router = APIRouter(prefix="/admin/v1/notifications")


class Resending(BaseModel):
    """Where it goes; without `to` where it went before."""

    model_config = ConfigDict(strict=True, extra="forbid")
    to: Annotated[str, Field(max_length=320)] | None = None


@router.post("/{notification_id}/resend")
def post_resend(request: Request, notification_id: str, body: Resending | None = None) -> Response:
    """The same mail as a notification of its own (messages.write). It stands on the order's timeline, with who asked for it."""
    with write(request, "messages.write") as door:
        to = None if body is None else body.to
        if to is not None and not ADDRESS.fullmatch(to):
            raise Invalid("is no single mail address", pointer="/to")
        mail = resend_mail(door.tx, seen_id(notification_id), to=to, by=door.caller.id or door.caller.name)
        return door.created(notification_view(mail, ()), f"/admin/v1/notifications/{mail.id}")


@router.get("/{notification_id}/attachments/{number}")
def get_attachment(request: Request, notification_id: str, number: str) -> Response:
    """The file that went with the mail, by its place in `attachments`, from 0 (messages.write). Raises AttachmentNotFound, Unavailable."""
    with read(request, "messages.write") as door:
        attachments = store.mails.get(door.tx, seen_id(notification_id)).attachments
    if not number.isascii() or not number.isdigit() or len(number) > 3 or int(number) >= len(attachments):
        raise AttachmentNotFound(notification_id, number)
    attachment = attachments[int(number)]
    outside: Outside = running(request).outside
    content = outside.documents.pdf(attachment["invoice_id"])
    if hashlib.sha256(content).hexdigest() != attachment["sha256"]:
        raise DocumentChanged(attachment["name"])
    headers = {
        "Content-Disposition": f'attachment; filename="{attachment["name"]}"',
        "ETag": f'"{attachment["sha256"]}"',
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        # A browser's own viewer is not to be kept from its parts.
        "Content-Security-Policy": "frame-ancestors 'none'",
    }
    return Response(content, headers=headers, media_type=attachment["media_type"])
