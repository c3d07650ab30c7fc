"""The share of each unit of a line: what partial invoices, credit notes and refunds by line are made of.

A line's figures are a run of units. A run is cut in two and each part is a run again whose units have the same shares as before, so
whatever way a line is invoiced and credited, its parts add up to it, figure by figure (R-MON-15, R-MON-16).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from shared.values.money import Precision
from shared.values.pricing.document import PricedLine


class TooManyUnits(ValueError):
    """More units were asked for than the line, or the invoice, has left."""

    code: ClassVar[str] = "quantity_too_large"

    def __init__(self, asked: int, available: int) -> None:
        super().__init__(f"{asked} units were asked for, {available} are left")
        self.asked, self.available = asked, available


class InvoicedUnitsStand(ValueError):
    """The edit would leave less of the line than has been invoiced of it; a credit note comes first (R-MON-19)."""

    code: ClassVar[str] = "document_immutable"

    def __init__(self) -> None:
        super().__init__("less would be left of the line than has been invoiced of it; credit that first")


@dataclass(frozen=True, slots=True)
class UnitRun:
    """Consecutive units of a line and their figures in sum, minor units. Shipping is a run of one unit."""

    quantity: int
    discount: int
    voucher: int
    net: int
    total: int

    @property
    def tax(self) -> int:
        """A unit's tax is its total less its net (R-MON-15)."""
        return self.total - self.net


NO_UNITS = UnitRun(quantity=0, discount=0, voucher=0, net=0, total=0)


def units_of(line: PricedLine) -> UnitRun:
    """All units of a priced line."""
    return UnitRun(quantity=line.quantity, discount=line.discount, voucher=line.voucher, net=line.net, total=line.total)


def unit_shares(run: UnitRun, precision: Precision) -> tuple[UnitRun, ...]:
    """The figures of each unit of `run`, first to last, by largest remainder (R-MON-15)."""
    return tuple(take_units([run], skip=index, count=1, precision=precision) for index in range(run.quantity))


def take_units(runs: Sequence[UnitRun], *, skip: int, count: int, precision: Precision) -> UnitRun:
    """The sum of the `count` units after the first `skip`.

    To invoice: `runs` of the order line, `skip` what was invoiced of it, credited or not. To credit: the run of the invoice's line,
    `skip` what was credited of it. To refund by line: `skip` what was refunded (R-MON-16). Raises TooManyUnits.
    """
    available = max(sum(run.quantity for run in runs) - skip, 0)
    if not 0 <= count <= available:
        raise TooManyUnits(count, available)
    taken = NO_UNITS
    for run in runs:
        start, end = min(skip, run.quantity), min(skip + count, run.quantity)
        taken = join_units([taken, subtract_units(_first_units(run, end, precision.step), _first_units(run, start, precision.step))])
        count -= end - start
        skip -= start
    return taken


def take_highest_units(runs: Sequence[UnitRun], count: int, *, precision: Precision) -> UnitRun:
    """The sum of the last `count` units: cancelled units are the line's highest (api.md, 13.14). Raises TooManyUnits."""
    quantity = sum(run.quantity for run in runs)
    if count > quantity:
        raise TooManyUnits(count, quantity)
    return take_units(runs, skip=quantity - count, count=count, precision=precision)


def join_units(runs: Sequence[UnitRun]) -> UnitRun:
    """The sum of several runs: the figures of a line whose units have different shares."""
    return UnitRun(
        quantity=sum(run.quantity for run in runs),
        discount=sum(run.discount for run in runs),
        voucher=sum(run.voucher for run in runs),
        net=sum(run.net for run in runs),
        total=sum(run.total for run in runs),
    )


def subtract_units(whole: UnitRun, part: UnitRun) -> UnitRun:
    """What is left of `whole` without `part`."""
    return UnitRun(
        quantity=whole.quantity - part.quantity,
        discount=whole.discount - part.discount,
        voucher=whole.voucher - part.voucher,
        net=whole.net - part.net,
        total=whole.total - part.total,
    )


def runs_after_edit(invoiced: Sequence[UnitRun], edited: UnitRun) -> tuple[UnitRun, ...]:
    """The runs of a line that was edited after a part of it was invoiced: `invoiced` stays, the others share the rest (R-MON-19).

    `edited` is the line as the edit priced it. With no other unit the line is what was invoiced, and its figures are the sum of that.
    Raises InvoicedUnitsStand when there would be fewer units, or any figure of the rest below zero.
    """
    rest = subtract_units(edited, join_units(invoiced))
    if rest.quantity == 0:
        return tuple(invoiced)
    if min(rest.quantity, rest.discount, rest.voucher, rest.net, rest.tax) < 0:
        raise InvoicedUnitsStand
    return (*invoiced, rest)


def share_kept(share: int, *, units_before: int, units_kept: int, precision: Precision) -> int:
    """What a line keeps of its share of an order discount when its highest units are removed: the lowest units' part (R-MON-20).

    Units that were added bear nothing of it. 0 units kept: 0, the line took its share with it.
    """
    if units_kept >= units_before:
        return share
    return _first(share, units_before, units_kept, precision.step)


def _first_units(run: UnitRun, count: int, step: int) -> UnitRun:
    if count == run.quantity:
        return run
    return UnitRun(
        quantity=count,
        discount=_first(run.discount, run.quantity, count, step),
        voucher=_first(run.voucher, run.quantity, count, step),
        net=_first(run.net, run.quantity, count, step),
        total=_first(run.total, run.quantity, count, step),
    )


def _first(amount: int, units: int, count: int, step: int) -> int:
    # Largest remainder over equal weights: the steps that do not divide go one each to the lowest units.
    steps, finer = divmod(amount, step)
    if finer:
        raise ValueError(f"{amount} is no multiple of {step}, the smallest amount to share out")
    each, missing = divmod(steps, units)
    return (each * count + min(missing, count)) * step
