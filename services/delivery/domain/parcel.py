"""A parcel on its way, and which news moves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from shared.lifecycle import Lifecycle, Record

ON_ITS_WAY: Final = ("in_transit", "out_for_delivery", "failed_attempt")
NEWS: Final = ("out_for_delivery", "failed_attempt", "delivered", "returned_to_sender", "lost")
"""States that news of a parcel may bring; the command has the state's name."""

PARCEL: Final = Lifecycle(
    "parcel",
    {
        ("packed", "ship"): "in_transit",
        ("packed", "hand_over"): "delivered",
        **{(state, news): news for state in ON_ITS_WAY for news in NEWS},
    },
)


@dataclass(kw_only=True)
class Parcel(Record):
    """One package of a delivery. Its tracking number is its own, None without one, never empty (R-DLV-15)."""

    LIFECYCLE: ClassVar[Lifecycle] = PARCEL

    delivery_id: str
    order_id: str
    carrier: str
    tracking_number: str | None
    weight_g: int
    shipped_at: datetime
    delivered_at: datetime | None = None
    proof: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ParcelLine:
    """What is in a parcel."""

    parcel_id: str
    position: int
    order_line_id: str
    sku: str
    name: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ParcelNews:
    """Something that happened to a parcel. `at` is when it happened, which may be long before we heard of it."""

    parcel_id: str
    at: datetime
    state: str
    text: str | None = None
    source: str = "staff"


def is_old_news(parcel: Parcel, news: ParcelNews, latest_at: datetime) -> bool:
    """Whether later news is known already: then it is listed and moves nothing (R-DLV-17).

    That a parcel on its way was delivered always counts: it may be told late (R-DLV-16).
    """
    arrived = news.state == "delivered" and parcel.state in ON_ITS_WAY
    return news.at < latest_at and not arrived
