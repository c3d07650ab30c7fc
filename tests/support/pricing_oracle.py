"""What a document costs, in plain exact fractions: the rules as they are written, slowly, sharing no code with the engine.

Amounts are in steps of the precision wherever they are whole; prices come in as `Fraction` of a step.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import floor


@dataclass
class OracleLine:
    price: Fraction
    quantity: int
    discount_percent: Fraction
    rate: Fraction
    is_shipping: bool = False
    discount: int = 0
    voucher: int = 0
    net: int = 0
    total: int = 0

    @property
    def basis(self) -> Fraction:
        return self.price * self.quantity * (1 - self.discount_percent / 100)

    @property
    def left(self) -> Fraction:
        return self.basis - self.discount


def nearest(value: Fraction) -> int:
    """Half up; the oracle only rounds what is not negative."""
    assert value >= 0
    return floor(value + Fraction(1, 2))


def hand_out(amount: int, weights: list[Fraction], *, most: list[int] | None = None, least: list[int] | None = None) -> list[int]:
    """Largest remainder, one step at a time, to whoever is furthest below their exact share and still has room."""
    most = most or [amount] * len(weights)
    least = least or [0] * len(weights)
    if amount == 0 and not any(least):
        return [0] * len(weights)
    exact = [amount * Fraction(weight) / sum(weights) for weight in weights]
    given = [sorted((low, floor(share), high))[1] for low, share, high in zip(least, exact, most, strict=True)]
    while sum(given) < amount:
        behind = [(share - have if have < high else None) for share, have, high in zip(exact, given, most, strict=True)]
        furthest = max(value for value in behind if value is not None)
        given[behind.index(furthest)] += 1
    while sum(given) > amount:
        ahead = [(have - share if have > low else None) for share, have, low in zip(exact, given, least, strict=True)]
        furthest = max(value for value in ahead if value is not None)
        given[ahead.index(furthest)] -= 1
    return given


def rates_of(lines: list[OracleLine]) -> list[list[OracleLine]]:
    return [[line for line in lines if line.rate == rate] for rate in dict.fromkeys(line.rate for line in lines)]


def shown_before_discounts(lines: list[OracleLine], *, per_line: bool) -> dict[int, int]:
    """Each line's basis as a whole amount, by the identity of the line."""
    if per_line:
        return {id(line): nearest(line.basis) for line in lines}
    shown: dict[int, int] = {}
    for of_rate in rates_of(lines):
        parts = hand_out(nearest(sum((line.basis for line in of_rate), Fraction(0))), [line.basis for line in of_rate])
        shown |= {id(line): part for line, part in zip(of_rate, parts, strict=True)}
    return shown


def apply_discount(lines: list[OracleLine], kind: str, value: Fraction, applies_to: str, *, shown: dict[int, int]) -> int:
    bearing = [line for line in lines if applies_to == "all" or line.is_shipping == (applies_to == "shipping")]
    most = [shown[id(line)] - line.discount for line in bearing]
    weights = [max(line.left, Fraction(0)) for line in bearing]
    if kind == "amount":
        amount = min(floor(value), sum(most))
    elif value == 100:
        amount = sum(most)
    else:
        amount = min(nearest(sum(weights, Fraction(0)) * value / 100), sum(most))
    for line, part in zip(bearing, hand_out(amount, weights, most=most), strict=True):
        line.discount += part
    return amount


def tax(lines: list[OracleLine], *, per_line: bool, include_tax: bool, shown: dict[int, int]) -> None:
    if per_line:
        for line in lines:
            price = shown[id(line)] - line.discount
            line.net = nearest(price / (1 + line.rate)) if include_tax else price
            line.total = price if include_tax else price + nearest(price * line.rate)
        return
    for of_rate in rates_of(lines):
        exact = max(sum((line.left for line in of_rate), Fraction(0)), Fraction(0))
        weights = [max(line.left, Fraction(0)) for line in of_rate]
        prices = hand_out(nearest(exact), weights)
        if include_tax:
            nets = hand_out(nearest(exact / (1 + of_rate[0].rate)), weights, most=prices)
            totals = prices
        else:
            nets = prices
            taxes = hand_out(nearest(exact * of_rate[0].rate), weights)
            totals = [price + part for price, part in zip(prices, taxes, strict=True)]
        for line, net, total in zip(of_rate, nets, totals, strict=True):
            line.net, line.total = net, total


def apply_voucher(lines: list[OracleLine], value: Fraction) -> int:
    rates = rates_of(lines)
    amount = min(floor(value), sum(line.total for line in lines))
    by_rate = hand_out(amount, [Fraction(sum(line.total for line in of_rate)) for of_rate in rates])
    for of_rate, part in zip(rates, by_rate, strict=True):
        if part == 0:
            continue
        parts = hand_out(part, [Fraction(line.total) for line in of_rate])
        net_left, total_left = sum(line.net for line in of_rate), sum(line.total for line in of_rate)
        least = [max(0, mine - (line.total - line.net)) for line, mine in zip(of_rate, parts, strict=True)]
        most = [min(mine, line.net) for line, mine in zip(of_rate, parts, strict=True)]
        net = sorted((sum(least), nearest(Fraction(net_left * part, total_left)), sum(most)))[1]
        nets = hand_out(net, [Fraction(mine) for mine in parts], most=most, least=least)
        for line, mine, net_part in zip(of_rate, parts, nets, strict=True):
            line.voucher += mine
            line.total -= mine
            line.net -= net_part
    return amount
