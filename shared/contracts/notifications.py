"""Facts told by notifications."""

from __future__ import annotations

from typing import ClassVar

from shared.contracts.base import Event


class NotificationEvent(Event):
    """Base of the facts about one mail."""

    aggregate: ClassVar[str] = "notification"
    aggregate_field: ClassVar[str] = "notification_id"
    notification_id: str
    order_id: str | None = None


class MailQueued(NotificationEvent):
    """Internal work: hand this mail over. `attempt` counts the tries."""

    name = "notifications.mail_queued"
    internal = True
    once_per = ("notification_id", "attempt")
    attempt: int


class MailSent(NotificationEvent):
    """Handed over to the mail server, or kept when there is none."""

    name = "notifications.mail_sent"
    template: str
    recipient: str
    transport: str


class MailFailed(NotificationEvent):
    """A try failed. It is tried again, unless `dead`."""

    name = "notifications.mail_failed"
    template: str
    recipient: str
    error: str
    dead: bool


class TaskEvent(Event):
    """Base of the facts about one task. `kind` is one of api.md, section 9."""

    aggregate: ClassVar[str] = "task"
    aggregate_field: ClassVar[str] = "task_id"
    task_id: str
    order_id: str | None = None
    kind: str
    title: str


class TaskOpened(TaskEvent):
    """Something needs a person (T1)."""

    name = "notifications.task_opened"
    once_per = ("task_id",)


class TaskClosed(TaskEvent):
    """Done, or its cause is gone."""

    name = "notifications.task_closed"
    once_per = ("task_id",)
    note: str | None = None
