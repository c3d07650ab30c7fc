"""Exact integer arithmetic under all money: rounding a fraction, and sharing an amount out without losing a unit.

Amounts are integers in ISO minor units. `step` is the smallest amount a record knows, in minor units: 1 for euro
cents, 100 for euros without cents (`Precision.step`).
"""

from collections.abc import Sequence


def round_half_up(numerator: int, denominator: int, *, step: int) -> int:
    """The multiple of `step` nearest to the fraction; halves go away from zero, so that a credit mirrors its invoice.

    `denominator` is positive. Source: R-MON-02.
    """
    whole = denominator * step
    rounded = (2 * abs(numerator) + whole) // (2 * whole) * step
    return rounded if numerator >= 0 else -rounded


def share_out(amount: int, weights: Sequence[int], *, step: int) -> list[int]:
    """`amount` given out in proportion to `weights` by largest remainder; the parts always add up to `amount`.

    Exact shares are cut to the step, and the missing steps go one each to the largest cut-off fractions, ties to the
    earlier. A negative amount is shared like its positive and turned. Source: R-MON-10.
    Raises ValueError for a negative weight, for an amount of something over weights of nothing, and for an amount that
    is no multiple of `step`.
    """
    total = sum(weights)
    units, unsplittable = divmod(abs(amount), step)
    if unsplittable:
        raise ValueError(f"{amount} is no multiple of {step}, the smallest amount to share out")
    if weights and min(weights) < 0:
        raise ValueError(f"weights are never negative: {list(weights)}")
    if total == 0:
        if units:
            raise ValueError(f"{amount} cannot be shared out over weights of nothing")
        return [0] * len(weights)

    sign = step if amount >= 0 else -step
    parts = [units * weight // total for weight in weights]
    missing = units - sum(parts)
    if missing:
        cut_off = [units * weight % total for weight in weights]
        for index in sorted(range(len(parts)), key=lambda i: -cut_off[i])[:missing]:
            parts[index] += 1
    return [part * sign for part in parts]


def share_out_within(amount: int, weights: Sequence[int], *, at_most: Sequence[int], at_least: Sequence[int], step: int) -> list[int]:
    """`share_out` in which each part stays between its `at_least` and its `at_most`: a unit that finds no room goes to the next.

    Needed where a part may not outgrow another figure of its line, for example the net its total. All figures are ≥ 0 and
    multiples of `step`. Raises ValueError when the bounds cannot hold `amount`.
    """
    if not sum(at_least) <= amount <= sum(at_most):
        raise ValueError(f"{amount} does not fit between {sum(at_least)} and {sum(at_most)}")
    parts = share_out(amount, weights, step=step)
    if all(least <= part <= most for least, part, most in zip(at_least, parts, at_most, strict=True)):
        return parts

    total = sum(weights)
    cut = [amount * weight // (total * step) * step for weight in weights]
    parts = [min(max(part, least), most) for least, part, most in zip(at_least, cut, at_most, strict=True)]
    # How far each part is below its exact share, scaled by `total`: the order in which missing units are given and excess is taken.
    below = [amount * weight - part * total for weight, part in zip(weights, parts, strict=True)]
    excess = sum(parts) - amount
    while excess:
        move = -step if excess > 0 else step
        roomy = [i for i, part in enumerate(parts) if at_least[i] <= part + move <= at_most[i]]
        index = max(roomy, key=lambda i: move * below[i])
        parts[index] += move
        below[index] -= move * total
        excess += move
    return parts
