"""The figures that the rules name, and what the engine refuses."""

import pytest

from shared.values.money import Precision
from shared.values.pricing import (
    AppliesTo,
    DiscountKind,
    FigureOutOfRange,
    KeyNotUnique,
    OrderDiscount,
    PricedDocument,
    PriceLine,
    TaxLine,
    TaxRounding,
    price_document,
)

PER_LINE, GLOBAL = TaxRounding.PER_LINE, TaxRounding.GLOBAL


def line(unit_price: int, *, quantity: int = 1, discount_bp: int = 0, rate_bp: int = 1900, key: str = "a") -> PriceLine:
    return PriceLine(key, unit_price, quantity, discount_bp, rate_bp)


def lines(*unit_prices: int, rate_bp: int = 1900, discount_bp: int = 0) -> list[PriceLine]:
    return [line(price, rate_bp=rate_bp, discount_bp=discount_bp, key=f"line {n}") for n, price in enumerate(unit_prices)]


def percent(value: int, *, applies_to: AppliesTo = AppliesTo.ITEMS, key: str = "percent") -> OrderDiscount:
    return OrderDiscount(key, DiscountKind.PERCENT, value, applies_to)


def amount(value: int, *, applies_to: AppliesTo = AppliesTo.ITEMS, key: str = "amount") -> OrderDiscount:
    return OrderDiscount(key, DiscountKind.AMOUNT, value, applies_to)


def voucher(value: int, *, key: str = "voucher") -> OrderDiscount:
    return OrderDiscount(key, DiscountKind.VOUCHER, value, AppliesTo.ALL)


def priced(
    charged: list[PriceLine],
    *discounts: OrderDiscount,
    rounding: TaxRounding,
    include_tax: bool = False,
    shipping: PriceLine | None = None,
    precision: Precision = Precision("EUR", 2),  # noqa: B008 -- frozen
) -> PricedDocument:
    return price_document(
        charged, shipping=shipping, discounts=discounts, precision=precision, prices_include_tax=include_tax, rounding=rounding
    )


def net_and_tax(document: PricedDocument) -> tuple[int, int]:
    return document.totals.net, document.totals.tax


@pytest.mark.parametrize(("rounding", "tax"), [(PER_LINE, 1104), (GLOBAL, 1103)])
def test_tax_on_a_line_that_ends_in_fractions(rounding: TaxRounding, tax: int) -> None:
    """R-MON-03, R-MON-04, R-MON-06: 12.49 × 5, −7 %, 19 %."""
    assert net_and_tax(priced([line(1249, quantity=5, discount_bp=700)], rounding=rounding)) == (5808, tax)


@pytest.mark.parametrize(("rounding", "tax"), [(PER_LINE, 144), (GLOBAL, 145)])
def test_tax_of_three_lines_is_rounded_once_or_three_times(rounding: TaxRounding, tax: int) -> None:
    """R-MON-06: three lines of 2.55 at 19 %."""
    assert net_and_tax(priced(lines(255, 255, 255), rounding=rounding)) == (765, tax)


def test_tax_in_a_price_is_taken_out_of_the_line() -> None:
    """R-MON-05: 3.03 at 20 %."""
    assert net_and_tax(priced([line(303, rate_bp=2000)], rounding=PER_LINE, include_tax=True)) == (253, 50)


@pytest.mark.parametrize(("rounding", "net", "tax"), [(PER_LINE, 1764, 336), (GLOBAL, 1765, 335)])
def test_tax_in_three_prices_leaves_the_total_alone(rounding: TaxRounding, net: int, tax: int) -> None:
    """R-MON-07: three lines of 7.00 at 19 %, total 21.00 in both."""
    document = priced(lines(700, 700, 700), rounding=rounding, include_tax=True)
    assert net_and_tax(document) == (net, tax)
    assert document.totals.total == 2100


def test_the_rates_tax_is_given_to_the_lines() -> None:
    """R-MON-08: 1.45 over three lines of 2.55; and 17.65 of 21.00."""
    assert [found.tax for found in priced(lines(255, 255, 255), rounding=GLOBAL).lines] == [49, 48, 48]
    assert [found.net for found in priced(lines(700, 700, 700), rounding=GLOBAL, include_tax=True).lines] == [589, 588, 588]


