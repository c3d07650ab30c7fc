"""Whatever is priced, it agrees with the rules in exact fractions, adds up, and comes apart without losing a unit."""

from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.values.exact import share_out
from shared.values.money import Money, Precision
from shared.values.pricing import (
    AppliesTo,
    DiscountKind,
    OrderDiscount,
    PricedDocument,
    PriceLine,
    TaxLine,
    TaxRounding,
    fit_into_left,
    join_units,
    left_by_rate,
    price_document,
    runs_after_edit,
    share_kept,
    spread_over_rates,
    sum_by_rate,
    take_highest_units,
    take_units,
    unit_shares,
    units_of,
)
from tests.support import pricing_oracle as oracle

examples = settings(max_examples=150, deadline=None)

PRECISIONS = [
    Precision("EUR", 2),
    Precision("JPY", 0),
    Precision("KWD", 3),
    Precision("EUR", 1),
    Precision("CZK", 0),
    Precision("KWD", 2),
]
RATES = st.sampled_from([0, 500, 550, 700, 1900, 2000, 2500, 10_000])
PERCENTS = st.one_of(st.sampled_from([0, 0, 0, 700, 3333, 5000, 10_000]), st.integers(0, 10_000))


@dataclass(frozen=True)
class Document:
    lines: list[PriceLine]
    shipping: PriceLine | None
    discounts: list[OrderDiscount]
    precision: Precision
    prices_include_tax: bool
    rounding: TaxRounding

    def priced(self) -> PricedDocument:
        return price_document(
            self.lines,
            shipping=self.shipping,
            discounts=self.discounts,
            precision=self.precision,
            prices_include_tax=self.prices_include_tax,
            rounding=self.rounding,
        )


@st.composite
def documents(draw: st.DrawFn, *, discounts: bool = True, roundings: tuple[TaxRounding, ...] = tuple(TaxRounding)) -> Document:
    precision = draw(st.sampled_from(PRECISIONS))
    # Prices from before the decimals were lowered may be finer than the step.
    prices = st.one_of(st.integers(0, 3), st.integers(0, 50_000)).map(lambda n: n * precision.step) | st.integers(0, 5_000)
    lines = [
        PriceLine(f"line {n}", draw(prices), draw(st.integers(1, 7)), draw(PERCENTS), draw(RATES)) for n in range(draw(st.integers(1, 5)))
    ]
    shipping = PriceLine("shipping", draw(prices), 1, 0, draw(RATES)) if draw(st.booleans()) else None
    given_discounts = []
    for n in range(draw(st.integers(0, 3)) if discounts else 0):
        kind = draw(st.sampled_from(DiscountKind))
        value = draw(PERCENTS) if kind is DiscountKind.PERCENT else draw(st.one_of(st.integers(0, 500), st.integers(0, 200_000)))
        given_discounts.append(OrderDiscount(f"discount {n}", kind, value, draw(st.sampled_from(AppliesTo))))
    return Document(lines, shipping, given_discounts, precision, draw(st.booleans()), draw(st.sampled_from(roundings)))


def tax_lines_of(priced: PricedDocument) -> tuple[TaxLine, ...]:
    charged = [*priced.lines, priced.shipping] if priced.shipping else priced.lines
    return sum_by_rate(TaxLine(line.rate_bp, line.net, line.tax) for line in charged)


def figures(lines: tuple[TaxLine, ...]) -> dict[int, tuple[int, int]]:
    return {line.rate_bp: (line.net, line.tax) for line in lines if line.total}


@examples
@given(documents())
def test_every_figure_is_the_one_that_exact_fractions_give(document: Document) -> None:
    """R-MON-02 to R-MON-12."""
    step = document.precision.step
    per_line = document.rounding is TaxRounding.PER_LINE
    charged = [*document.lines, document.shipping] if document.shipping else document.lines
    expected = [
        oracle.OracleLine(
            Fraction(line.unit_price, step),
            line.quantity,
            Fraction(line.discount_bp, 100),
            Fraction(line.rate_bp, 10_000),
            is_shipping=line is document.shipping,
        )
        for line in charged
    ]
    shown = oracle.shown_before_discounts(expected, per_line=per_line)
    amounts = {}
    for discount in document.discounts:
        if discount.kind is not DiscountKind.VOUCHER:
            value = Fraction(discount.value, 100 if discount.kind is DiscountKind.PERCENT else step)
            amounts[discount.key] = oracle.apply_discount(expected, discount.kind, value, discount.applies_to, shown=shown)
    oracle.tax(expected, per_line=per_line, include_tax=document.prices_include_tax, shown=shown)
    for discount in document.discounts:
        if discount.kind is DiscountKind.VOUCHER:
            amounts[discount.key] = oracle.apply_voucher(expected, Fraction(discount.value, step))

    priced = document.priced()

    found = [*priced.lines, priced.shipping] if priced.shipping else list(priced.lines)
    assert [(line.discount, line.voucher, line.net, line.total) for line in found] == [
        (line.discount * step, line.voucher * step, line.net * step, line.total * step) for line in expected
    ]
    assert {discount.key: discount.amount for discount in priced.discounts} == {key: amount * step for key, amount in amounts.items()}


