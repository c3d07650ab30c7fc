"""Routes of notifications."""

from services.notifications.api import events, mails, timeline

ROUTERS = (timeline.router, events.router, mails.router)

__all__ = ["ROUTERS"]
