"""A mail from its cause to the mail server (lifecycles.md, section 5, N1 to N3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Literal

from shared.lifecycle import Lifecycle, Record

Audience = Literal["customer", "seller", "staff"]

STATES: Final = ("queued", "sending", "sent", "failed", "dead", "suppressed")
AUDIENCES: Final = ("customer", "seller", "staff")
TEMPLATES: Final = (
    "order_confirmation",
    "new_order",
    "payment_instructions",
    "payment_reminder",
    "payment_expired",
    "payment_failed",
    "quotation",
    "invoice",
    "invoice_reminder",
    "parcel_shipped",
    "ready_for_pickup",
    "order_cancelled",
    "staff_alert",
)

RETRY_PAUSES: Final = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
"""After each failure in turn; the next one is the last (R-NOT-03)."""
LEASE: Final = timedelta(minutes=5)
"""Longer than every step of a hand-over at its time-out. A mail still `sending` after it has lost its worker."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A mail as a handler wants it: whom it goes to, what it says, and what makes it the same mail."""

    id: str
    template: str
    recipient: str | None
    audience: Audience
    language: str
    dedupe_key: str
    order_id: str | None
    record_type: str
    record_id: str
    event_id: str
    variables: Mapping[str, Any]
    """What the template gets; see `domain.mail`."""
    token_generation: int | None = None
    """Of the order token in the link; None when the mail links to the office."""
    attachments: Sequence[Mapping[str, Any]] = ()
    """{name, media_type, sha256, url, invoice_id}."""


@dataclass(kw_only=True)
class Notification(Record):
    """One mail to one address. Composed when it is queued; composed again at a try only if that failed."""

    LIFECYCLE: ClassVar[Lifecycle] = Lifecycle(
        "notification",
        {
            ("queued", "hand_over"): "sending",
            ("failed", "hand_over"): "sending",
            ("sending", "send"): "sent",
            # A worker that was thought lost came back and knows what became of the mail.
            ("failed", "send"): "sent",
            ("queued", "fail"): "failed",
            ("sending", "fail"): "failed",
            ("failed", "fail"): "failed",
            ("queued", "give_up"): "dead",
            ("sending", "give_up"): "dead",
            ("failed", "give_up"): "dead",
            ("queued", "suppress"): "suppressed",
            ("failed", "suppress"): "suppressed",
        },
    )

    template: str
    recipient: str | None
    audience: str
    language: str
    reason: str | None = None
    order_id: str | None
    record_type: str
    record_id: str
    event_id: str
    dedupe_key: str
    variables: dict[str, Any] | None = None
    """What is still to be composed; None once it is, or will not be."""
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    attachments: list[dict[str, Any]] = field(default_factory=list)
    token_generation: int | None = None
    link_base: str | None = None
    """Where its link led when it was handed over; None before."""
    transport: str | None = None
    message_id: str | None = None
    attempt: int = 1
    """Number of the running or next try, or of the one whose outcome is unknown; a message about another one is old news."""
    failures: int = 0
    created_at: datetime
    handed_over_at: datetime | None = None
    next_try_at: datetime | None = None
    sent_at: datetime | None = None

    @property
    def composed(self) -> bool:
        """Whether subject, text and HTML are there."""
        return self.subject is not None

    def awaits(self, attempt: int) -> bool:
        """Whether this try is still to be made: no other one has begun, and nobody has to decide about it by hand."""
        return self.attempt == attempt and self.state in ("queued", "failed") and self.reason is None

    def hand_over(self, now: datetime, *, transport: str, message_id: str, link_base: str) -> None:
        """Noted and committed just before the transport is given the mail: from here on it may have arrived (R-NOT-02)."""
        self.move("hand_over")
        self.handed_over_at = now
        self.next_try_at = None
        self.transport = transport
        self.message_id = self.message_id or message_id
        self.link_base = link_base

    def close_sent(self, now: datetime) -> None:
        """The transport took it."""
        self.move("send")
        self.reason = None
        self.sent_at = now

    def fail(self, now: datetime, error: str) -> None:
        """A try failed and did no harm: the next one is due after the pause, or there is none and it is dead (R-NOT-03)."""
        self.failures += 1
        if self.failures > len(RETRY_PAUSES):
            self.give_up(error)
            return
        self.move("fail", error)
        self.attempt += 1
        self.next_try_at = now + RETRY_PAUSES[self.failures - 1]

    def give_up(self, error: str) -> None:
        """No further try makes sense."""
        self.move("give_up", error)
        self.next_try_at = None

    def lose(self, error: str) -> None:
        """Handed over, and nobody knows whether it arrived: only people may send it again (R-NOT-02)."""
        self.move("fail", error)
        self.reason = "unknown_outcome"

    def suppress(self, reason: str) -> None:
        """It is not sent, for a reason of api.md, section 9."""
        self.move("suppress", reason)
        self.reason = reason
        self.variables = None
        self.next_try_at = None