@examples
@given(documents())
def test_the_totals_add_up_as_the_interface_promises(document: Document) -> None:
    """R-MON-08, R-MON-09, R-MON-11 and the comment on totals in api.md, section 5."""
    priced = document.priced()
    totals = priced.totals
    vouchers = {discount.key for discount in document.discounts if discount.kind is DiscountKind.VOUCHER}

    assert totals.net + totals.tax == totals.total
    assert totals.discount == sum(discount.amount for discount in priced.discounts if discount.key not in vouchers)
    assert totals.voucher == sum(discount.amount for discount in priced.discounts if discount.key in vouchers)
    assert totals.tax_lines == tax_lines_of(priced)
    assert (totals.net, totals.tax) == (sum(line.net for line in totals.tax_lines), sum(line.tax for line in totals.tax_lines))
    if document.prices_include_tax:
        assert totals.items + totals.shipping - totals.discount == totals.total + totals.voucher
    elif not vouchers:
        assert totals.items + totals.shipping - totals.discount == totals.net
    for discount in priced.discounts:
        assert discount.amount == sum(discount.shares.values())


@examples
@given(documents())
def test_nothing_is_negative_and_nothing_finer_than_the_step(document: Document) -> None:
    """R-MON-02, R-MON-11: a discount takes at most its base, a voucher at most the total."""
    priced = document.priced()
    totals = priced.totals
    found = [totals.items, totals.discount, totals.shipping, totals.voucher, totals.net, totals.tax, totals.total]
    for line in [*priced.lines, *([priced.shipping] if priced.shipping else [])]:
        found += [line.discount, line.voucher, line.net, line.tax, line.total]

    assert min(found) >= 0
    assert all(figure % document.precision.step == 0 for figure in found)


