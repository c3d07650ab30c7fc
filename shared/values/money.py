"""Money: whole minor units of a currency, the decimals a shop uses of it, and percents in basis points.

No float and no bare Decimal anywhere: JSON carries strings, records carry integers (R-MON-01). The errors carry the
problem code they are answered with.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import ClassVar, Final

from shared.values.exact import round_half_up, share_out

LARGEST_MINOR = 10**15 - 1
"""Largest amount that is read from outside, in minor units: nine thousand of them still fit in a BIGINT."""

_CURRENCIES_BY_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU
        CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
        KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR
        NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
        TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
ISO_DECIMALS: Mapping[str, int] = {code: decimals for decimals, codes in _CURRENCIES_BY_DECIMALS.items() for code in codes.split()}
"""Decimals of every active currency. Source: ISO 4217, list one; metals and test codes have no decimals and are left out."""

AMOUNT_PATTERN: Final = r"^(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?$"
PERCENT_PATTERN: Final = r"^(0|[1-9][0-9]{0,3})(\.[0-9]{1,2})?$"
"""As the API's document shows them."""
_AMOUNT = re.compile(r"(?P<sign>-?)(?P<whole>0|[1-9][0-9]{0,17})(?:\.(?P<decimals>[0-9]{1,18}))?")
_PERCENT = re.compile(r"(?P<whole>0|[1-9][0-9]{0,3})(?:\.(?P<decimals>[0-9]{1,2}))?")


class CurrencyMismatch(ValueError):
    """Two currencies met in one sum; an order has one currency for life (R-MON-24)."""

    code: ClassVar[str] = "currency_mismatch"

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"expected an amount in {expected}, found {found}")
        self.expected, self.found = expected, found


class UnknownCurrency(ValueError):
    """Not the code of an active currency of ISO 4217, in capitals."""

    code: ClassVar[str] = "validation_failed"

    def __init__(self, currency: str) -> None:
        super().__init__(f"{currency!r} is no currency of ISO 4217")
        self.currency = currency


class DecimalsOutOfRange(ValueError):
    """A shop may use fewer decimals of a currency than ISO 4217 gives it, never more."""

    code: ClassVar[str] = "validation_failed"

    def __init__(self, currency: str, decimals: int) -> None:
        super().__init__(f"{currency} has 0 to {ISO_DECIMALS[currency]} decimals, not {decimals}")
        self.currency, self.decimals = currency, decimals


class MoneyPrecision(ValueError):
    """The amount has more decimals than its currency; nothing is rounded silently (R-MON-23)."""

    code: ClassVar[str] = "money_precision"

    def __init__(self, text: str, currency: str, decimals: int) -> None:
        super().__init__(f"{text} has more than the {decimals} decimals of {currency}")
        self.text, self.currency, self.decimals = text, currency, decimals


class MalformedAmount(ValueError):
    """Not a decimal string such as "12.50", or not of a sign and size that is taken here."""

    code: ClassVar[str] = "validation_failed"

    def __init__(self, text: object) -> None:
        super().__init__(f'{text!r} is no amount; write a decimal string such as "12.50"')
        self.text = text


