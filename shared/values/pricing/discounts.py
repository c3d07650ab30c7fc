"""Order discounts: how much each takes off, and how much of it each line bears (R-MON-11, R-MON-12)."""

from collections.abc import Sequence
from typing import assert_never

from shared.values.exact import round_half_up, share_out_within
from shared.values.pricing.document import ALL_OF_IT, BASIS_SCALE, AppliesTo, DiscountKind, OrderDiscount


def lines_borne_by(applies_to: AppliesTo, *, lines: int, items: int) -> range:
    """The positions a discount applies to among `lines` positions, of which the first `items` are goods and the rest is shipping."""
    match applies_to:
        case AppliesTo.ITEMS:
            return range(items)
        case AppliesTo.SHIPPING:
            return range(items, lines)
        case AppliesTo.ALL:
            return range(lines)
        case _:
            assert_never(applies_to)


def discount_amount(discount: OrderDiscount, *, basis: int, room: int, step: int) -> int:
    """What `discount` takes off an exact `basis` (ten-thousandths) that shows as `room` (minor units, rounded).

    A percent is rounded once. 100 %, like an amount beyond the basis, takes all that shows: of lines that end in fractions nothing
    is left to pay that nobody sees.
    """
    if discount.kind is DiscountKind.AMOUNT:
        return min(discount.value - discount.value % step, room)
    if discount.value == ALL_OF_IT:
        return room
    return min(round_half_up(basis * discount.value, BASIS_SCALE * ALL_OF_IT, step=step), room)


def take_discount(discount: OrderDiscount, keys: Sequence[str], left: list[int], room: list[int], *, items: int, step: int) -> list[int]:
    """Take `discount` off the lines; returns what each line bears.

    `left` (exact bases, ten-thousandths) and `room` (the same, rounded to the step) are what earlier discounts left, and are lowered.
    A line never bears more than its `room`; that may be up to half a step above `left`, which then falls below zero by as much.
    """
    parts = [0] * len(keys)
    if discount.shares is not None:
        parts = [min(discount.shares.get(key, 0), most) for key, most in zip(keys, room, strict=True)]
    else:
        bearing = lines_borne_by(discount.applies_to, lines=len(keys), items=items)
        weights = [max(left[i], 0) for i in bearing]
        at_most = [room[i] for i in bearing]
        amount = discount_amount(discount, basis=sum(weights), room=sum(at_most), step=step)
        shared = share_out_within(amount, weights, at_most=at_most, at_least=[0] * len(bearing), step=step)
        for index, part in zip(bearing, shared, strict=True):
            parts[index] = part

    for index, part in enumerate(parts):
        left[index] -= part * BASIS_SCALE
        room[index] -= part
    return parts
