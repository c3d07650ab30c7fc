"""Days and instants as customers read them, in the store's time zone, Gregorian or, in Persian, Jalali (R-LNG-03)."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import jdatetime
from babel.dates import format_date as babel_date

from shared.language.digits import to_persian_digits

# Nobody takes one of these for another day: months in words where two orders of digits are in use, else the country's order.
_PATTERNS: Final = {"en": "d MMM yyyy", "fa": "yyyy/MM/dd", "vi": "dd/MM/yyyy", "ru": "dd.MM.yyyy"}


def format_date(day: date, language: str, *, jalali: bool = False, native_digits: bool = False) -> str:
    """A day: en `1 May 2031`, vi `01/05/2031`, ru `01.05.2031`, fa `2031/05/01`, or `1410/02/11` with `jalali`.

    `jalali` and `native_digits` count in Persian only. For an instant use `day_of` first: its day depends on the time zone.
    """
    known = language if language in _PATTERNS else "en"
    if known == "fa" and jalali:
        converted = jdatetime.date.fromgregorian(date=day)
        shown = f"{converted.year:04}/{converted.month:02}/{converted.day:02}"
    else:
        shown = babel_date(day, _PATTERNS[known], locale=known)
    return to_persian_digits(shown) if known == "fa" and native_digits else shown


def format_datetime(instant: datetime, language: str, *, time_zone: str, jalali: bool = False, native_digits: bool = False) -> str:
    """An instant as day and 24-hour time in `time_zone` (IANA): `1 May 2031 14:20`. Raises ValueError for a naive one."""
    local = _local(instant, time_zone)
    clock = f"{local:%H:%M}"
    if language == "fa" and native_digits:
        clock = to_persian_digits(clock)
    return f"{format_date(local.date(), language, jalali=jalali, native_digits=native_digits)} {clock}"


def day_of(moment: date | datetime | str, time_zone: str) -> date:
    """The day in `time_zone` of an instant; a day stays itself. Text is RFC 3339, as the API writes it: an instant or a day."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment) if "T" in moment else date.fromisoformat(moment)
    return _local(moment, time_zone).date() if isinstance(moment, datetime) else moment


def _local(instant: datetime, time_zone: str) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"an instant without a time zone has no day: {instant.isoformat()}")
    return instant.astimezone(ZoneInfo(time_zone))