class MalformedPercent(ValueError):
    """Not a decimal string with at most two decimals such as "7.5"."""

    code: ClassVar[str] = "validation_failed"

    def __init__(self, text: object) -> None:
        super().__init__(f'{text!r} is no percent; write a decimal string with at most two decimals such as "7.5"')
        self.text = text


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency, in ISO minor units: `Money(1250, "EUR")` is 12.50 euros, `Money(1250, "JPY")` 1250 yen.

    Raises UnknownCurrency for a code outside ISO 4217, TypeError for minor units that are no int, and CurrencyMismatch when
    amounts of two currencies are added, subtracted or ordered.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are an int, not {type(self.minor).__name__}")
        if self.currency not in ISO_DECIMALS:
            raise UnknownCurrency(self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same_currency(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same_currency(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __mul__(self, factor: int) -> "Money":
        return Money(self.minor * factor, self.currency)

    __rmul__ = __mul__

    def __bool__(self) -> bool:
        return self.minor != 0

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same_currency(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same_currency(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same_currency(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same_currency(other)

    def split(self, weights: Sequence[int | Fraction], *, step: int = 1) -> "list[Money]":
        """The amount shared out over `weights` by largest remainder (R-MON-10); the parts add up, ties go to the earlier.

        `step` is `Precision.step` where the shop uses fewer decimals than ISO 4217. Raises ValueError for a negative weight,
        for weights of nothing, and for an amount that is no multiple of `step`.
        """
        denominator = lcm(*(weight.denominator for weight in weights))
        whole = [weight.numerator * (denominator // weight.denominator) for weight in weights]
        return [Money(part, self.currency) for part in share_out(self.minor, whole, step=step)]

    def _same_currency(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.minor


@dataclass(frozen=True, slots=True)
class Precision:
    """The decimals a shop uses of a currency: those of ISO 4217, or fewer (`store.currency_decimals`); frozen per order.

    Raises UnknownCurrency, DecimalsOutOfRange.
    """

    currency: str
    decimals: int

    def __post_init__(self) -> None:
        if self.currency not in ISO_DECIMALS:
            raise UnknownCurrency(self.currency)
        if not 0 <= self.decimals <= ISO_DECIMALS[self.currency]:
            raise DecimalsOutOfRange(self.currency, self.decimals)

    @classmethod
    def of(cls, currency: str, lowered: Mapping[str, int]) -> "Precision":
        """The precision of `currency` in a shop whose `store.currency_decimals` is `lowered`."""
        if currency not in ISO_DECIMALS:
            raise UnknownCurrency(currency)
        return cls(currency, lowered.get(currency, ISO_DECIMALS[currency]))

    @property
    def step(self) -> int:
        """The smallest amount, in ISO minor units: 1, 10, 100."""
        # mypy takes int ** int for Any: with a negative power it would be a float.
        return int(10 ** (ISO_DECIMALS[self.currency] - self.decimals))

    def parse(self, text: str, *, negative: bool = False) -> int:
        """The minor units of a decimal string: "12.50", "12.5" and "12" are fine, "012", "+1", "1." and " 1" are not.

        A minus sign is taken with `negative` only. Raises MoneyPrecision for more decimals than these, zeros included, and
        MalformedAmount for anything else that is no amount or is larger than LARGEST_MINOR.
        """
        found = _AMOUNT.fullmatch(text) if isinstance(text, str) else None
        if found is None or (found["sign"] and not negative):
            raise MalformedAmount(text)
        decimals = found["decimals"] or ""
        if len(decimals) > self.decimals:
            raise MoneyPrecision(text, self.currency, self.decimals)
        minor = int(found["whole"] + decimals.ljust(ISO_DECIMALS[self.currency], "0"))
        if minor > LARGEST_MINOR:
            raise MalformedAmount(text)
        return -minor if found["sign"] else minor

    def format(self, minor: int) -> str:
        """The decimal string of an amount in minor units, always with exactly these decimals: "12.50".

        Only an amount finer than the step, which a provider may report, is written with the decimals of ISO 4217: it is never rounded.
        """
        decimals = self.decimals if minor % self.step == 0 else ISO_DECIMALS[self.currency]
        digits = str(abs(minor) // 10 ** (ISO_DECIMALS[self.currency] - decimals)).rjust(decimals + 1, "0")
        sign = "-" if minor < 0 else ""
        return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else sign + digits

    def round(self, minor: Fraction | int) -> int:
        """A fraction of minor units, rounded half up (away from zero when negative) to the step. Source: R-MON-02."""
        return round_half_up(minor.numerator, minor.denominator, step=self.step)


def parse_percent(text: str) -> int:
    """Basis points of a percent string: "7.5" is 750. Raises MalformedPercent for a sign, a third decimal, or 10000 and more."""
    found = _PERCENT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise MalformedPercent(text)
    return int(found["whole"]) * 100 + int((found["decimals"] or "0").ljust(2, "0"))


def format_percent(basis_points: int) -> str:
    """The percent string of basis points ≥ 0, without trailing zeros: 750 is "7.5", 2000 is "20"."""
    whole, decimals = divmod(basis_points, 100)
    return f"{whole}.{decimals:02}".rstrip("0").rstrip(".")
