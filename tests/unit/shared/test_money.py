"""Amounts, the decimals of currencies, and percents."""

from fractions import Fraction

import pytest
from babel.core import get_global

from shared.values.money import (
    ISO_DECIMALS,
    LARGEST_MINOR,
    CurrencyMismatch,
    DecimalsOutOfRange,
    MalformedAmount,
    MalformedPercent,
    Money,
    MoneyPrecision,
    Precision,
    UnknownCurrency,
    format_percent,
    parse_percent,
)

EURO = Precision("EUR", 2)
YEN = Precision("JPY", 0)
DINAR = Precision("KWD", 3)
CROWNS_WITHOUT_CENTS = Precision("CZK", 0)


def test_money_is_added_subtracted_turned_and_multiplied_exactly() -> None:
    """R-MON-01."""
    assert Money(10, "EUR") + Money(20, "EUR") == Money(30, "EUR")
    assert Money(10, "EUR") - Money(30, "EUR") == Money(-20, "EUR")
    assert -Money(10, "EUR") == Money(-10, "EUR")
    assert Money(10, "EUR") * 3 == 3 * Money(10, "EUR") == Money(30, "EUR")
    assert sum([Money(1, "EUR"), Money(2, "EUR")], Money(0, "EUR")) == Money(3, "EUR")
    assert Money(1, "EUR")
    assert not Money(0, "EUR")


def test_money_of_one_currency_is_ordered() -> None:
    less, more = Money(1, "EUR"), Money(2, "EUR")
    assert less < more
    assert more > less
    assert less <= less
    assert more >= more
    assert not less > more
    assert not more <= less
    assert not less < less
    assert not more > more
    assert max(less, more) == more


@pytest.mark.parametrize("meet", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_two_currencies_never_meet(meet: str) -> None:
    """R-MON-24."""
    with pytest.raises(CurrencyMismatch) as refused:
        getattr(Money(1, "EUR"), meet)(Money(1, "USD"))
    assert refused.value.code == "currency_mismatch"
    assert Money(1, "EUR") != Money(1, "USD")


@pytest.mark.parametrize("minor", [1.0, True, "1", Fraction(1)])
def test_minor_units_are_integers_and_nothing_else(minor: object) -> None:
    """R-MON-01."""
    with pytest.raises(TypeError):
        Money(minor, "EUR")  # type: ignore[arg-type]


@pytest.mark.parametrize("currency", ["eur", "XXX", "XAU", "BTC", ""])
def test_a_currency_outside_iso_4217_is_refused(currency: str) -> None:
    with pytest.raises(UnknownCurrency):
        Money(1, currency)
    with pytest.raises(UnknownCurrency):
        Precision(currency, 0)
    with pytest.raises(UnknownCurrency):
        Precision.of(currency, {})


def test_a_split_loses_nothing_with_weights_in_fractions_and_below_zero() -> None:
    """R-MON-10: 2.00 over three lines of 11.00."""
    assert [part.minor for part in Money(200, "EUR").split([1100, 1100, 1100])] == [67, 67, 66]
    assert [part.minor for part in Money(-200, "EUR").split([1100, 1100, 1100])] == [-67, -67, -66]
    assert [part.minor for part in Money(100, "EUR").split([Fraction(1, 3), Fraction(2, 3), 1])] == [17, 33, 50]
    assert [part.minor for part in Money(1000, "CZK").split([1, 1, 1], step=100)] == [400, 300, 300]


def test_a_split_over_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="weights of nothing"):
        Money(200, "EUR").split([0, 0])


@pytest.mark.parametrize(("currency", "decimals"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("MGA", 2), ("ISK", 0), ("IRR", 2), ("CLF", 4)])
def test_decimals_are_those_of_iso_4217(currency: str, decimals: int) -> None:
    assert ISO_DECIMALS[currency] == decimals


def test_every_currency_that_is_tender_somewhere_has_decimals() -> None:
    now = {
        currency
        for currencies in get_global("territory_currencies").values()
        for currency, _, end, is_tender in currencies
        if end is None and is_tender
    }
    # Bulgaria pays in euros since 2026.
    assert now - {"BGN"} <= set(ISO_DECIMALS)


@pytest.mark.parametrize(
    ("precision", "text", "minor"),
    [
        (EURO, "12.50", 1250),
        (EURO, "12.5", 1250),
        (EURO, "12", 1200),
        (EURO, "0", 0),
        (EURO, "0.05", 5),
        (YEN, "500", 500),
        (DINAR, "1.250", 1250),
        (CROWNS_WITHOUT_CENTS, "12", 1200),
        (Precision("KWD", 1), "1.2", 1200),
    ],
)
def test_a_decimal_string_is_read_into_minor_units(precision: Precision, text: str, minor: int) -> None:
    """R-MON-01, R-MON-21: a currency without decimals is not multiplied."""
    assert precision.parse(text) == minor


