"""The shop's choice of how figures and days are shown, as one value: settings `documents.*` and `store.time_zone`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shared.language import dates, numbers


@dataclass(frozen=True)
class Formats:
    """How figures and days are shown on documents and in mails; never in the API (R-LNG-03).

    `time_zone` is the store's (IANA). `native_digits` and `jalali_dates` count in Persian only.
    """

    time_zone: str
    native_digits: bool = False
    jalali_dates: bool = False
    currency_display: numbers.CurrencyDisplay = "code"

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Formats":
        """The choice made in the API's nested settings object."""
        documents = settings["documents"]
        return cls(
            time_zone=settings["store"]["time_zone"],
            native_digits=documents["native_digits"],
            jalali_dates=documents["jalali_dates"],
            currency_display=documents["currency_display"],
        )

    def money(self, amount: str, currency: str, language: str) -> str:
        """A decimal string of the API with its currency."""
        minor, decimals = numbers.minor_units(amount)
        return numbers.format_money(minor, currency, decimals, language, native_digits=self.native_digits, display=self.currency_display)

    def amount(self, amount: str, language: str) -> str:
        """A decimal string of the API alone, for a column whose head names the currency."""
        minor, decimals = numbers.minor_units(amount)
        return numbers.format_amount(minor, decimals, language, native_digits=self.native_digits)

    def number(self, number: int | str, language: str) -> str:
        """A count."""
        return numbers.format_number(number, language, native_digits=self.native_digits)

    def percent(self, percent: str, language: str) -> str:
        """A decimal string of percent."""
        return numbers.format_percent(percent, language, native_digits=self.native_digits)

    def day(self, moment: date | datetime | str, language: str) -> str:
        """The day of a moment in the store's time zone."""
        day = dates.day_of(moment, self.time_zone)
        return dates.format_date(day, language, jalali=self.jalali_dates, native_digits=self.native_digits)

    def moment(self, instant: datetime | str, language: str) -> str:
        """Day and time of an instant in the store's time zone."""
        moment = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
        return dates.format_datetime(moment, language, time_zone=self.time_zone, jalali=self.jalali_dates, native_digits=self.native_digits)