def test_a_lines_net_never_exceeds_its_total() -> None:
    """R-MON-08: shared out apart, the first line would have total 0.00 and net 0.01."""
    document = priced(lines(1, 3, 3, discount_bp=5000), rounding=GLOBAL, include_tax=True)
    assert [(found.net, found.total) for found in document.lines] == [(0, 0), (2, 2), (1, 2)]


@pytest.mark.parametrize("rounding", TaxRounding)
def test_shipping_is_one_more_line_of_its_own_rate(rounding: TaxRounding) -> None:
    """R-MON-09."""
    totals = priced([line(1000)], shipping=line(490, rate_bp=700, key="shipping"), rounding=rounding).totals
    assert (totals.items, totals.shipping, totals.net, totals.tax, totals.total) == (1000, 490, 1490, 224, 1714)
    assert totals.tax_lines == (TaxLine(1900, 1000, 190), TaxLine(700, 490, 34))


def test_shipping_of_the_same_rate_is_summed_with_the_items() -> None:
    """R-MON-06, R-MON-09."""
    totals = priced(lines(255, 255), shipping=line(255, key="shipping"), rounding=GLOBAL).totals
    assert totals.tax_lines == (TaxLine(1900, 765, 145),)


def test_an_amount_off_is_given_to_the_lines_and_loses_nothing() -> None:
    """R-MON-10, R-MON-11: 2.00 over three lines of 11.00."""
    document = priced(lines(1100, 1100, 1100), amount(200), rounding=PER_LINE)
    assert [found.discount for found in document.lines] == [67, 67, 66]
    assert document.discounts[0].shares == {"line 0": 67, "line 1": 67, "line 2": 66}
    assert [found.net for found in document.lines] == [1033, 1033, 1034]
    assert (document.totals.items, document.totals.discount) == (3300, 200)


def test_a_percent_is_rounded_once_and_not_on_each_line() -> None:
    """R-MON-11: 10 % of three lines of 0.05 is 0.02, not three times 0.01."""
    assert priced(lines(5, 5, 5), percent(1000), rounding=PER_LINE).discounts[0].amount == 2


@pytest.mark.parametrize(
    ("applies_to", "items", "shipping"), [(AppliesTo.ITEMS, 100, 0), (AppliesTo.SHIPPING, 0, 50), (AppliesTo.ALL, 100, 50)]
)
def test_a_discount_lowers_what_it_applies_to(applies_to: AppliesTo, items: int, shipping: int) -> None:
    """R-MON-11."""
    document = priced([line(1000)], percent(1000, applies_to=applies_to), shipping=line(500, key="shipping"), rounding=PER_LINE)
    assert document.shipping is not None
    assert (document.lines[0].discount, document.shipping.discount) == (items, shipping)
    assert document.items_after_discounts == 1000 - items


def test_an_amount_is_at_most_its_base() -> None:
    """R-MON-11: the shipping is not touched."""
    document = priced([line(1000)], amount(5000), shipping=line(500, key="shipping"), rounding=PER_LINE)
    assert document.discounts[0].amount == 1000
    assert document.totals.net == 500


@pytest.mark.parametrize("rounding", TaxRounding)
@pytest.mark.parametrize("off", [percent(10_000), amount(5000)])
def test_taking_all_off_lines_that_end_in_fractions_leaves_nothing(rounding: TaxRounding, off: OrderDiscount) -> None:
    """R-MON-11: lines of 0.335 show as 0.34 each; 0.67 off would leave a cent to pay."""
    charged = [line(67, discount_bp=5000, key="a"), line(67, discount_bp=5000, rate_bp=700, key="b")]
    document = priced(charged, off, rounding=rounding)
    assert (document.totals.items, document.totals.discount, document.totals.total) == (68, 68, 0)


def test_what_shows_in_global_rounding_is_the_rates_sum() -> None:
    """R-MON-06, R-MON-11: three lines of 0.335 show as 1.01, and 100 % off is that."""
    totals = priced(lines(67, 67, 67, discount_bp=5000), percent(10_000), rounding=GLOBAL).totals
    assert (totals.items, totals.discount, totals.total) == (101, 101, 0)


