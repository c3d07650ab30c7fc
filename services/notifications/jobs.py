"""Handing a mail to the mail server, between short transactions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from services.notifications.actions.close_try import break_off, close_failed, close_sent, close_unknown
from services.notifications.actions.hand_over import House, hand_over, prepare_try
from services.notifications.adapters.outside import Documents, Outside
from services.notifications.errors import DocumentChanged, MailNotTaken, OutcomeUnknown, RecipientRefused
from shared.contracts.notifications import MailQueued
from shared.errors import CartwrightError
from shared.messaging.hearing import JobContext


def send_mail(event: MailQueued, ctx: JobContext) -> None:
    """One try of one mail.

    Killed before the hand-over is noted, it runs again from the broker. Killed after, the mail stays `sending`, the message
    told again finds nothing to do, and the lease's timer says that the outcome is unknown (R-NOT-02). Only the run that hands
    over claims the inbox row: another that comes by meanwhile must not keep it from writing what became of the mail.
    """
    outside: Outside = ctx.outside
    mail_id, attempt = event.notification_id, event.attempt

    house = House(outside.base_url, outside.secret)
    with ctx.begin() as tx:
        attachments = prepare_try(tx, mail_id, attempt=attempt)
        if attachments is None:
            return
        # Nothing to fetch: the hand-over is noted in the same transaction.
        mail = (
            hand_over(tx, mail_id, attempt=attempt, house=house, transport=outside.transport.name, contents={}) if not attachments else None
        )

    if attachments:
        try:
            contents = _fetched(outside.documents, attachments)
        except CartwrightError as error:
            with ctx.begin() as tx:
                break_off(tx, mail_id, str(error), attempt=attempt)
            return
        with ctx.begin() as tx:
            mail = hand_over(tx, mail_id, attempt=attempt, house=house, transport=outside.transport.name, contents=contents)
    if mail is None:
        return

    try:
        outside.transport.send(mail)
    except RecipientRefused as error:
        with ctx.finish() as tx:
            close_failed(tx, mail_id, str(error), for_good=True)
    except MailNotTaken as error:
        with ctx.finish() as tx:
            close_failed(tx, mail_id, str(error))
    except OutcomeUnknown as error:
        with ctx.finish() as tx:
            close_unknown(tx, mail_id, str(error))
    else:
        with ctx.finish() as tx:
            close_sent(tx, mail_id)


def _fetched(documents: Documents, attachments: Sequence[dict[str, Any]]) -> dict[str, bytes]:
    """Bytes by SHA-256. Raises Unavailable, NotFound, DocumentChanged."""
    contents = {}
    for attachment in attachments:
        content = documents.pdf(attachment["invoice_id"])
        if hashlib.sha256(content).hexdigest() != attachment["sha256"]:
            raise DocumentChanged(attachment["name"])
        contents[attachment["sha256"]] = content
    return contents
