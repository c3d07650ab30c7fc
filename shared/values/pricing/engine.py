"""The one tax engine: what a document costs, line by line and in sum. Cart, payment, invoice and credit note agree by it (R-MON-14)."""

from collections.abc import Iterable, Sequence

from shared.values.money import Precision
from shared.values.pricing.discounts import take_discount
from shared.values.pricing.document import (
    AppliedDiscount,
    DiscountKind,
    KeyNotUnique,
    OrderDiscount,
    PricedDocument,
    PricedLine,
    PriceLine,
    TaxLine,
    TaxRounding,
    Totals,
    sum_by_rate,
)
from shared.values.pricing.taxes import Positions, nets_and_totals_per_line, nets_and_totals_per_rate, shown_amounts
from shared.values.pricing.vouchers import take_voucher


def price_document(
    lines: Sequence[PriceLine],
    *,
    shipping: PriceLine | None,
    discounts: Sequence[OrderDiscount],
    precision: Precision,
    prices_include_tax: bool,
    rounding: TaxRounding,
) -> PricedDocument:
    """Price `lines` and `shipping`: order discounts in their order, then tax, then vouchers off the total.

    `discounts` of the answer are in the order of those given. Nothing in it is negative, and every figure is a multiple of
    `precision.step`. Raises KeyNotUnique. Source: R-MON-02 to R-MON-12, R-MON-20.
    """
    charged = [*lines, shipping] if shipping is not None else list(lines)
    keys = [line.key for line in charged]
    _refuse_repeated(keys)
    _refuse_repeated(discount.key for discount in discounts)
    by_rate = _positions_by_rate(charged)
    step = precision.step

    left = [line.basis for line in charged]
    room = shown_amounts(left, by_rate, rounding=rounding, step=step)
    borne = {
        discount.key: take_discount(discount, keys, left, room, items=len(lines), step=step)
        for discount in discounts
        if discount.kind is not DiscountKind.VOUCHER
    }

    if rounding is TaxRounding.PER_LINE:
        nets, totals = nets_and_totals_per_line(room, by_rate, include_tax=prices_include_tax, step=step)
    else:
        nets, totals = nets_and_totals_per_rate(left, by_rate, include_tax=prices_include_tax, step=step)
    line_discounts = _sums(borne.values(), len(charged))
    shown = [price + discount for price, discount in zip(totals if prices_include_tax else nets, line_discounts, strict=True)]

    paid = {
        discount.key: take_voucher(discount, keys, nets, totals, by_rate=by_rate, step=step)
        for discount in discounts
        if discount.kind is DiscountKind.VOUCHER
    }
    line_vouchers = _sums(paid.values(), len(charged))

    priced = tuple(
        PricedLine(line.key, line.rate_bp, line.quantity, discount, voucher, net, total - net, total)
        for line, discount, voucher, net, total in zip(charged, line_discounts, line_vouchers, nets, totals, strict=True)
    )
    net, total = sum(nets), sum(totals)
    return PricedDocument(
        lines=priced[: len(lines)],
        shipping=priced[-1] if shipping is not None else None,
        discounts=tuple(_applied(discount.key, keys, (borne | paid)[discount.key]) for discount in discounts),
        totals=Totals(
            items=sum(shown[: len(lines)]),
            discount=sum(line_discounts),
            shipping=sum(shown[len(lines) :]),
            voucher=sum(line_vouchers),
            net=net,
            tax=total - net,
            total=total,
            tax_lines=sum_by_rate(TaxLine(line.rate_bp, line.net, line.tax) for line in priced),
        ),
    )


def _refuse_repeated(keys: Iterable[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise KeyNotUnique(key)
        seen.add(key)


def _positions_by_rate(charged: Sequence[PriceLine]) -> Positions:
    by_rate: dict[int, list[int]] = {}
    for index, line in enumerate(charged):
        by_rate.setdefault(line.rate_bp, []).append(index)
    return by_rate


def _sums(parts: Iterable[Sequence[int]], lines: int) -> list[int]:
    return [sum(line_parts) for line_parts in zip([0] * lines, *parts, strict=True)]


def _applied(key: str, keys: Sequence[str], parts: Sequence[int]) -> AppliedDiscount:
    return AppliedDiscount(key, sum(parts), {line_key: part for line_key, part in zip(keys, parts, strict=True) if part})
