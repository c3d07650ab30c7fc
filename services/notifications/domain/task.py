"""Something that needs a person (lifecycles.md, section 5, T1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from services.notifications.errors import AlreadyClaimed
from shared.lifecycle import Lifecycle, Record

TASK_STATES: Final = ("open", "claimed", "closed")
TASK_KINDS: Final = (
    "payment_mismatch",
    "payment_orphaned",
    "payment_unmatched",
    "payment_disputed",
    "payment_due",
    "payment_review",
    "authorization_expiring",
    "paid_not_confirmed",
    "refund_proposal",
    "stock_short",
    "order_late",
    "duplicate_order",
    "delay_call",
    "parcel_problem",
    "mail_failed",
)
"""Those of api.md, section 9, that something opens."""

FIRST_LOOK: Final = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class TaskDraft:
    """A task as a fact wants it. `cause` says what ends it (`domain.causes`); `data` are the fact's values."""

    kind: str
    cause: str
    record_type: str
    record_id: str
    order_id: str | None
    data: Mapping[str, Any]
    due_at: datetime | None = None


@dataclass(kw_only=True)
class Task(Record):
    """One task. Of two facts with one cause about one record the open task stands for the newer (`event_id`)."""

    LIFECYCLE: ClassVar[Lifecycle] = Lifecycle(
        "task",
        {
            ("open", "claim"): "claimed",
            ("open", "close"): "closed",
            ("claimed", "close"): "closed",
        },
    )

    kind: str
    cause: str
    order_id: str | None
    record_type: str
    record_id: str
    title: str
    data: dict[str, Any] = field(default_factory=dict)
    actions: list[dict[str, Any]] = field(default_factory=list)
    assignee: str | None = None
    due_at: datetime | None = None
    dedupe_key: str
    event_id: str
    created_at: datetime
    closed_at: datetime | None = None
    closed_by: str | None = None
    note: str | None = None

    def claim(self, assignee: str) -> bool:
        """Whether it was not this person's before. Raises AlreadyClaimed, IllegalTransition."""
        if self.state == "claimed":
            if self.assignee != assignee:
                raise AlreadyClaimed(self.id, self.assignee)
            return False
        self.move("claim")
        self.assignee = assignee
        return True

    def close(self, now: datetime, *, by: str, note: str) -> bool:
        """Whether it was open until now."""
        if self.state == "closed":
            return False
        self.move("close", note)
        self.closed_at, self.closed_by, self.note = now, by, note
        return True

    def next_look(self, now: datetime) -> datetime:
        """When to see again whether its cause is gone: seldom, where it has lasted long."""
        return now + max(FIRST_LOOK, (now - self.created_at) / 2)
