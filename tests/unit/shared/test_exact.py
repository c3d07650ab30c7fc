"""Rounding and sharing out, in integers."""

import pytest

from shared.values.exact import round_half_up, share_out, share_out_within


@pytest.mark.parametrize(
    ("numerator", "denominator", "step", "rounded"),
    [(5, 10, 1, 1), (-5, 10, 1, -1), (4, 10, 1, 0), (-4, 10, 1, 0), (25, 1, 10, 30), (-25, 1, 10, -30), (24, 1, 10, 20), (50, 1, 100, 100)],
)
def test_halves_go_away_from_zero_to_the_step(numerator: int, denominator: int, step: int, rounded: int) -> None:
    """R-MON-02."""
    assert round_half_up(numerator, denominator, step=step) == rounded


def test_missing_units_go_to_the_largest_cut_off_fractions_and_ties_to_the_earlier() -> None:
    """R-MON-10: 2.00 over three lines of 11.00."""
    assert share_out(200, [1100, 1100, 1100], step=1) == [67, 67, 66]
    assert share_out(10, [1, 5, 1], step=1) == [2, 7, 1]
    assert share_out(-200, [1100, 1100, 1100], step=1) == [-67, -67, -66]


def test_shares_are_whole_steps() -> None:
    """R-MON-02, R-MON-10: in a currency with lowered decimals."""
    assert share_out(1000, [1, 1, 1], step=10) == [340, 330, 330]


def test_nothing_is_shared_over_nothing_and_something_is_refused() -> None:
    assert share_out(0, [0, 0], step=1) == [0, 0]
    assert share_out(0, [], step=1) == []
    with pytest.raises(ValueError, match="weights of nothing"):
        share_out(1, [0, 0], step=1)


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="never negative"):
        share_out(100, [3, -1], step=1)


def test_an_amount_finer_than_the_step_is_refused() -> None:
    with pytest.raises(ValueError, match="no multiple"):
        share_out(105, [1, 1], step=10)


def test_a_unit_that_finds_no_room_goes_to_the_next() -> None:
    assert share_out_within(3, [5, 15, 15], at_most=[0, 2, 2], at_least=[0, 0, 0], step=1) == [0, 2, 1]


def test_a_part_above_its_room_gives_way_to_the_others() -> None:
    assert share_out_within(4, [3, 1], at_most=[1, 3], at_least=[0, 0], step=1) == [1, 3]


def test_a_part_that_must_be_larger_takes_from_the_one_least_below_its_share() -> None:
    assert share_out_within(4, [1, 9, 10], at_most=[4, 4, 4], at_least=[2, 0, 0], step=1) == [2, 1, 1]


def test_bounds_that_cannot_hold_the_amount_are_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        share_out_within(5, [1, 1], at_most=[2, 2], at_least=[0, 0], step=1)
    with pytest.raises(ValueError, match="does not fit"):
        share_out_within(1, [1, 1], at_most=[2, 2], at_least=[1, 1], step=1)
