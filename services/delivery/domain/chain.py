"""The way of goods out of the house: which steps it has, and into how many ways an order's goods are split."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from services.delivery.domain.shelf import Piece, Wanted

Steps = Literal["ship_only", "pick_ship", "pick_pack_ship"]
SplitBy = Literal["none", "seller", "warehouse"]

STEPS: Final[Mapping[Steps, tuple[str, ...]]] = {
    "ship_only": ("ship",),
    "pick_ship": ("pick", "ship"),
    "pick_pack_ship": ("pick", "pack", "ship"),
}
"""Steps of a chain by the setting delivery.steps (A1). The last one hands over."""
MAIN: Final = "main"
"""The warehouse of goods that lie nowhere yet."""


@dataclass
class Portion:
    """What of an order goes one way: units by order line, and the pieces that are there for them."""

    code: str
    wanted: dict[str, int] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)


def may_split(sellers: Mapping[str, str | None], pieces: Iterable[Piece]) -> bool:
    """Whether the shop's rule makes a difference for these goods at all."""
    return len(set(sellers.values())) > 1 or len({piece.warehouse for piece in pieces}) > 1


def one_portion(wanted: Sequence[Wanted], pieces: Sequence[Piece]) -> list[Portion]:
    """All goods go one way."""
    return [Portion("", {line.line_id: line.quantity for line in wanted}, list(pieces))]


def split_goods(
    wanted: Sequence[Wanted], pieces: Sequence[Piece], *, sellers: Mapping[str, str | None], split_by: SplitBy
) -> list[Portion]:
    """The goods by seller, or by the warehouse they lie in (R-ORD-68); what lies nowhere goes with the line's first units."""
    if split_by == "none":
        return one_portion(wanted, pieces)
    portions: dict[str, Portion] = {}
    for line in wanted:
        own = [piece for piece in pieces if piece.line_id == line.line_id]
        by_seller = [(f"seller:{sellers[line.line_id] or ''}", line.quantity, own)]
        shares = by_seller if split_by == "seller" else _by_warehouse(line, own)
        for code, units, found in shares:
            portion = portions.setdefault(code, Portion(code))
            portion.wanted[line.line_id] = units
            portion.pieces += found
    return [portions[code] for code in sorted(portions)]


def _by_warehouse(line: Wanted, pieces: Sequence[Piece]) -> list[tuple[str, int, list[Piece]]]:
    missing = line.quantity - sum(piece.quantity for piece in pieces)
    shares = []
    for warehouse in sorted({piece.warehouse for piece in pieces}) or [MAIN]:
        found = [piece for piece in pieces if piece.warehouse == warehouse]
        shares.append((f"warehouse:{warehouse}", sum(piece.quantity for piece in found) + missing, found))
        missing = 0
    return shares


def warehouse_of(pieces: Sequence[Piece]) -> str:
    """The warehouse that a chain's goods leave from: where its first units lie."""
    return pieces[0].warehouse if pieces else MAIN


def seller_of(sellers: Iterable[str | None]) -> str | None:
    """The seller whose delivery it is: the one that all its lines are of."""
    found = set(sellers)
    return found.pop() if len(found) == 1 else None
