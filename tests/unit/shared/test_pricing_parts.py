"""Parts of a priced document: by unit, by amount, after an edit."""

import pytest

from shared.values.money import MalformedAmount, Precision
from shared.values.pricing import (
    AmountExceedsLeft,
    InvoicedUnitsStand,
    PricedLine,
    TaxLine,
    TooManyUnits,
    UnitRun,
    fit_into_left,
    join_units,
    left_by_rate,
    runs_after_edit,
    share_kept,
    spread_over_rates,
    sum_by_rate,
    take_highest_units,
    take_units,
    unit_shares,
    units_of,
)

EURO = Precision("EUR", 2)
THREE_OF_25 = units_of(PricedLine("a", 1900, 3, 0, 0, 2500, 475, 2975))


def run(quantity: int, net: int, total: int, *, discount: int = 0, voucher: int = 0) -> UnitRun:
    return UnitRun(quantity=quantity, discount=discount, voucher=voucher, net=net, total=total)


def test_each_unit_has_its_share_and_its_own_tax() -> None:
    """R-MON-15: 25.00 + 4.75 over 3."""
    shares = unit_shares(THREE_OF_25, EURO)
    assert [unit.total for unit in shares] == [992, 992, 991]
    assert [unit.net for unit in shares] == [834, 833, 833]
    assert [unit.tax for unit in shares] == [158, 159, 158]


def test_units_share_discount_and_voucher_too() -> None:
    """R-INV-17: an invoice of a part shows its part of them."""
    first, second = unit_shares(run(2, 100, 119, discount=5, voucher=3), EURO)
    assert (first.discount, first.voucher) == (3, 2)
    assert (second.discount, second.voucher) == (2, 1)


def test_units_share_whole_steps() -> None:
    """R-MON-02, R-MON-15: crowns without cents."""
    assert [unit.total for unit in unit_shares(run(3, 1000, 1000), Precision("CZK", 0))] == [400, 300, 300]
    with pytest.raises(ValueError, match="no multiple"):
        unit_shares(run(2, 1050, 1050), Precision("CZK", 0))


def test_invoices_take_the_lowest_units_not_yet_invoiced() -> None:
    """R-MON-16: one, then the other two; together the line."""
    first = take_units([THREE_OF_25], skip=0, count=1, precision=EURO)
    second = take_units([THREE_OF_25], skip=1, count=2, precision=EURO)
    assert (first.net, first.tax) == (834, 158)
    assert (second.net, second.tax) == (1666, 317)
    assert join_units([first, second]) == THREE_OF_25


def test_a_credit_note_takes_the_lowest_units_of_the_invoice_it_corrects() -> None:
    """R-MON-16: units 2 and 3 of the line are units 1 and 2 of their invoice."""
    invoice = take_units([THREE_OF_25], skip=1, count=2, precision=EURO)
    credit = take_units([invoice], skip=0, count=1, precision=EURO)
    assert credit == unit_shares(THREE_OF_25, EURO)[1]


def test_crediting_all_units_gives_the_invoices_figures() -> None:
    """R-MON-18."""
    assert take_units([THREE_OF_25], skip=0, count=3, precision=EURO) == THREE_OF_25


@pytest.mark.parametrize(("skip", "count", "available"), [(0, 4, 3), (2, 2, 1), (4, 1, 0), (0, -1, 3)])
def test_more_units_than_are_left_are_refused(skip: int, count: int, available: int) -> None:
    """R-MON-18, per line."""
    with pytest.raises(TooManyUnits) as refused:
        take_units([THREE_OF_25], skip=skip, count=count, precision=EURO)
    assert (refused.value.code, refused.value.available) == ("quantity_too_large", available)


def test_a_line_without_units_has_no_figures_to_take() -> None:
    assert take_units([run(0, 0, 0), run(1, 100, 119)], skip=0, count=1, precision=EURO) == run(1, 100, 119)


def test_cancelled_units_are_the_highest() -> None:
    """api.md, 13.14."""
    assert take_highest_units([THREE_OF_25], 1, precision=EURO) == unit_shares(THREE_OF_25, EURO)[2]
    with pytest.raises(TooManyUnits):
        take_highest_units([THREE_OF_25], 4, precision=EURO)


def test_an_edit_leaves_invoiced_units_as_they_are() -> None:
    """R-MON-19: one of three invoiced at 9.92, then the line becomes four units for 41.65."""
    invoiced = take_units([THREE_OF_25], skip=0, count=1, precision=EURO)
    runs = runs_after_edit([invoiced], run(4, 3500, 4165))
    assert [take_units(runs, skip=n, count=1, precision=EURO).total for n in range(4)] == [992, 1058, 1058, 1057]
    assert join_units(runs) == run(4, 3500, 4165)
    assert take_units(runs, skip=1, count=3, precision=EURO).total == 4165 - 992


def test_a_line_that_was_invoiced_whole_stays_what_was_invoiced() -> None:
    """R-MON-19: 3.34 + 3.33 + 3.33; after one unit was invoiced the line is cut to it, and priced anew it would be 3.33."""
    invoiced = take_units([run(3, 1000, 1000)], skip=0, count=1, precision=EURO)
    assert join_units(runs_after_edit([invoiced], run(1, 333, 333))) == run(1, 334, 334)