@pytest.mark.parametrize(
    ("precision", "text"), [(EURO, "12.505"), (EURO, "12.500"), (YEN, "500.0"), (DINAR, "1.2345"), (CROWNS_WITHOUT_CENTS, "12.50")]
)
def test_more_decimals_than_the_currency_has_are_refused_and_not_rounded(precision: Precision, text: str) -> None:
    """R-MON-23."""
    with pytest.raises(MoneyPrecision) as refused:
        precision.parse(text)
    assert refused.value.code == "money_precision"


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "+1", "1.", ".5", "1,50", "1e2", "012", "1.5.0", "NaN", "٣", "1_000", "-1", "1\n", 12, 12.5, None, True]
)
def test_what_is_no_decimal_string_is_refused(text: object) -> None:
    with pytest.raises(MalformedAmount) as refused:
        EURO.parse(text)  # type: ignore[arg-type]
    assert refused.value.code == "validation_failed"


def test_a_negative_amount_is_taken_only_when_asked() -> None:
    assert EURO.parse("-12.50", negative=True) == -1250
    assert EURO.parse("12.50", negative=True) == 1250
    with pytest.raises(MalformedAmount):
        EURO.parse("-12.50")


def test_an_amount_that_no_order_can_hold_is_refused() -> None:
    assert EURO.parse(EURO.format(LARGEST_MINOR)) == LARGEST_MINOR
    with pytest.raises(MalformedAmount):
        EURO.parse(EURO.format(LARGEST_MINOR + 1))


@pytest.mark.parametrize(
    ("precision", "minor", "text"),
    [
        (EURO, 1250, "12.50"),
        (EURO, 5, "0.05"),
        (EURO, 0, "0.00"),
        (EURO, -5, "-0.05"),
        (YEN, 500, "500"),
        (YEN, -500, "-500"),
        (DINAR, 1250, "1.250"),
        (CROWNS_WITHOUT_CENTS, 1200, "12"),
        (CROWNS_WITHOUT_CENTS, 0, "0"),
        (Precision("EUR", 1), 1250, "12.5"),
    ],
)
def test_an_amount_is_written_with_exactly_its_decimals(precision: Precision, minor: int, text: str) -> None:
    """R-MON-21."""
    assert precision.format(minor) == text
    assert precision.parse(text, negative=True) == minor


def test_an_amount_finer_than_the_step_is_written_whole_and_not_rounded() -> None:
    """R-MON-23: a provider may pay back 0.05 crowns of an order in whole crowns."""
    assert CROWNS_WITHOUT_CENTS.format(1205) == "12.05"


def test_a_shop_lowers_decimals_and_never_raises_them() -> None:
    assert Precision.of("CZK", {"CZK": 0}) == CROWNS_WITHOUT_CENTS
    assert Precision.of("EUR", {"CZK": 0}) == EURO
    assert [Precision("KWD", decimals).step for decimals in (3, 2, 1)] == [1, 10, 100]
    for decimals in (3, -1):
        with pytest.raises(DecimalsOutOfRange):
            Precision("EUR", decimals)


@pytest.mark.parametrize(
    ("precision", "minor", "rounded"),
    [
        (EURO, Fraction(1, 2), 1),
        (EURO, Fraction(-1, 2), -1),
        (EURO, Fraction(49, 100), 0),
        (Precision("EUR", 1), 15, 20),
        (CROWNS_WITHOUT_CENTS, Fraction(-50), -100),
        (CROWNS_WITHOUT_CENTS, Fraction(4999, 100), 0),
    ],
)
def test_fractions_round_half_up_away_from_zero_to_the_step(precision: Precision, minor: Fraction | int, rounded: int) -> None:
    """R-MON-02."""
    assert precision.round(minor) == rounded


@pytest.mark.parametrize(("text", "basis_points"), [("20", 2000), ("7.5", 750), ("7.25", 725), ("0", 0), ("0.05", 5), ("100", 10_000)])
def test_percents_are_basis_points(text: str, basis_points: int) -> None:
    assert parse_percent(text) == basis_points
    assert format_percent(basis_points) == text


def test_a_percent_is_written_without_trailing_zeros() -> None:
    assert parse_percent("7.50") == 750
    assert format_percent(parse_percent("7.50")) == "7.5"


@pytest.mark.parametrize("text", ["7.525", "-1", "7,5", "", "7.", "10000", "07", "7%", 7, None])
def test_what_is_no_percent_is_refused(text: object) -> None:
    with pytest.raises(MalformedPercent) as refused:
        parse_percent(text)  # type: ignore[arg-type]
    assert refused.value.code == "validation_failed"
