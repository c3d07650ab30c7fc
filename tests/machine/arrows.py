"""From which state a record may come to which: written down from the design's tables, not from the code."""

from __future__ import annotations

from typing import Final

MADE: Final = None
ARROWS: Final[dict[str, dict[str | None, str]]] = {
    "order": {
        MADE: "quotation",
        "quotation": "quotation quotation_sent confirmed cancelled",
        "quotation_sent": "quotation_sent quotation confirmed cancelled",
        "confirmed": "confirmed cancelled",
    },
    "payment": {
        MADE: "created captured",
        "created": "pending authorized captured failed cancelled",
        "pending": "authorized captured failed cancelled",
        "authorized": "captured failed cancelled",
        "failed": "failed pending authorized captured cancelled",
        "cancelled": "captured",
        "captured": "captured",
    },
    "provider_event": {
        MADE: "received",
        "received": "applied ignored unmatched failed",
        "unmatched": "applied ignored",
        "failed": "applied ignored",
    },
    "invoice": {MADE: "draft", "draft": "posted cancelled"},
    "reservation": {MADE: "active", "active": "active consumed released expired"},
    "delivery": {
        MADE: "draft",
        "draft": "waiting_stock waiting_operation ready",
        "waiting_stock": "waiting_stock ready cancelled",
        "waiting_operation": "waiting_operation ready cancelled",
        "ready": "ready waiting_stock done cancelled",
    },
    "parcel": {
        MADE: "packed",
        "packed": "in_transit delivered",
        "in_transit": "out_for_delivery failed_attempt delivered returned_to_sender lost",
        "out_for_delivery": "out_for_delivery failed_attempt delivered returned_to_sender lost",
        "failed_attempt": "failed_attempt out_for_delivery delivered returned_to_sender lost",
    },
    "notification": {
        MADE: "queued suppressed",
        "queued": "sending failed suppressed dead",
        "failed": "failed sending sent suppressed dead",
        "sending": "sent failed dead",
    },
    "task": {MADE: "open", "open": "claimed closed", "claimed": "closed"},
}
"""lifecycles.md, sections 2 to 5. A state without a line is final."""


def may_move(record_type: str, before: str | None, after: str) -> bool:
    """Whether the table has the arrow."""
    return after in ARROWS[record_type].get(before, "").split()
