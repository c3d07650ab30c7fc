"""What an order was promised: a hold from submit until it expires, a firm reservation from confirmation until it is shipped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final, Literal

from services.delivery.domain.shelf import Kind, Piece, Wanted
from shared.lifecycle import Lifecycle, Record

PROLONGED_BY: Final = timedelta(minutes=5)
"""While money moves at the provider a hold does not expire (R-STK-03)."""

RESERVATION: Final = Lifecycle(
    "reservation",
    {
        ("active", "confirm"): "consumed",
        ("active", "ship"): "consumed",
        ("active", "release"): "released",
        ("active", "expire"): "expired",
        ("active", "prolong"): "active",
    },
)


@dataclass(kw_only=True)
class Reservation(Record):
    """One per order, submission, kind and portion at a time (R-STK-04). What it holds are its pieces, kept beside it.

    `attempt` counts how often a hold was prolonged; one without `on_expiry` is staff's, and ends without a word to the order.
    A firm one is of one chain: `wanted` is what that is to hand over, units by order line; `confirmed_at` puts it in its turn (R-STK-06).
    """

    LIFECYCLE: ClassVar[Lifecycle] = RESERVATION

    order_id: str
    submission: int
    kind: Kind
    portion: str = ""
    wanted: dict[str, int] = field(default_factory=dict)
    created_at: datetime
    expires_at: datetime | None = None
    attempt: int = 0
    on_expiry: Literal["cancel", "release"] | None = None
    confirmed_at: datetime | None = None

    @property
    def active(self) -> bool:
        """Whether its pieces are still its own."""
        return self.state == "active"


def add_pieces(pieces: Iterable[Piece], more: Iterable[Piece]) -> list[Piece]:
    """Both together, one piece per line and place."""
    joined: dict[tuple[str, str, str, str], int] = {}
    for piece in (*pieces, *more):
        key = (piece.line_id, *piece.key)
        joined[key] = joined.get(key, 0) + piece.quantity
    return [Piece(*key, quantity) for key, quantity in joined.items() if quantity]


def take_pieces(pieces: Iterable[Piece], taken: Iterable[Piece]) -> list[Piece]:
    """What is left of `pieces`; `taken` is part of them."""
    return add_pieces(pieces, (replace(piece, quantity=-piece.quantity) for piece in taken))


def fit_pieces(pieces: Iterable[Piece], wanted: Iterable[Wanted]) -> tuple[list[Piece], list[Piece]]:
    """What of a hold serves these lines, and what is to spare: the order may have been edited since."""
    needed = {(line.line_id, line.sku): line.quantity for line in wanted}
    kept, spare = [], []
    for piece in pieces:
        units = min(piece.quantity, needed.get((piece.line_id, piece.sku), 0))
        if units:
            needed[piece.line_id, piece.sku] -= units
            kept.append(replace(piece, quantity=units))
        if units < piece.quantity:
            spare.append(replace(piece, quantity=piece.quantity - units))
    return kept, spare


def holds_all(pieces: Iterable[Piece], wanted: Iterable[Wanted]) -> bool:
    """Whether these are the pieces of these lines: all units of them, or what could be had where the line may wait."""
    held = per_line(pieces)
    for line in wanted:
        units = held.pop(line.line_id, 0)
        if units > line.quantity or (units < line.quantity and not line.may_wait):
            return False
    return not held


def still_wanted(wanted: Iterable[Wanted], held: Iterable[Piece]) -> list[Wanted]:
    """What these lines ask for beyond what is held for them."""
    units = per_line(held)
    left = [replace(line, quantity=line.quantity - units.get(line.line_id, 0)) for line in wanted]
    return [line for line in left if line.quantity > 0]


def per_line(pieces: Iterable[Piece]) -> dict[str, int]:
    """Units by order line."""
    found: dict[str, int] = {}
    for piece in pieces:
        found[piece.line_id] = found.get(piece.line_id, 0) + piece.quantity
    return found