def test_a_line_bears_no_more_than_it_shows() -> None:
    """R-MON-11: 0.014 off four lines of 0.004 would put 0.01 on a line that shows as nothing."""
    document = priced([*lines(1, 1, 1, 1, discount_bp=6000), line(100, key="b")], percent(5000), rounding=PER_LINE)
    assert [found.discount for found in document.lines] == [0, 0, 0, 0, 51]
    assert min(found.net for found in document.lines) >= 0
    assert priced(lines(1, 1, 1, 1, discount_bp=6000), percent(5000), rounding=PER_LINE).totals.discount == 0


def test_discounts_apply_in_their_order_each_on_what_the_earlier_left() -> None:
    """R-MON-12: 10 % and then 5.00 off 100.00, and the other way round."""
    first = priced([line(10_000)], percent(1000), amount(500), rounding=PER_LINE)
    second = priced([line(10_000)], amount(500), percent(1000), rounding=PER_LINE)
    assert [found.amount for found in first.discounts] == [1000, 500]
    assert [found.amount for found in second.discounts] == [500, 950]


def test_a_voucher_comes_off_the_total_with_tax_over_rates_and_lines() -> None:
    """R-MON-11: 10.00 off 11.90 at 19 % and 10.70 at 7 %."""
    document = priced([line(1000), line(1000, rate_bp=700, key="b")], voucher(1000), rounding=PER_LINE)
    assert [found.voucher for found in document.lines] == [527, 473]
    assert document.totals.tax_lines == (TaxLine(1900, 557, 106), TaxLine(700, 558, 39))
    assert (document.totals.items, document.totals.voucher, document.totals.total) == (2000, 1000, 1260)


def test_a_voucher_comes_last_wherever_it_stands() -> None:
    """R-MON-11."""
    before = priced([line(1000)], voucher(100), percent(1000), rounding=PER_LINE)
    after = priced([line(1000)], percent(1000), voucher(100), rounding=PER_LINE)
    assert before.totals == after.totals
    assert [found.key for found in before.discounts] == ["voucher", "percent"]
    assert after.totals.total == 1071 - 100


def test_a_voucher_pays_shipping_too_and_at_most_the_total() -> None:
    """R-MON-11."""
    document = priced([line(1000)], voucher(5000), shipping=line(500, key="shipping"), rounding=PER_LINE)
    assert document.discounts[0].amount == 1785
    assert document.totals.tax_lines == (TaxLine(1900, 0, 0),)


def test_a_second_voucher_takes_what_the_first_left() -> None:
    """R-MON-11, R-MON-12."""
    document = priced([line(1000)], voucher(1000), voucher(1000, key="second"), rounding=PER_LINE)
    assert [found.amount for found in document.discounts] == [1000, 190]


@pytest.mark.parametrize(
    ("charged", "rounding", "worth", "left"),
    [
        (lines(1, 2, discount_bp=5000, rate_bp=700), GLOBAL, 1, [(0, 0), (1, 1)]),
        (lines(2, 1, rate_bp=5000), PER_LINE, 2, [(1, 1), (0, 0)]),
        (lines(1, 1, 1, rate_bp=5000), GLOBAL, 2, [(0, 0), (0, 0), (0, 1)]),
    ],
    ids=["less net than the rate's", "net where there is no tax", "more net than the rate's"],
)
def test_a_voucher_takes_from_each_line_what_it_has(
    charged: list[PriceLine], rounding: TaxRounding, worth: int, left: list[tuple[int, int]]
) -> None:
    """R-MON-11: on a few cents the rate's rounded net would make a line's net or tax negative, or change a line that bears nothing."""
    document = priced(charged, voucher(worth), rounding=rounding, include_tax=True)
    assert [(found.net, found.total) for found in document.lines] == left


