"""The arithmetic of promising what lies on the shelf (R-STK-01)."""

from __future__ import annotations

from services.delivery.domain.shelf import Piece, Place, Shelf, Shortage, Wanted


def shelf(*places: Place) -> Shelf:
    return Shelf({place.sku: 1 for place in places} | {"NONE": 1}, places)


def test_a_place_that_promised_too_much_takes_nothing_from_the_others() -> None:
    """While a count is being settled one place is below nothing; what the next one has can still be sold."""
    counted = shelf(Place("MUG", "main", "A", on_hand=1, reserved=3), Place("MUG", "main", "B", on_hand=5))

    assert counted.free("MUG") == 5
    assert [piece.location for piece in counted.promise("firm", "l1", "MUG", 5)] == ["B"]


def test_only_the_skus_own_places_are_promised_in_the_order_of_locks() -> None:
    both = shelf(Place("MUG", "main", "B", on_hand=2), Place("CUP", "main", "A", on_hand=9), Place("MUG", "main", "A", on_hand=2))

    pieces = both.promise("hold", "l1", "MUG", 3)

    assert pieces == [Piece("l1", "MUG", "main", "A", 2), Piece("l1", "MUG", "main", "B", 1)]
    assert (both.free("MUG"), both.free("CUP")) == (1, 9)


def test_as_many_as_there_are_is_no_shortage_and_one_more_is() -> None:
    """R-ORD-05: over all lines of the sku, with what those who ask hold already."""
    there = shelf(Place("MUG", "main", "A", on_hand=3))
    own = [Piece("l1", "MUG", "main", "A", 1)]

    assert there.shortages([Wanted("l1", "MUG", 2), Wanted("l2", "MUG", 1)]) == []
    assert there.shortages([Wanted("l1", "MUG", 3), Wanted("l2", "MUG", 1)]) == [Shortage("MUG", 4, 3)]
    assert there.shortages([Wanted("l1", "MUG", 3), Wanted("l2", "MUG", 1)], own) == []


def test_a_line_that_may_wait_never_makes_a_shortage() -> None:
    """R-STK-06"""
    assert shelf().shortages([Wanted("l1", "NONE", 7, may_wait=True)]) == []


def test_a_place_that_gave_its_last_unit_is_not_asked_for_another() -> None:
    empty = shelf(Place("MUG", "main", "A"), Place("MUG", "main", "B", on_hand=1))

    assert empty.promise("firm", "l1", "MUG", 1) == [Piece("l1", "MUG", "main", "B", 1)]
    assert empty.promise("firm", "l2", "MUG", 1) == []
    assert [place.location for place in empty.changed()] == ["B"]


def test_a_count_that_finds_what_was_written_down_is_no_move() -> None:
    """R-STK-10"""
    counted = shelf(Place("MUG", "main", "A", on_hand=3))

    counted.count(("MUG", "main", "A"), 3, note=None)
    assert counted.moves == []
    counted.count(("MUG", "main", "A"), 1, note="two broken")

    assert [(move.quantity, move.reason, move.note) for move in counted.moves] == [(-2, "count", "two broken")]


def test_a_count_keeps_what_a_known_place_promised() -> None:
    counted = shelf(Place("MUG", "main", "A", on_hand=3, reserved=2, held=1))

    counted.count(("MUG", "main", "A"), 2, note=None)
    counted.count(("MUG", "main", "new"), 4, note=None)

    assert [(place.location, place.on_hand, place.reserved, place.held) for place in counted.changed()] == [
        ("A", 2, 2, 1),
        ("new", 4, 0, 0),
    ]
    assert counted.overdrawn() == {("MUG", "main", "A"): 1}


def test_a_place_that_promised_just_what_is_there_is_not_overdrawn() -> None:
    counted = shelf(Place("MUG", "main", "A", on_hand=3, reserved=2))

    counted.count(("MUG", "main", "A"), 2, note=None)

    assert counted.overdrawn() == {}


def test_a_hold_made_firm_is_held_no_more() -> None:
    """R-STK-05"""
    held = shelf(Place("MUG", "main", "A", on_hand=3))

    held.make_firm(held.promise("hold", "l1", "MUG", 2))

    assert held.levels("MUG") == (3, 2, 0)
