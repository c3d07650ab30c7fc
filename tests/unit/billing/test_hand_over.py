"""What a hand-over is worth (R-PAY-20), to the cent and by lines that are no goods."""

from __future__ import annotations

import itertools

import pytest

from services.billing.domain.hand_over import add_handed_over, all_handed_over, value_of_hand_over
from shared.contracts.delivery import DeliveryLine
from shared.contracts.orders import OrderSubmitted
from tests.support.samples_billing import order_submitted

ORDER = order_submitted(quantity=3, unit_price=1000, engravings=2)
"""Three mugs at 9.30 and 19 %, two engravings at 3.10 and 7 %, 4.90 and 19 % for the parcel."""
MUGS, ENGRAVINGS, PARCEL = 3320, 663, 583


def line(line_id: str | None, done: int) -> DeliveryLine:
    return DeliveryLine(delivery_line_id="dln_1", line_id=line_id, sku="MUG-1", name="Oak mug", quantity=3, reserved=0, done=done)


def test_what_left_is_added_up_by_order_line_and_what_is_of_no_line_or_did_not_leave_is_not() -> None:
    """A line of which nothing left is none that was begun: the next one is the first hand-over still."""
    assert add_handed_over({"lin_1": 1}, [line("lin_1", 2), line(None, 1), line("lin_2", 0)]) == {"lin_1": 3}
    assert add_handed_over({}, [line("lin_1", 0)]) == {}


@pytest.mark.parametrize(
    ("before", "after", "value"),
    [
        ({}, {"lin_1": 3}, MUGS + ENGRAVINGS + PARCEL),
        ({}, {"lin_1": 9}, MUGS + ENGRAVINGS + PARCEL),
        ({"lin_1": 3}, {"lin_1": 3}, 0),
        ({"lin_1": 3}, {"lin_1": 9}, 0),
        ({}, {"lin_2": 2}, ENGRAVINGS + PARCEL),
        ({"lin_1": 3}, {"lin_1": 3, "lin_2": 2}, 0),
    ],
)
def test_goods_count_as_they_leave_and_all_else_with_the_first_of_them(before: dict[str, int], after: dict[str, int], value: int) -> None:
    assert value_of_hand_over(ORDER, before, after) == value


def test_hand_overs_one_by_one_are_worth_the_whole() -> None:
    """R-MON-15."""
    steps = [{}, {"lin_1": 1}, {"lin_1": 2}, {"lin_1": 3}]

    assert sum(value_of_hand_over(ORDER, before, after) for before, after in itertools.pairwise(steps)) == 4566


def test_without_a_parcel_the_first_takes_what_are_no_goods() -> None:
    free = OrderSubmitted.model_validate(ORDER.model_dump() | {"shipping": None})

    assert value_of_hand_over(free, {}, {"lin_1": 3}) == MUGS + ENGRAVINGS


@pytest.mark.parametrize(
    ("handed_over", "cancelled", "whole"),
    [({}, {}, False), ({"lin_1": 2}, {}, False), ({"lin_1": 3}, {}, True), ({"lin_1": 2}, {"lin_1": 1}, True), ({}, {"lin_1": 3}, True)],
)
def test_all_is_handed_over_when_no_goods_are_left_that_anybody_will_get(
    handed_over: dict[str, int], cancelled: dict[str, int], whole: bool
) -> None:
    assert all_handed_over(ORDER, handed_over, cancelled) is whole
