"""What can go wrong with a mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.errors import CartwrightError, Invalid, NotFound, Refused, Unavailable


class NotificationNotFound(NotFound):
    """No mail of that id was ever queued or suppressed."""

    def __init__(self, notification_id: str) -> None:
        super().__init__(f"there is no notification {notification_id}")


class ContactNotFound(NotFound):
    """Nothing is known of the order's customer yet: the fact that tells it is still on its way."""

    def __init__(self, order_id: str) -> None:
        super().__init__(f"the contact of order {order_id} is not known here yet")


class ConfirmationNotHeard(NotFound):
    """The order was confirmed and cancelled, and only the second has arrived here: whom the first was told to is not known yet."""

    def __init__(self, order_id: str) -> None:
        super().__init__(f"the confirmation of order {order_id} has not arrived here yet")


class ShipmentNotRecorded(NotFound):
    """The customer was told of a shipment whose content is not in the log yet."""

    def __init__(self, delivery_id: str) -> None:
        super().__init__(f"what was handed over with delivery {delivery_id} is not known here yet")


class TimelineNotFound(NotFound):
    """No fact ever named this order."""

    def __init__(self, order_id: str) -> None:
        super().__init__(f"there is no order {order_id}")


class UnknownEvent(Invalid):
    """`after` of the feed names an event that is not in it."""

    def __init__(self, event_id: str) -> None:
        super().__init__(f"{event_id} is not in the feed", pointer="/after")


class MailNotTaken(Unavailable):
    """The mail server is away or refused, before it took the mail: it is safe to hand it over again."""


class RecipientRefused(Refused):
    """The mail server, or the address itself, says that this recipient never gets mail."""


class OutcomeUnknown(CartwrightError):
    """The connection broke after the mail was given and before it was acknowledged: it may have arrived."""


class DocumentChanged(CartwrightError):
    """The bytes of a document are not those whose hash was told."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the bytes of {name} have another SHA-256 than was told")


class TaskNotFound(NotFound):
    """No task of that id, or none that the caller may see."""

    def __init__(self, task_id: str) -> None:
        super().__init__(f"there is no task {task_id}")


class AlreadyClaimed(Refused):
    """Somebody else is at it."""

    code = "already_claimed"

    def __init__(self, task_id: str, claimed_by: str | None) -> None:
        super().__init__(f"task {task_id} is {claimed_by}'s already")
        self.claimed_by = claimed_by

    def extra(self) -> Mapping[str, Any]:
        return {"claimed_by": self.claimed_by}


class AttachmentNotFound(NotFound):
    """The mail has no attachment of that number; they count from 0."""

    def __init__(self, notification_id: str, number: str) -> None:
        super().__init__(f"{notification_id} has no attachment {number}")