@examples
@given(documents(discounts=False), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_changes_no_total(document: Document, random: Random) -> None:
    """Without order discounts nothing depends on who stands first but single units among equals."""
    turned = replace(document, lines=random.sample(document.lines, len(document.lines)))

    before, after = document.priced(), turned.priced()

    assert figures(before.totals.tax_lines) == figures(after.totals.tax_lines)
    if document.rounding is TaxRounding.PER_LINE:
        assert {line.key: line for line in before.lines} == {line.key: line for line in after.lines}


@examples
@given(documents())
def test_everything_taken_off_leaves_nothing_to_pay(document: Document) -> None:
    """R-MON-11: 100 % off everything, and a voucher of any height, end at zero to the unit."""
    free = OrderDiscount("free", DiscountKind.PERCENT, 10_000, AppliesTo.ALL)
    voucher = OrderDiscount("big", DiscountKind.VOUCHER, 10**12, AppliesTo.ALL)

    for last in (free, voucher):
        totals = replace(document, discounts=[*document.discounts, last]).priced().totals
        assert (totals.net, totals.tax, totals.total) == (0, 0, 0)


@examples
@given(documents())
def test_prices_with_frozen_shares_are_the_same_prices(document: Document) -> None:
    """R-MON-13, R-MON-20: what was given out once can be priced again."""
    priced = document.priced()

    assert replace(document, discounts=freeze(document, priced)).priced() == priced


def freeze(document: Document, priced: PricedDocument) -> list[OrderDiscount]:
    return [
        OrderDiscount(discount.key, discount.kind, discount.value, discount.applies_to, shares=applied.shares)
        for discount, applied in zip(document.discounts, priced.discounts, strict=True)
    ]


@examples
@given(documents(roundings=(TaxRounding.PER_LINE,)))
def test_a_removed_line_takes_its_shares_and_leaves_the_others_theirs(document: Document) -> None:
    """R-MON-20. Rounded on the sum, a unit of another line may move, so this holds to the unit per line only."""
    priced = document.priced()

    rest = replace(document, lines=document.lines[1:], discounts=freeze(document, priced)).priced()

    assert [(line.discount, line.voucher, line.total) for line in rest.lines] == [
        (line.discount, line.voucher, line.total) for line in priced.lines[1:]
    ]


@examples
@given(documents(), st.data())
def test_partial_invoices_and_their_credit_notes_sum_to_the_whole(document: Document, data: st.DataObject) -> None:
    """R-MON-15, R-MON-16, R-MON-18: in whatever portions a line is invoiced, and each invoice credited."""
    precision = document.precision
    priced = document.priced()
    invoiced, credited = [], []
    for line in priced.lines:
        whole, taken = units_of(line), 0
        shares = unit_shares(whole, precision)
        assert join_units(shares) == whole
        assert all(min(unit.discount, unit.voucher, unit.net, unit.tax) >= 0 for unit in shares)
        assert max(unit.total for unit in shares) - min(unit.total for unit in shares) <= precision.step
        while taken < line.quantity:
            count = data.draw(st.integers(1, line.quantity - taken))
            invoice = take_units([whole], skip=taken, count=count, precision=precision)
            assert invoice == join_units(shares[taken : taken + count])
            invoiced.append(TaxLine(line.rate_bp, invoice.net, invoice.tax))
            given_back = data.draw(st.integers(0, count))
            low = take_units([invoice], skip=0, count=given_back, precision=precision)
            high = take_units([invoice], skip=given_back, count=count - given_back, precision=precision)
            credited += [TaxLine(line.rate_bp, part.net, part.tax) for part in (low, high)]
            taken += count
        assert take_highest_units([whole], 1, precision=precision) == shares[-1]

    if priced.shipping:
        shipping = TaxLine(priced.shipping.rate_bp, priced.shipping.net, priced.shipping.tax)
        invoiced.append(shipping)
        credited.append(shipping)
    assert sum_by_rate(invoiced) == priced.totals.tax_lines
    assert sum_by_rate(credited) == priced.totals.tax_lines


@examples
@given(documents(), st.data())
def test_refunds_by_amount_empty_the_document_and_no_more(document: Document, data: st.DataObject) -> None:
    """R-MON-17, R-MON-18."""
    tax_lines = document.priced().totals.tax_lines
    refunds: list[tuple[TaxLine, ...]] = []
    for _ in range(4):
        left = left_by_rate(tax_lines, refunds)
        total = sum(line.total for line in left)
        if total == 0:
            break
        amount = total if len(refunds) == 3 else data.draw(st.integers(1, total))
        parts = spread_over_rates(amount, left, precision=document.precision)
        assert sum(part.total for part in parts) == amount
        assert all(part.net >= 0 and part.tax >= 0 for part in parts)
        refunds.append(parts)

    if sum(line.total for line in left_by_rate(tax_lines, refunds)) == 0:
        assert figures(sum_by_rate(part for refund in refunds for part in refund)) == figures(tax_lines)


@examples
@given(documents(), st.data())
def test_a_credit_by_amount_and_then_lines_stay_within_the_invoice(document: Document, data: st.DataObject) -> None:
    """R-MON-18: the credited lines are fitted into what the amount left of their rates."""
    priced = document.priced()
    total = priced.totals.total
    if total == 0:
        return
    amount = data.draw(st.integers(1, total))
    by_amount = spread_over_rates(amount, priced.totals.tax_lines, precision=document.precision)
    left = left_by_rate(priced.totals.tax_lines, [by_amount])
    room = {line.rate_bp: line.total for line in left}
    lines = []
    for line in priced.lines:
        if line.total <= room[line.rate_bp]:
            room[line.rate_bp] -= line.total
            lines.append(TaxLine(line.rate_bp, line.net, line.tax))

    by_lines = fit_into_left(lines, left)

    assert [part.total for part in by_lines] == [line.total for line in lines]
    still_left = left_by_rate(left, [by_lines])
    assert all(line.net >= 0 and line.tax >= 0 for line in still_left)
    rest = sum(line.total for line in still_left)
    last = spread_over_rates(rest, still_left, precision=document.precision) if rest else ()
    assert figures(sum_by_rate([*by_amount, *by_lines, *last])) == figures(priced.totals.tax_lines)


@examples
@given(documents(discounts=False, roundings=(TaxRounding.PER_LINE,)), st.data())
def test_a_line_edited_after_a_part_was_invoiced_sums_to_its_new_total(document: Document, data: st.DataObject) -> None:
    """R-MON-19: units that were invoiced keep their figures."""
    precision = document.precision
    line = document.priced().lines[0]
    invoiced = take_units([units_of(line)], skip=0, count=data.draw(st.integers(1, line.quantity)), precision=precision)
    first = document.lines[0]
    dearer = replace(first, unit_price=first.unit_price * 2, quantity=first.quantity + 2)
    edited = units_of(replace(document, lines=[dearer, *document.lines[1:]]).priced().lines[0])

    runs = runs_after_edit([invoiced], edited)

    assert join_units(runs) == edited
    assert take_units(runs, skip=0, count=invoiced.quantity, precision=precision) == invoiced


@examples
@given(st.integers(-(10**9), 10**9), st.lists(st.fractions(0, 1000), min_size=1, max_size=8))
def test_a_split_adds_up_and_stays_within_a_unit_of_the_exact_share(amount: int, weights: list[Fraction]) -> None:
    """R-MON-10, for either sign: the negative is the positive turned."""
    if sum(weights) == 0:
        weights.append(Fraction(1))
    parts = [part.minor for part in Money(amount, "EUR").split(weights)]

    assert sum(parts) == amount
    assert all(abs(part - Fraction(amount) * weight / sum(weights)) < 1 for part, weight in zip(parts, weights, strict=True))
    assert [part.minor for part in Money(-amount, "EUR").split(weights)] == [-part for part in parts]


@examples
@given(st.integers(0, 10**6), st.integers(1, 9), st.data())
def test_a_kept_share_is_that_of_the_lowest_units(share: int, units: int, data: st.DataObject) -> None:
    """R-MON-20."""
    kept = data.draw(st.integers(0, units))

    found = share_kept(share, units_before=units, units_kept=kept, precision=Precision("EUR", 2))

    assert found == sum(share_out(share, [1] * units, step=1)[:kept])
