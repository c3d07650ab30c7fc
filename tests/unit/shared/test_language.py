"""Figures, days and addresses as each language writes them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.language.addresses import address_lines
from shared.language.dates import day_of, format_date, format_datetime
from shared.language.digits import to_latin_digits, to_persian_digits
from shared.language.formats import Formats
from shared.language.numbers import decimal_string, format_amount, format_money, format_number, format_percent, minor_units


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "1,234.50\u00a0EUR"), ("vi", "1.234,50\u00a0EUR"), ("ru", "1\u00a0234,50\u00a0EUR"), ("fa", "1,234.50\u00a0EUR")],
)
def test_money_is_grouped_as_the_language_does(language: str, expected: str) -> None:
    """R-LNG-04."""
    assert format_money(123450, "EUR", 2, language) == expected


def test_persian_digits_come_with_persian_separators() -> None:
    """R-LNG-03."""
    assert format_money(123456750, "EUR", 2, "fa", native_digits=True) == "۱\u066c۲۳۴\u066c۵۶۷\u066b۵۰\u00a0EUR"
    assert format_percent("7.50", "fa", native_digits=True) == "۷\u066b۵\u066a"
    assert format_number(1200, "fa", native_digits=True) == "۱\u066c۲۰۰"


@pytest.mark.parametrize("language", ["en", "vi", "ru"])
def test_native_digits_and_jalali_are_persian_only(language: str) -> None:
    """R-LNG-03."""
    day = date(2031, 5, 1)

    assert format_amount(123450, 2, language, native_digits=True) == format_amount(123450, 2, language)
    assert format_date(day, language, native_digits=True, jalali=True) == format_date(day, language)


@pytest.mark.parametrize(
    ("minor", "currency", "decimals", "expected"),
    [(1234567, "VND", 0, "1.234.567\u00a0VND"), (1234567, "BHD", 3, "1.234,567\u00a0BHD"), (5, "EUR", 2, "0,05\u00a0EUR")],
)
def test_decimals_are_the_currencys(minor: int, currency: str, decimals: int, expected: str) -> None:
    """R-LNG-04, R-MON-21."""
    assert format_money(minor, currency, decimals, "vi") == expected


def test_symbol_stands_where_the_code_would() -> None:
    """R-LNG-04."""
    assert format_money(123450, "EUR", 2, "en", display="symbol") == "1,234.50\u00a0€"
    assert format_money(50000, "IRR", 0, "fa", display="symbol", native_digits=True) == "۵۰\u066c۰۰۰\u00a0ریال"
    assert format_money(50000, "VND", 0, "de", display="symbol") == "50,000\u00a0₫"


def test_minus_stays_in_front_of_the_digits() -> None:
    assert format_amount(-123450, 2, "ru") == "\u22121\u00a0234,50"
    assert format_amount(-5, 2, "fa", native_digits=True) == "\u200e\u2212۰\u066b۰۵"


@given(minor=st.integers(-(10**15), 10**15), decimals=st.integers(0, 3))
def test_decimal_strings_go_to_minor_units_and_back(minor: int, decimals: int) -> None:
    """R-MON-01."""
    assert minor_units(decimal_string(minor, decimals)) == (minor, decimals)


@pytest.mark.parametrize("wrong", ["", "1,50", "1.", ".5", "1e3", "۱۲", "NaN", "+1", "1.5\n"])
def test_anything_but_a_decimal_string_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a decimal string"):
        minor_units(wrong)
    with pytest.raises(ValueError, match="not a decimal string"):
        format_number(wrong, "en")


@pytest.mark.parametrize(("language", "expected"), [("en", "7.5%"), ("vi", "7,5%"), ("ru", "7,5\u00a0%"), ("fa", "7.5%")])
def test_percent_drops_empty_decimals(language: str, expected: str) -> None:
    assert format_percent("7.50", language) == expected
    assert format_percent("100", "en") == "100%"


def test_typed_digits_become_latin_and_nothing_else_changes() -> None:
    """R-LNG-05."""
    assert to_latin_digits("+۹۸ (٠٢١) ۴۵۶-SO۰۰۰۱۲۳ سلام") == "+98 (021) 456-SO000123 سلام"
    assert to_latin_digits(to_persian_digits("0123456789")) == "0123456789"


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "1 May 2031"), ("vi", "01/05/2031"), ("ru", "01.05.2031"), ("fa", "2031/05/01"), ("de", "1 May 2031")]
)
def test_day_is_written_as_the_language_does(language: str, expected: str) -> None:
    assert format_date(date(2031, 5, 1), language) == expected


def test_jalali_days_are_year_month_day() -> None:
    """R-LNG-03."""
    assert format_date(date(2031, 3, 21), "fa", jalali=True) == "1410/01/01"
    assert format_date(date(2031, 3, 20), "fa", jalali=True, native_digits=True) == "۱۴۰۹/۱۲/۲۹"


def test_instant_is_shown_in_the_stores_time_zone() -> None:
    late = datetime(2031, 4, 30, 22, 30, tzinfo=UTC)

    assert format_datetime(late, "en", time_zone="Europe/Amsterdam") == "1 May 2031 00:30"
    assert format_datetime(late, "fa", time_zone="Asia/Tehran", jalali=True, native_digits=True) == "۱۴۱۰/۰۲/۱۱ ۰۲:۰۰"


def test_day_of_an_instant_depends_on_the_time_zone_and_a_day_does_not() -> None:
    assert day_of("2031-04-30T22:30:00Z", "Europe/Amsterdam") == date(2031, 5, 1)
    assert day_of("2031-04-30T22:30:00Z", "UTC") == date(2031, 4, 30)
    assert day_of("2031-04-30", "Pacific/Auckland") == date(2031, 4, 30)
    assert day_of(date(2031, 4, 30), "Pacific/Auckland") == date(2031, 4, 30)


def test_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        day_of("2031-04-30T22:30:00", "UTC")


def test_formats_show_amounts_of_the_api() -> None:
    """R-LNG-03: off by default."""
    plain, native = Formats("UTC"), Formats("UTC", native_digits=True, jalali_dates=True, currency_display="symbol")

    assert plain.money("1234.50", "EUR", "fa") == "1,234.50\u00a0EUR"
    assert native.money("1234.50", "EUR", "fa") == "۱\u066c۲۳۴\u066b۵۰\u00a0€"
    assert native.day("2031-03-21T10:00:00Z", "fa") == "۱۴۱۰/۰۱/۰۱"
    assert plain.moment("2031-03-21T10:00:00Z", "ru") == "21.03.2031 10:00"


def test_formats_are_taken_from_the_settings() -> None:
    """R-LNG-03."""
    documents = {"native_digits": True, "jalali_dates": False, "currency_display": "symbol"}

    assert Formats.of({"store": {"time_zone": "Asia/Tehran"}, "documents": documents}) == Formats(
        "Asia/Tehran", native_digits=True, jalali_dates=False, currency_display="symbol"
    )


def test_address_leaves_out_what_is_empty_and_names_the_country() -> None:
    address = {"name": "Ada", "company": None, "line1": "7 Mill Road", "city": "Leiden", "postal_code": "2311 AB", "country": "NL"}

    assert address_lines(address, "ru") == ("Ada", "7 Mill Road", "2311 AB Leiden", "Нидерланды")
    assert address_lines({"city": "Leeds", "postal_code": "LS1", "country": "GB"}, "en") == ("Leeds LS1", "United Kingdom")
    assert address_lines({"city": "X", "country": "QQ"}, "de") == ("X", "QQ")
