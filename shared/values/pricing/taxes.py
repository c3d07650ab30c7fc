"""Net and total of each line from what discounts left of it, in both tax modes and both roundings (R-MON-04 to R-MON-09)."""

from collections.abc import Mapping, Sequence

from shared.values.exact import round_half_up, share_out, share_out_within
from shared.values.pricing.document import ALL_OF_IT, BASIS_SCALE, TaxRounding

Positions = Mapping[int, Sequence[int]]
"""Positions of the lines of each rate, in the order in which the rates first appear."""


def shown_amounts(bases: Sequence[int], by_rate: Positions, *, rounding: TaxRounding, step: int) -> list[int]:
    """The lines' exact bases (ten-thousandths) as whole amounts, as the document shows them before any discount."""
    if rounding is TaxRounding.PER_LINE:
        return [round_half_up(basis, BASIS_SCALE, step=step) for basis in bases]

    shown = [0] * len(bases)
    for positions in by_rate.values():
        weights = [bases[i] for i in positions]
        amount = round_half_up(sum(weights), BASIS_SCALE, step=step)
        for index, part in zip(positions, share_out(amount, weights, step=step), strict=True):
            shown[index] = part
    return shown


def nets_and_totals_per_line(room: Sequence[int], by_rate: Positions, *, include_tax: bool, step: int) -> tuple[list[int], list[int]]:
    """R-MON-04 and R-MON-05: `room` is each line's rounded price after discounts; tax is rounded on the line."""
    nets, totals = list(room), list(room)
    for rate, positions in by_rate.items():
        for index in positions:
            if include_tax:
                nets[index] = round_half_up(room[index] * ALL_OF_IT, ALL_OF_IT + rate, step=step)
            else:
                totals[index] = room[index] + round_half_up(room[index] * rate, ALL_OF_IT, step=step)
    return nets, totals


def nets_and_totals_per_rate(left: Sequence[int], by_rate: Positions, *, include_tax: bool, step: int) -> tuple[list[int], list[int]]:
    """R-MON-06 to R-MON-08: `left` is each line's exact price after discounts; tax is rounded on the rate's sum and given to the lines.

    With tax included a line's net stays within its total: shared out separately, the two could otherwise make a tax below zero.
    """
    nets, totals = [0] * len(left), [0] * len(left)
    for rate, positions in by_rate.items():
        exact = max(sum(left[i] for i in positions), 0)
        weights = [max(left[i], 0) for i in positions]
        amounts = share_out(round_half_up(exact, BASIS_SCALE, step=step), weights, step=step)
        if include_tax:
            net = round_half_up(exact * ALL_OF_IT, BASIS_SCALE * (ALL_OF_IT + rate), step=step)
            rate_nets = share_out_within(net, weights, at_most=amounts, at_least=[0] * len(positions), step=step)
            rate_totals = amounts
        else:
            taxes = share_out(round_half_up(exact * rate, BASIS_SCALE * ALL_OF_IT, step=step), weights, step=step)
            rate_nets = amounts
            rate_totals = [amount + tax for amount, tax in zip(amounts, taxes, strict=True)]
        for index, net, total in zip(positions, rate_nets, rate_totals, strict=True):
            nets[index], totals[index] = net, total
    return nets, totals
