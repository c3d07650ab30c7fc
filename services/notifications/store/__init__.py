"""Every query and lock of notifications."""

from services.notifications.store import contacts, events, mails, tasks

__all__ = ["contacts", "events", "mails", "tasks"]
