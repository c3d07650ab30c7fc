"""Handing over a part: which units leave, and what is left of lines and pieces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.delivery.domain.delivery import DeliveryLine
from services.delivery.domain.shelf import Piece
from shared.errors import ErrorItem, SeveralInvalid


@dataclass(frozen=True, slots=True)
class AskedUnits:
    """Units of a delivery line (`dln_…`) that somebody hands over."""

    line_id: str
    quantity: int


def chosen_units(lines: Sequence[DeliveryLine], there: Mapping[str, int], asked: Sequence[AskedUnits] | None) -> dict[str, int]:
    """Units by order line that leave: those asked for, or all that are `there` (by order line). Never none of all.

    Raises SeveralInvalid with every line that is unknown, named twice, or has less than was asked for (A7).
    """
    if asked is None:
        return {line.order_line_id: there[line.order_line_id] for line in lines if there.get(line.order_line_id)}
    known = {line.id: line.order_line_id for line in lines}
    units: dict[str, int] = {}
    failures: list[ErrorItem] = []
    for index, item in enumerate(asked):
        line_id = known.get(item.line_id)
        if line_id is None:
            failures.append(ErrorItem(f"/lines/{index}/line_id", "validation_failed", f"{item.line_id} is no line of this delivery"))
            continue
        if line_id in units:
            failures.append(ErrorItem(f"/lines/{index}/line_id", "validation_failed", f"{item.line_id} is named twice"))
        units[line_id] = item.quantity
        if item.quantity > there.get(line_id, 0):
            message = f"{item.quantity} were asked for, {there.get(line_id, 0)} are reserved"
            meta = {"requested": item.quantity, "reserved": there.get(line_id, 0)}
            failures.append(ErrorItem(f"/lines/{index}/quantity", "quantity_too_large", message, meta))
    if failures:
        raise SeveralInvalid.of(failures)
    return units


def rest_of(lines: Iterable[DeliveryLine], units: Mapping[str, int]) -> dict[str, int]:
    """Units by order line that stay behind."""
    left = {line.order_line_id: line.quantity - units.get(line.order_line_id, 0) for line in lines}
    return {line_id: quantity for line_id, quantity in left.items() if quantity}


def split_pieces(pieces: Iterable[Piece], units: Mapping[str, int]) -> tuple[list[Piece], list[Piece]]:
    """The pieces of these units, and the others."""
    needed = dict(units)
    taken, left = [], []
    for piece in pieces:
        quantity = min(piece.quantity, needed.get(piece.line_id, 0))
        if quantity:
            needed[piece.line_id] -= quantity
            taken.append(replace(piece, quantity=quantity))
        if quantity < piece.quantity:
            left.append(replace(piece, quantity=piece.quantity - quantity))
    return taken, left


def reduced(lines: Iterable[DeliveryLine], units: Mapping[str, int]) -> list[DeliveryLine]:
    """The lines with only these units, without those that have none."""
    return [replace(line, quantity=units[line.order_line_id]) for line in lines if units.get(line.order_line_id)]
