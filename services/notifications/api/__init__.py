"""Routes of notifications."""

from services.notifications.api import events, mails, resend, tasks, timeline

ROUTERS = (timeline.router, events.router, mails.router, resend.router, tasks.router)

__all__ = ["ROUTERS"]