def test_a_removed_line_takes_its_share_with_it() -> None:
    """R-MON-20: the others keep theirs, where a discount given out anew would put all 2.00 on them."""
    shares = priced(lines(1100, 1100, 1100), amount(200), rounding=PER_LINE).discounts[0].shares
    frozen = OrderDiscount("amount", DiscountKind.AMOUNT, 200, AppliesTo.ITEMS, shares=shares)
    document = priced(lines(1100, 1100), frozen, rounding=PER_LINE)
    assert [found.discount for found in document.lines] == [67, 67]
    assert document.totals.discount == 134


def test_a_frozen_share_is_no_more_than_is_left_of_its_line() -> None:
    """R-MON-20: a line whose price fell below its share costs nothing."""
    for kind, left in ((DiscountKind.AMOUNT, 50), (DiscountKind.VOUCHER, 60)):
        frozen = OrderDiscount("frozen", kind, 200, AppliesTo.ITEMS, shares={"a": 200})
        document = priced([line(50)], frozen, rounding=PER_LINE)
        assert document.discounts[0].amount == left
        assert document.totals.total == 0


def test_currencies_without_decimals_and_with_three_are_rounded_to_their_own() -> None:
    """R-MON-02, R-MON-21."""
    assert net_and_tax(priced([line(333, rate_bp=1000)], rounding=PER_LINE, precision=Precision("JPY", 0))) == (333, 33)
    assert net_and_tax(priced([line(1234, rate_bp=500)], rounding=PER_LINE, precision=Precision("KWD", 3))) == (1234, 62)


def test_lowered_decimals_round_every_figure_to_their_step() -> None:
    """R-MON-02: crowns without cents; a discount and a voucher finer than that lose what is finer."""
    document = priced([line(10_000, rate_bp=2100)], amount(1050), voucher(1050), rounding=PER_LINE, precision=Precision("CZK", 0))
    assert [found.amount for found in document.discounts] == [1000, 1000]
    assert (document.totals.net, document.totals.tax, document.totals.total) == (8200, 1700, 9900)


def test_a_document_of_nothing_costs_nothing() -> None:
    document = priced([], percent(1000), amount(100), voucher(100), rounding=GLOBAL)
    assert document.totals.total == 0
    assert document.totals.tax_lines == ()
    assert [found.amount for found in document.discounts] == [0, 0, 0]


def test_a_line_of_which_all_units_were_cancelled_costs_nothing_and_bears_nothing() -> None:
    frozen = OrderDiscount("amount", DiscountKind.AMOUNT, 200, AppliesTo.ITEMS, shares={"a": 0, "b": 100})
    document = priced([line(1000, quantity=0), line(1000, key="b")], frozen, rounding=PER_LINE)
    assert [found.total for found in document.lines] == [0, 1071]


@pytest.mark.parametrize(
    "figures", [{"unit_price": -1}, {"quantity": -1}, {"discount_bp": -1}, {"discount_bp": 10_001}, {"rate_bp": -1}], ids=str
)
def test_a_line_that_no_document_can_have_is_refused(figures: dict[str, int]) -> None:
    with pytest.raises(FigureOutOfRange) as refused:
        PriceLine("a", **{"unit_price": 1, "quantity": 1, "discount_bp": 0, "rate_bp": 0, **figures})
    assert refused.value.code == "validation_failed"


def test_a_discount_that_no_document_can_have_is_refused() -> None:
    for kind, value in ((DiscountKind.PERCENT, 10_001), (DiscountKind.PERCENT, -1), (DiscountKind.AMOUNT, -1), (DiscountKind.VOUCHER, -1)):
        with pytest.raises(FigureOutOfRange):
            OrderDiscount("a", kind, value, AppliesTo.ALL)
    with pytest.raises(FigureOutOfRange):
        OrderDiscount("a", DiscountKind.AMOUNT, 1, AppliesTo.ALL, shares={"a": -1})
    assert OrderDiscount("a", DiscountKind.AMOUNT, 10_001, AppliesTo.ALL).value == 10_001


def test_a_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(KeyNotUnique):
        priced([line(1), line(2)], rounding=GLOBAL)
    with pytest.raises(KeyNotUnique):
        priced([line(1)], shipping=line(2), rounding=GLOBAL)
    with pytest.raises(KeyNotUnique):
        priced([line(1)], amount(1), amount(2), rounding=GLOBAL)
