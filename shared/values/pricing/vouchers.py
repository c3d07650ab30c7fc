"""Vouchers: paid off the total, with tax, over the rates and then over the lines of each rate (R-MON-11, R-MON-17)."""

from collections.abc import Sequence

from shared.values.exact import round_half_up, share_out, share_out_within
from shared.values.pricing.document import OrderDiscount
from shared.values.pricing.taxes import Positions


def take_voucher(
    voucher: OrderDiscount, keys: Sequence[str], nets: list[int], totals: list[int], *, by_rate: Positions, step: int
) -> list[int]:
    """Take `voucher` off the lines, at most their total; returns what each line bears, with tax.

    `nets` and `totals` are what earlier vouchers left, and are lowered: no net and no tax falls below zero.
    """
    if voucher.shares is not None:
        parts = [min(voucher.shares.get(key, 0), total) for key, total in zip(keys, totals, strict=True)]
    else:
        parts = _parts_of_lines(min(voucher.value - voucher.value % step, sum(totals)), totals, by_rate=by_rate, step=step)

    for positions in by_rate.values():
        rate_parts = [parts[i] for i in positions]
        net_parts = _net_parts(rate_parts, [nets[i] for i in positions], [totals[i] for i in positions], step=step)
        for index, net_part, part in zip(positions, net_parts, rate_parts, strict=True):
            nets[index] -= net_part
            totals[index] -= part
    return parts


def _parts_of_lines(amount: int, totals: Sequence[int], *, by_rate: Positions, step: int) -> list[int]:
    parts = [0] * len(totals)
    rate_amounts = share_out(amount, [sum(totals[i] for i in positions) for positions in by_rate.values()], step=step)
    for rate_amount, positions in zip(rate_amounts, by_rate.values(), strict=True):
        for index, part in zip(positions, share_out(rate_amount, [totals[i] for i in positions], step=step), strict=True):
            parts[index] = part
    return parts


def _net_parts(parts: Sequence[int], nets: Sequence[int], totals: Sequence[int], *, step: int) -> list[int]:
    part, net, total = sum(parts), sum(nets), sum(totals)
    if part == 0:
        return [0] * len(parts)
    at_most = [min(line_net, line_part) for line_net, line_part in zip(nets, parts, strict=True)]
    at_least = [max(line_part - (line_total - line_net), 0) for line_part, line_total, line_net in zip(parts, totals, nets, strict=True)]
    # On sums of a few minor units the lines that bear the voucher may not hold the rate's rounded net; then as near to it as they can.
    wanted = min(max(round_half_up(net * part, total, step=step), sum(at_least)), sum(at_most))
    return share_out_within(wanted, parts, at_most=at_most, at_least=at_least, step=step)
