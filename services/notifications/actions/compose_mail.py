"""Words for a mail, in its reader's language."""

from __future__ import annotations

from pathlib import Path

from services.notifications.domain.notification import Notification
from shared.contracts.shop_settings import ShopSettings
from shared.language.formats import Formats
from shared.render.mails import compose

TEMPLATES = Path(__file__).parents[1] / "templates" / "mail"


def compose_mail(notification: Notification, settings: ShopSettings) -> str | None:
    """Fills in subject, text and HTML; returns what is wrong with the template when it cannot.

    Whatever a template raises: the mail fails and is seen, its cause goes on (R-NOT-03, R-ORD-15).
    """
    assert notification.variables is not None
    formats = Formats.of(settings.model_dump())
    try:
        mail = compose(TEMPLATES, notification.template, language=notification.language, variables=notification.variables, options=formats)
    except Exception as error:
        return f"mail.{notification.template} cannot be composed: {type(error).__name__}: {error}"
    notification.subject, notification.text, notification.html = mail.subject, mail.text, mail.html
    notification.variables = None
    return None
