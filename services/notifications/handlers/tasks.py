"""What needs a person."""

from __future__ import annotations

from services.notifications.actions.open_tasks import open_tasks_of
from services.notifications.domain.openings import OpensTasks
from shared.db.tx import Tx


def open_tasks(event: OpensTasks, tx: Tx) -> None:
    """Opens what the fact asks for, once per fact; of most submits, mails and payments that is nothing."""
    open_tasks_of(tx, event)
