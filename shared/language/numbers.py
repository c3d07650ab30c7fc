"""Money, counts and percentages as customers read them (R-LNG-03, R-LNG-04).

The separators are a table of ours: Babel's differ between its releases, and a document must not. Only the symbols of
currencies come from Babel.
"""

import re
from typing import Final, Literal, NamedTuple

from babel.core import UnknownLocaleError
from babel.numbers import get_currency_symbol

from shared.language.digits import PERSIAN_DECIMAL, PERSIAN_PERCENT, PERSIAN_THOUSANDS, to_persian_digits

NO_BREAK_SPACE: Final = "\u00a0"
MINUS: Final = "\u2212"
LEFT_TO_RIGHT_MARK: Final = "\u200e"

CurrencyDisplay = Literal["code", "symbol"]


class _Separators(NamedTuple):
    thousands: str
    decimal: str
    percent: str


_SEPARATORS: Final = {
    "en": _Separators(",", ".", "%"),
    "fa": _Separators(",", ".", "%"),
    "vi": _Separators(".", ",", "%"),
    "ru": _Separators(NO_BREAK_SPACE, ",", f"{NO_BREAK_SPACE}%"),
}
_PERSIAN: Final = _Separators(PERSIAN_THOUSANDS, PERSIAN_DECIMAL, PERSIAN_PERCENT)
_DECIMAL_STRING: Final = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")


def minor_units(amount: str) -> tuple[int, int]:
    """The minor units and the decimals of an amount of the API: "-12.50" is (-1250, 2), "300" is (300, 0).

    The API writes exactly the currency's decimals, so they need not be looked up. Raises ValueError for anything else than
    digits with at most one point.
    """
    if not (found := _DECIMAL_STRING.fullmatch(amount)):
        raise ValueError(f"not a decimal string: {amount!r}")
    sign, whole, fraction = found[1], found[2], found[3] or ""
    return int(f"{sign}{whole}{fraction}"), len(fraction)


def decimal_string(minor: int, decimals: int) -> str:
    """The opposite of `minor_units`: (-1250, 2) is "-12.50"."""
    digits = str(abs(minor)).rjust(decimals + 1, "0")
    whole, fraction = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    return f"{'-' if minor < 0 else ''}{whole}{'.' if fraction else ''}{fraction}"


def format_amount(minor: int, decimals: int, language: str, *, native_digits: bool = False) -> str:
    """An amount without its currency, for a column whose head names it: en `1,234.50`, vi `1.234,50`, ru `1 234,50`."""
    return _grouped(decimal_string(minor, decimals), language, native_digits=native_digits)


def format_money(
    minor: int,
    currency: str,
    decimals: int,
    language: str,
    *,
    native_digits: bool = False,
    display: CurrencyDisplay = "code",
) -> str:
    """An amount in minor units with its currency after a no-break space, as code or as the language's symbol (R-LNG-04).

    `decimals` are the currency's own, or fewer where the store has lowered them. `native_digits` counts in Persian only.
    """
    unit = _symbol(currency, language) if display == "symbol" else currency
    return f"{format_amount(minor, decimals, language, native_digits=native_digits)}{NO_BREAK_SPACE}{unit}"


def format_number(number: int | str, language: str, *, native_digits: bool = False) -> str:
    """A count, or a decimal string such as a weight, grouped in thousands; no digit is added or dropped."""
    return _grouped(str(number), language, native_digits=native_digits)


def format_percent(percent: str, language: str, *, native_digits: bool = False) -> str:
    """A decimal string of percent: "7.50" is `7.5%`, in Russian `7,5 %`, in Persian digits `۷٫۵٪`."""
    shown = percent.rstrip("0").rstrip(".") if "." in percent else percent
    separators = _separators(language, native_digits=native_digits)
    return f"{_grouped(shown, language, native_digits=native_digits)}{separators.percent}"


def _grouped(number: str, language: str, *, native_digits: bool) -> str:
    if not (found := _DECIMAL_STRING.fullmatch(number)):
        raise ValueError(f"not a decimal string: {number!r}")
    separators = _separators(language, native_digits=native_digits)
    whole = f"{int(found[2]):,}".replace(",", separators.thousands)
    shown = f"{whole}{separators.decimal}{found[3]}" if found[3] else whole
    if native_digits and language == "fa":
        shown = to_persian_digits(shown)
    if not found[1]:
        return shown
    # In Persian the mark keeps the minus in front of the digits, where a right-to-left line would put it behind them.
    return f"{LEFT_TO_RIGHT_MARK if language == 'fa' else ''}{MINUS}{shown}"


def _separators(language: str, *, native_digits: bool) -> _Separators:
    if native_digits and language == "fa":
        return _PERSIAN
    return _SEPARATORS.get(language, _SEPARATORS["en"])


def _symbol(currency: str, language: str) -> str:
    try:
        return get_currency_symbol(currency, locale=language)
    except UnknownLocaleError:
        return get_currency_symbol(currency, locale="en")
