"""Which units leave when a delivery is handed over (A7, R-DLV-04)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.delivery.domain.delivery import DeliveryLine, missing_units
from services.delivery.domain.handover import AskedUnits, chosen_units, reduced, rest_of, split_pieces
from services.delivery.domain.shelf import Piece, Wanted
from shared.errors import SeveralInvalid

MUGS = DeliveryLine("d1", "del_1", 1, "l1", "MUG", "Mug", 3)
CUPS = DeliveryLine("d2", "del_1", 2, "l2", "CUP", "Cup", 1)


def asked(*units: tuple[str, int]) -> list[AskedUnits]:
    return [AskedUnits(line_id, quantity) for line_id, quantity in units]


def test_without_a_choice_all_that_is_there_leaves() -> None:
    assert chosen_units([MUGS, CUPS], {"l1": 2, "l2": 0}, None) == {"l1": 2}


def test_as_many_as_are_reserved_may_be_named() -> None:
    assert chosen_units([MUGS, CUPS], {"l1": 2, "l2": 1}, asked(("d1", 2), ("d2", 1))) == {"l1": 2, "l2": 1}


@pytest.mark.parametrize(
    ("units", "pointers"),
    [
        ([("d1", 3)], ["/lines/0/quantity"]),
        ([("d9", 1), ("d2", 1)], ["/lines/0/line_id", "/lines/1/quantity"]),
        ([("d1", 1), ("d1", 1)], ["/lines/1/line_id"]),
    ],
)
def test_every_line_that_cannot_leave_so_is_named(units: list[tuple[str, int]], pointers: list[str]) -> None:
    with pytest.raises(SeveralInvalid) as refused:
        chosen_units([MUGS, CUPS], {"l1": 2}, asked(*units))

    assert [item.pointer for item in refused.value.items()] == pointers


def test_lines_that_left_whole_leave_no_rest() -> None:
    assert rest_of([MUGS, CUPS], {"l1": 2, "l2": 1}) == {"l1": 1}
    assert reduced([MUGS, CUPS], {"l1": 1}) == [replace(MUGS, quantity=1)]


def test_pieces_are_split_at_the_unit() -> None:
    pieces = [Piece("l1", "MUG", "main", "A", 2), Piece("l1", "MUG", "main", "B", 2), Piece("l2", "CUP", "main", "A", 1)]

    taken, left = split_pieces(pieces, {"l1": 3})

    assert taken == [pieces[0], replace(pieces[1], quantity=1)]
    assert left == [replace(pieces[1], quantity=1), pieces[2]]


def test_a_line_that_is_done_or_reserved_misses_nothing() -> None:
    lines = [replace(MUGS, done=1), CUPS]

    assert missing_units(lines, {"l1": 2}) == [Wanted("l2", "CUP", 1)]
    assert missing_units(lines, {"l1": 1, "l2": 1}) == [Wanted("l1", "MUG", 1)]
