"""A hand-over of goods, or a step on the way to it: waiting for the step before, waiting for stock, ready, done."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, Literal

from services.delivery.domain.reservation import Reservation, per_line
from services.delivery.domain.shelf import Piece, Wanted
from shared.lifecycle import Lifecycle, Record

OPEN: Final = ("waiting_operation", "waiting_stock", "ready")
KINDS: Final = ("outgoing", "put_back")
ShippingPolicy = Literal["as_available", "all_at_once"]
BackorderPolicy = Literal["always", "ask", "never"]
_CODE_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_NEVER: Final = datetime.max.replace(tzinfo=UTC)

DELIVERY: Final = Lifecycle(
    "delivery",
    {
        ("draft", "plan"): "waiting_stock",
        ("draft", "follow"): "waiting_operation",
        ("draft", "put_back"): "ready",
        ("waiting_operation", "arrive"): "ready",
        ("waiting_stock", "reserve"): "ready",
        ("ready", "unreserve"): "waiting_stock",
        ("ready", "start"): "ready",
        ("ready", "validate"): "done",
        **{(state, "assign"): state for state in OPEN},
        **{(state, "cancel"): "cancelled" for state in OPEN},
    },
)


@dataclass(kw_only=True)
class Delivery(Record):
    """Goods of one order on their way out. `pickup`: handed over at the counter, never on a carrier's way.

    The steps of a chain share a reservation; `last` is the one that hands over. Policies are frozen (R-DLV-02).
    `waits`: units are missing, and stock that comes is for it. `deadline_at`: what the customer was promised.
    """

    LIFECYCLE: ClassVar[Lifecycle] = DELIVERY

    number: str
    order_id: str
    submission: int
    reservation_id: str
    kind: Literal["outgoing", "put_back"] = "outgoing"
    step: str | None
    last: bool
    previous_id: str | None = None
    backorder_of: str | None = None
    warehouse: str
    seller_id: str | None = None
    shipping_policy: ShippingPolicy
    backorder_policy: BackorderPolicy
    waits: bool = False
    priority: int = 0
    deadline_at: datetime | None = None
    scheduled_at: datetime | None = None
    picker: str | None = None
    started_at: datetime | None = None
    pickup_code: str | None = None
    shipping_method: str | None = None
    carrier: str
    pickup: bool
    customer_note: str | None = None
    shipping_address: dict[str, Any] | None = None
    created_at: datetime
    done_at: datetime | None = None

    @property
    def outgoing(self) -> bool:
        """Whether it is on a way to the customer."""
        return self.kind == "outgoing"

    def is_late(self, now: datetime) -> bool:
        """Whether it is still here though its promise is passed (R-DLV-22)."""
        return self.state in OPEN and self.deadline_at is not None and self.deadline_at < now


@dataclass
class DeliveryLine:
    """What is to be handed over of one order line."""

    id: str
    delivery_id: str
    position: int
    order_line_id: str
    sku: str
    name: str
    quantity: int
    done: int = 0
    weight_g: int = 0
    barcode: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    seller_id: str | None = None


@dataclass
class Demand:
    """The open step of a chain with all that its goods depend on, locked together."""

    delivery: Delivery
    reservation: Reservation
    lines: Sequence[DeliveryLine]
    pieces: list[Piece]

    def missing(self) -> list[Wanted]:
        """What its lines still need; empty: all of it can be handed over."""
        return missing_units(self.lines, per_line(self.pieces))

    def may_leave(self) -> bool:
        """Whether what is reserved makes it ready: any unit, or all at once (R-DLV-04)."""
        return bool(self.pieces) and (self.delivery.shipping_policy == "as_available" or not self.missing())

    @property
    def turn(self) -> tuple[int, datetime, datetime, str]:
        """Its place among those that wait: by priority, promise, confirmation (R-STK-06)."""
        confirmed_at = self.reservation.confirmed_at or _NEVER
        return (-self.delivery.priority, self.delivery.deadline_at or _NEVER, confirmed_at, self.delivery.id)


def missing_units(lines: Iterable[DeliveryLine], reserved: Mapping[str, int]) -> list[Wanted]:
    """Units per line that are neither handed over nor reserved."""
    short = ((line, line.quantity - line.done - reserved.get(line.order_line_id, 0)) for line in lines)
    return [Wanted(line.order_line_id, line.sku, units) for line, units in short if units > 0]


def delivery_number(serial: int) -> str:
    """`DO000123`."""
    return f"DO{serial:06}"


def new_pickup_code() -> str:
    """What the customer names at the counter: eight letters and digits that nobody mistakes or guesses (R-DLV-21)."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(8))
