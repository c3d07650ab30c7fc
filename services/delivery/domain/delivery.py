"""A hand-over of goods: waiting for stock, ready, done. One step, ship_only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final

from services.delivery.domain.reservation import Reservation, per_line
from services.delivery.domain.shelf import Piece, Wanted
from shared.lifecycle import Lifecycle, Record

DELIVERY: Final = Lifecycle(
    "delivery",
    {
        ("draft", "plan"): "waiting_stock",
        ("waiting_stock", "reserve"): "ready",
        ("ready", "unreserve"): "waiting_stock",
        ("ready", "validate"): "done",
        ("draft", "cancel"): "cancelled",
        ("waiting_stock", "cancel"): "cancelled",
        ("ready", "cancel"): "cancelled",
    },
)


@dataclass(kw_only=True)
class Delivery(Record):
    """Goods of one order on their way out. `pickup`: handed over at the counter, never on a carrier's way."""

    LIFECYCLE: ClassVar[Lifecycle] = DELIVERY

    number: str
    order_id: str
    submission: int
    reservation_id: str
    kind: str = "outgoing"
    step: str = "ship"
    warehouse: str = "main"
    shipping_method: str | None = None
    carrier: str
    pickup: bool
    customer_note: str | None = None
    shipping_address: dict[str, Any] | None = None
    created_at: datetime
    done_at: datetime | None = None


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


@dataclass
class Demand:
    """A delivery with all that its goods depend on, locked together."""

    delivery: Delivery
    reservation: Reservation
    lines: Sequence[DeliveryLine]
    pieces: list[Piece]

    def missing(self) -> list[Wanted]:
        """What its lines still need; empty: it can be handed over (all at once)."""
        return missing_units(self.lines, per_line(self.pieces))


def missing_units(lines: Iterable[DeliveryLine], reserved: Mapping[str, int]) -> list[Wanted]:
    """Units per line that are neither handed over nor reserved."""
    short = ((line, line.quantity - line.done - reserved.get(line.order_line_id, 0)) for line in lines)
    return [Wanted(line.order_line_id, line.sku, units) for line, units in short if units > 0]


def delivery_number(serial: int) -> str:
    """`DO000123`."""
    return f"DO{serial:06}"