@pytest.mark.parametrize("edited", [run(1, 834, 992), run(3, 1000, 1190), run(3, 1983, 1983), run(3, 2500, 2975, discount=1)], ids=str)
def test_an_edit_below_what_was_invoiced_is_refused(edited: UnitRun) -> None:
    """R-MON-19: fewer units, a lower total, tax below zero, a smaller discount."""
    invoiced = take_units([run(3, 2500, 2975, discount=300)], skip=0, count=2, precision=EURO)
    with pytest.raises(InvoicedUnitsStand) as refused:
        runs_after_edit([invoiced], edited)
    assert refused.value.code == "document_immutable"


def test_fewer_units_keep_the_lowest_units_share_of_a_discount() -> None:
    """R-MON-20: 2.00 over three units."""
    assert [share_kept(200, units_before=3, units_kept=kept, precision=EURO) for kept in (3, 2, 1, 0)] == [200, 134, 67, 0]
    assert share_kept(200, units_before=3, units_kept=5, precision=EURO) == 200


TWO_RATES = (TaxLine(1900, 1000, 190), TaxLine(700, 1000, 70))


def test_an_amount_is_spread_over_the_rates_by_what_is_left_of_each() -> None:
    """R-MON-17: 10.00 of 11.90 and 10.70; net of 5.27 is 4.43, of 4.73 is 4.42."""
    assert spread_over_rates(1000, TWO_RATES, precision=EURO) == (TaxLine(1900, 443, 84), TaxLine(700, 442, 31))


def test_the_part_that_empties_a_rate_takes_its_whole_net() -> None:
    """R-MON-17, R-MON-18."""
    first = spread_over_rates(1000, TWO_RATES, precision=EURO)
    left = left_by_rate(TWO_RATES, [first])
    last = spread_over_rates(1260, left, precision=EURO)
    assert left == (TaxLine(1900, 557, 106), TaxLine(700, 558, 39))
    assert last == left
    assert sum_by_rate([*first, *last]) == TWO_RATES


def test_a_rate_with_nothing_left_gets_nothing() -> None:
    """R-MON-17."""
    assert spread_over_rates(100, [TaxLine(1900, 0, 0), TaxLine(0, 500, 0)], precision=EURO) == (TaxLine(0, 100, 0),)


def test_more_than_is_left_is_refused() -> None:
    """R-MON-18."""
    with pytest.raises(AmountExceedsLeft) as refused:
        spread_over_rates(2261, TWO_RATES, precision=EURO)
    assert (refused.value.code, refused.value.refundable) == ("amount_exceeds_refundable", 2260)


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_and_less_than_nothing_is_refused(amount: int) -> None:
    with pytest.raises(MalformedAmount):
        spread_over_rates(amount, TWO_RATES, precision=EURO)


def test_an_amount_is_spread_in_whole_steps() -> None:
    """R-MON-02, R-MON-17: 1 crown of a document in whole crowns goes to one rate."""
    document = (TaxLine(2100, 10_000, 2100), TaxLine(1200, 10_000, 1200))
    assert spread_over_rates(100, document, precision=Precision("CZK", 0)) == (TaxLine(2100, 100, 0),)


def test_what_a_provider_paid_back_finer_than_the_step_is_spread_whole() -> None:
    """R-MON-17: 0.05 crowns of a document in whole crowns, and then the rest of it."""
    crowns = Precision("CZK", 0)
    document = (TaxLine(2100, 8300, 1700),)
    paid_back = spread_over_rates(5, document, precision=crowns)
    rest = spread_over_rates(9995, left_by_rate(document, [paid_back]), precision=crowns)
    assert paid_back == (TaxLine(2100, 4, 1),)
    assert sum_by_rate([*paid_back, *rest]) == document


def test_credit_notes_never_exceed_a_rate_of_their_invoice() -> None:
    """R-MON-18: neither its net, nor its tax, nor a rate that it does not have."""
    for part in (TaxLine(1900, 1001, 0), TaxLine(1900, 0, 191), TaxLine(500, 1, 0)):
        with pytest.raises(AmountExceedsLeft):
            left_by_rate(TWO_RATES, [[part]])


def test_lines_credited_after_an_amount_fit_into_what_it_left() -> None:
    """R-MON-18: 10.00 was credited of two lines of 9.99 at 19 %; the second line then takes what there is."""
    invoice = (TaxLine(1900, 1998, 380),)
    left = left_by_rate(invoice, [spread_over_rates(1189, invoice, precision=EURO)])
    assert left == (TaxLine(1900, 999, 190),)
    assert fit_into_left([TaxLine(1900, 500, 95)], left) == (TaxLine(1900, 500, 95),)
    assert fit_into_left([TaxLine(1900, 998, 191)], left) == (TaxLine(1900, 999, 190),)
    assert fit_into_left([TaxLine(1900, 1000, 100)], left) == (TaxLine(1900, 999, 101),)


def test_lines_that_do_not_fit_into_what_an_amount_left_are_refused() -> None:
    """R-MON-18, per rate."""
    left = (TaxLine(1900, 999, 190),)
    with pytest.raises(AmountExceedsLeft) as refused:
        fit_into_left([TaxLine(1900, 999, 100), TaxLine(1900, 50, 41)], left)
    assert refused.value.refundable == 90
    with pytest.raises(AmountExceedsLeft):
        fit_into_left([TaxLine(700, 1, 0)], left)
