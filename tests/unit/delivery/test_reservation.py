"""Which pieces of a hold serve the order's lines (R-STK-04)."""

from __future__ import annotations

from services.delivery.domain.reservation import add_pieces, fit_pieces, holds_all, still_wanted, take_pieces
from services.delivery.domain.shelf import Piece, Wanted


def piece(line_id: str, quantity: int, *, sku: str = "MUG", location: str = "A") -> Piece:
    return Piece(line_id, sku, "main", location, quantity)


def test_what_was_taken_whole_leaves_no_piece_of_nothing() -> None:
    assert take_pieces([piece("l1", 2), piece("l2", 1)], [piece("l1", 2)]) == [piece("l2", 1)]
    assert add_pieces([piece("l1", 2)], [piece("l1", 1), piece("l1", 1, location="B")]) == [piece("l1", 3), piece("l1", 1, location="B")]


def test_a_hold_serves_its_lines_and_the_rest_is_to_spare() -> None:
    held = [piece("l1", 2), piece("l1", 2, location="B"), piece("l2", 1), piece("l3", 1, sku="CUP")]

    kept, spare = fit_pieces(held, [Wanted("l1", "MUG", 3), Wanted("l3", "MUG", 1)])

    assert kept == [piece("l1", 2), piece("l1", 1, location="B")]
    assert spare == [piece("l1", 1, location="B"), piece("l2", 1), piece("l3", 1, sku="CUP")]


def test_a_hold_that_is_served_whole_spares_nothing() -> None:
    assert fit_pieces([piece("l1", 2)], [Wanted("l1", "MUG", 2)]) == ([piece("l1", 2)], [])


def test_all_is_held_only_when_each_line_has_just_its_units() -> None:
    two = [Wanted("l1", "MUG", 2)]

    assert holds_all([piece("l1", 2)], two)
    assert not holds_all([piece("l1", 1)], two)
    assert not holds_all([piece("l1", 3)], two)
    assert not holds_all([], two)
    assert not holds_all([piece("l1", 2), piece("l2", 1)], two)


def test_a_line_that_may_wait_has_what_could_be_had_and_not_more() -> None:
    waiting = [Wanted("l1", "MUG", 2, may_wait=True)]

    assert holds_all([piece("l1", 1)], waiting)
    assert holds_all([], waiting)
    assert not holds_all([piece("l1", 3)], waiting)


def test_a_line_that_has_its_units_wants_none() -> None:
    wanted = [Wanted("l1", "MUG", 2), Wanted("l2", "MUG", 2), Wanted("l3", "MUG", 2)]

    left = still_wanted(wanted, [piece("l1", 2), piece("l2", 1)])

    assert left == [Wanted("l2", "MUG", 1), Wanted("l3", "MUG", 2)]
