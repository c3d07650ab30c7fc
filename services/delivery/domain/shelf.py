"""What lies where, what of it is promised, and the arithmetic of promising it. Always 0 <= reserved + held <= on_hand (R-STK-01)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from shared.values.ids import new_id

Kind = Literal["hold", "firm"]
"""A hold lasts until it expires (`held`); a firm reservation until it is shipped (`reserved`)."""
MoveReason = Literal["received", "scrapped", "lost", "found", "correction", "count", "shipped"]
Key = tuple[str, str, str]
"""sku, warehouse, location: locks are taken in this order (R-STK-13)."""


@dataclass
class Place:
    """Units of a sku at one location of a warehouse."""

    sku: str
    warehouse: str
    location: str
    on_hand: int = 0
    reserved: int = 0
    held: int = 0

    @property
    def key(self) -> Key:
        """Its place in the order of locks."""
        return (self.sku, self.warehouse, self.location)

    @property
    def free(self) -> int:
        """Units that nobody was promised; negative while a count is being settled."""
        return self.on_hand - self.reserved - self.held


@dataclass(frozen=True, slots=True)
class Piece:
    """Units of an order line, promised at one place."""

    line_id: str
    sku: str
    warehouse: str
    location: str
    quantity: int

    @property
    def key(self) -> Key:
        """The place that promised them."""
        return (self.sku, self.warehouse, self.location)


class StockMove(NamedTuple):
    """A change of what is on hand (R-STK-10). `quantity` is never 0."""

    id: str
    sku: str
    warehouse: str
    location: str
    quantity: int
    reason: MoveReason
    delivery_id: str | None
    note: str | None


class Levels(NamedTuple):
    """A sku over all its places."""

    on_hand: int
    reserved: int
    held: int

    @property
    def available(self) -> int:
        """What can be sold."""
        return self.on_hand - self.reserved - self.held


def levels_of(places: Sequence[Place]) -> Levels:
    """One sku's places together."""
    return Levels(sum(p.on_hand for p in places), sum(p.reserved for p in places), sum(p.held for p in places))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Units that an order line asks for. `may_wait`: what is missing never refuses the order (R-STK-06)."""

    line_id: str
    sku: str
    quantity: int
    may_wait: bool = False


@dataclass(frozen=True, slots=True)
class Shortage:
    """A sku of which there is less than asked for, over all lines of it (R-ORD-05)."""

    sku: str
    requested: int
    available: int


class Shelf:
    """All places of some skus, theirs alone until the transaction ends, and what is done to them in it.

    `counters` holds each sku's number of this change; a sku without a place has nothing.
    """

    def __init__(self, counters: Mapping[str, int], places: Iterable[Place]) -> None:
        self.counters = dict(counters)
        self.moves: list[StockMove] = []
        self._places = {place.key: place for place in places}
        self._changed: set[Key] = set()

    @property
    def skus(self) -> list[str]:
        """What may be changed here, sorted."""
        return sorted(self.counters)

    def places(self, sku: str) -> list[Place]:
        """The sku's places in the order of locks."""
        return sorted((place for place in self._places.values() if place.sku == sku), key=lambda place: place.key)

    def levels(self, sku: str) -> Levels:
        """The sku over all its places."""
        return levels_of(self.places(sku))

    def free(self, sku: str) -> int:
        """What can be promised of the sku."""
        return sum(max(place.free, 0) for place in self.places(sku))

    def changed(self) -> list[Place]:
        """Places whose figures are no longer those of the table, in the order of locks."""
        return [self._places[key] for key in sorted(self._changed)]

    def shortages(self, wanted: Sequence[Wanted], own: Iterable[Piece] = ()) -> list[Shortage]:
        """Every sku of which the lines that may not wait ask for more than is free, sorted; empty: all is there.

        `own` are pieces that those who ask hold already: free for them.
        """
        there = {sku: self.free(sku) for sku in self.counters}
        for piece in own:
            there[piece.sku] += piece.quantity
        asked: dict[str, int] = {}
        for line in wanted:
            if not line.may_wait:
                asked[line.sku] = asked.get(line.sku, 0) + line.quantity
        return [Shortage(sku, asked[sku], there[sku]) for sku in sorted(asked) if asked[sku] > there[sku]]

    def promise(self, kind: Kind, line_id: str, sku: str, quantity: int) -> list[Piece]:
        """Takes up to `quantity` free units for an order line, as far as they reach."""
        pieces = []
        for place in self.places(sku):
            taken = min(quantity, place.free)
            if taken > 0:
                self._promise(place, kind, taken)
                pieces.append(Piece(line_id, sku, place.warehouse, place.location, taken))
                quantity -= taken
        return pieces

    def give_back(self, kind: Kind, pieces: Iterable[Piece]) -> None:
        """What was promised is free again."""
        for piece in pieces:
            self._promise(self._places[piece.key], kind, -piece.quantity)

    def make_firm(self, pieces: Iterable[Piece]) -> None:
        """What was held is reserved, without a moment in which it is free (R-STK-05)."""
        for piece in pieces:
            place = self._places[piece.key]
            self._promise(place, "hold", -piece.quantity)
            self._promise(place, "firm", piece.quantity)

    def ship(self, pieces: Iterable[Piece], *, delivery_id: str) -> None:
        """Reserved units leave the house."""
        for piece in pieces:
            place = self._places[piece.key]
            place.on_hand -= piece.quantity
            self._promise(place, "firm", -piece.quantity)
            self.moves.append(StockMove(new_id("mov"), *piece.key, -piece.quantity, "shipped", delivery_id, None))

    def count(self, key: Key, on_hand: int, *, note: str | None) -> None:
        """Somebody counted a place; the difference is a move. What is promised there may now be more than is there."""
        difference = on_hand - self._place(key).on_hand
        if difference:
            self.move(key, difference, reason="count", note=note)

    def move(self, key: Key, quantity: int, *, reason: MoveReason, note: str | None) -> None:
        """Units came to a place or went from it. What is promised there may now be more than is there."""
        self._place(key).on_hand += quantity
        self._changed.add(key)
        self.moves.append(StockMove(new_id("mov"), *key, quantity, reason, None, note))

    def put_right(self, key: Key, *, on_hand: int, reserved: int, held: int) -> None:
        """The place's figures as moves and reservations add up to them. No move: it is the figure that was wrong."""
        place = self._place(key)
        place.on_hand, place.reserved, place.held = on_hand, reserved, held
        self._changed.add(key)

    def on_hand(self, key: Key) -> int:
        """What lies at a place."""
        place = self._places.get(key)
        return 0 if place is None else place.on_hand

    def overdrawn(self) -> dict[Key, int]:
        """Places that promised more than is there, and how much more: to be taken back before the transaction ends."""
        return {place.key: -place.free for place in self.changed() if place.free < 0}

    def _place(self, key: Key) -> Place:
        if key not in self._places:
            self._places[key] = Place(*key)
            self._changed.add(key)
        return self._places[key]

    def _promise(self, place: Place, kind: Kind, quantity: int) -> None:
        if kind == "hold":
            place.held += quantity
        else:
            place.reserved += quantity
        self._changed.add(place.key)
