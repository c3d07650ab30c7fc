"""Refunds and credit notes by amount: spread over the tax rates, and never more than what is left (R-MON-17, R-MON-18).

All figures are positive; the kind of document says in which direction they go.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from shared.values.exact import round_half_up, share_out
from shared.values.money import MalformedAmount, Precision
from shared.values.pricing.document import TaxLine


class AmountExceedsLeft(ValueError):
    """More was asked back than is left of the document, or of one of its rates; `refundable` is what is left, in minor units."""

    code: ClassVar[str] = "amount_exceeds_refundable"

    def __init__(self, asked: int, refundable: int) -> None:
        super().__init__(f"{asked} minor units were asked back, {refundable} are left")
        self.asked, self.refundable = asked, refundable


def left_by_rate(document: Sequence[TaxLine], given_back: Iterable[Sequence[TaxLine]]) -> tuple[TaxLine, ...]:
    """What is left of `document` for each of its rates after the documents `given_back`, which correct or refund it.

    Raises AmountExceedsLeft when they took more of a rate's net or tax than it had (R-MON-18).
    """
    left = {line.rate_bp: line for line in document}
    for parts in given_back:
        for part in parts:
            left[part.rate_bp] = _less(left.get(part.rate_bp, TaxLine(part.rate_bp, 0, 0)), part)
    return tuple(left.values())


def spread_over_rates(amount: int, left: Sequence[TaxLine], *, precision: Precision) -> tuple[TaxLine, ...]:
    """`amount`, with tax, spread over the rates by what is `left` of each; rates that get nothing are left out (R-MON-17).

    A part's net is left net × part ÷ left total, rounded; the part that empties a rate takes its whole net. An amount finer than the
    precision, which only a provider can have paid back, is spread to the ISO minor unit.
    Raises MalformedAmount for nothing or less, AmountExceedsLeft.
    """
    refundable = sum(line.total for line in left)
    if amount <= 0:
        raise MalformedAmount(precision.format(amount))
    if amount > refundable:
        raise AmountExceedsLeft(amount, refundable)

    step = precision.step
    if any(figure % step for figure in (amount, *(line.net for line in left), *(line.tax for line in left))):
        step = 1
    spread = []
    for line, part in zip(left, share_out(amount, [line.total for line in left], step=step), strict=True):
        if part:
            net = round_half_up(line.net * part, line.total, step=step)
            spread.append(TaxLine(line.rate_bp, net, part - net))
    return tuple(spread)


def fit_into_left(parts: Sequence[TaxLine], left: Sequence[TaxLine]) -> tuple[TaxLine, ...]:
    """The figures of lines that are credited or refunded by units, fitted into what is `left` of their rates; one part per line.

    An earlier credit by amount rounds its net on its own: the line that empties a rate then takes what is there, so that all credit
    notes add up to the invoice (R-MON-18). A part's total never changes. Raises AmountExceedsLeft.
    """
    remaining = {line.rate_bp: line for line in left}
    fitted = []
    for part in parts:
        rate = remaining.get(part.rate_bp, TaxLine(part.rate_bp, 0, 0))
        # As near to the part's own net as the rate allows; a part that is larger than its rate still does not fit, and is refused.
        net = min(max(part.net, part.total - rate.tax), rate.net)
        fit = TaxLine(part.rate_bp, net, part.total - net)
        remaining[part.rate_bp] = _less(rate, fit)
        fitted.append(fit)
    return tuple(fitted)


def _less(rate: TaxLine, part: TaxLine) -> TaxLine:
    if part.net > rate.net or part.tax > rate.tax:
        raise AmountExceedsLeft(part.total, rate.total)
    return TaxLine(rate.rate_bp, rate.net - part.net, rate.tax - part.tax)
