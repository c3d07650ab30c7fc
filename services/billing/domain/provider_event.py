"""An event of the provider as it was told, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from shared.lifecycle import Lifecycle, Record

RECEIVED: Final = "received"
APPLIED: Final = "applied"
IGNORED: Final = "ignored"
UNMATCHED: Final = "unmatched"
EVENT_FAILED: Final = "failed"

RETRY_SECONDS: Final = (6, 60, 600, 3_600, 21_600, 86_400)
"""Pauses before an unmatched event is tried again by itself. After the last it waits for its payment: what is not ours never comes."""


@dataclass(kw_only=True)
class ProviderEvent(Record):
    """Stored before it is answered, and never lost (R-PAY-01)."""

    LIFECYCLE: ClassVar[Lifecycle] = Lifecycle(
        "provider_event",
        {
            (RECEIVED, "apply"): APPLIED,
            (RECEIVED, "ignore"): IGNORED,
            (RECEIVED, "miss"): UNMATCHED,
            (RECEIVED, "fail"): EVENT_FAILED,
            (UNMATCHED, "apply"): APPLIED,
            (UNMATCHED, "ignore"): IGNORED,
            (EVENT_FAILED, "apply"): APPLIED,
            (EVENT_FAILED, "ignore"): IGNORED,
        },
    )

    provider: str
    event_id: str
    type: str
    intent_ref: str | None
    payment_hint: str | None
    """The payment that the event's metadata name."""
    payment_id: str | None = None
    reason: str | None = None
    deliveries: int = 1
    raw: dict[str, Any]
    received_at: datetime
    applied_at: datetime | None = None

    @property
    def waiting(self) -> bool:
        """Whether it may still come to something."""
        return self.state in (UNMATCHED, EVENT_FAILED)


def without_secret(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event as it is kept: without the secret that the customer's browser pays with."""
    data = event["data"]
    about = {name: value for name, value in data["object"].items() if name != "client_secret"}
    return {**event, "data": {**data, "object": about}}
