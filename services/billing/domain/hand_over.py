"""What a hand-over is worth, and what of an order is still to be handed over (R-PAY-20). Minor units; unit shares are R-MON-15's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from shared.contracts.delivery import DeliveryLine
from shared.contracts.orders import OrderContent, OrderLine
from shared.values.money import Precision
from shared.values.pricing import UnitRun, take_units

GOODS: Final = "goods"


def add_handed_over(so_far: Mapping[str, int], lines: Iterable[DeliveryLine]) -> dict[str, int]:
    """Units by order line after a hand-over of `lines`."""
    after = dict(so_far)
    for line in lines:
        if line.line_id is not None and line.done:
            after[line.line_id] = after.get(line.line_id, 0) + line.done
    return after


def value_of_hand_over(content: OrderContent, before: Mapping[str, int], after: Mapping[str, int]) -> int:
    """What the units between the two are worth, with tax; the first hand-over also takes shipping, services and digital goods."""
    precision = Precision(content.currency, content.decimals)
    value = sum(_units(line, before.get(line.line_id, 0), after.get(line.line_id, 0), precision) for line in content.lines)
    return value if before else value + _beside_goods(content, precision)


def all_handed_over(content: OrderContent, handed_over: Mapping[str, int], cancelled: Mapping[str, int]) -> bool:
    """Whether no goods are left that money could be taken with: at once true of an order without goods. Units that nobody will get are
    never handed over.
    """
    goods = [line for line in content.lines if line.type == GOODS]
    return all(handed_over.get(line.line_id, 0) + cancelled.get(line.line_id, 0) >= line.quantity for line in goods)


def _units(line: OrderLine, start: int, end: int, precision: Precision) -> int:
    start, end = min(start, line.quantity), min(end, line.quantity)
    if line.type != GOODS:
        return 0
    run = UnitRun(
        quantity=line.quantity,
        discount=precision.parse(line.discount),
        voucher=precision.parse(line.voucher),
        net=precision.parse(line.net),
        total=precision.parse(line.total),
    )
    return take_units([run], skip=start, count=end - start, precision=precision).total


def _beside_goods(content: OrderContent, precision: Precision) -> int:
    shipping = 0 if content.shipping is None else precision.parse(content.shipping.total)
    return shipping + sum(precision.parse(line.total) for line in content.lines if line.type != GOODS)
