"""The filters of templates: figures and days in the reader's language, and what keeps them in order in a Persian line.

In Persian, numbers, codes and Latin names are isolated (R-LNG-02): `<bdi dir="ltr">` in HTML, where a bare `<bdi>` comes out
wrong in WeasyPrint, and Unicode's isolates in plain text. Other languages get the bare text. Where a table cell is isolated
itself, `<td dir="ltr">`, its figure says `isolate=false`: an element less in each cell is a tenth of a document's time.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final, Literal

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from shared.language.addresses import address_lines
from shared.language.catalogue import direction
from shared.language.formats import Formats

_ISOLATES: Final = {"ltr": "\u2066", "rtl": "\u2067", "auto": "\u2068"}
_END_OF_ISOLATE: Final = "\u2069"
_ARABIC_LETTER: Final = re.compile("[\u0621-\u064a\u066e-\u06d3\u06fa-\u06ff]")


@pass_context
def money(context: Context, amount: str, currency: str | None = None, isolate: bool = True) -> str:
    """`{{ invoice.total|money }}`: a decimal string with its currency; by default that of the document."""
    return _figure(context, _formats(context).money(amount, currency or context["currency"], context["language"]), isolate=isolate)


@pass_context
def amount(context: Context, value: str, isolate: bool = True) -> str:
    """`{{ line.net|amount }}`: a decimal string alone, under a head that names the currency."""
    return _figure(context, _formats(context).amount(value, context["language"]), isolate=isolate)


@pass_context
def number(context: Context, value: int | str, isolate: bool = True) -> str:
    """`{{ line.quantity|number }}`: a count."""
    return _figure(context, _formats(context).number(value, context["language"]), isolate=isolate)


@pass_context
def percent(context: Context, value: str, isolate: bool = True) -> str:
    """`{{ line.tax_rate|percent }}`: a decimal string of percent."""
    return _figure(context, _formats(context).percent(value, context["language"]), isolate=isolate)


@pass_context
def day(context: Context, value: date | datetime | str) -> str:
    """`{{ invoice.issued_at|date }}`: the day in the store's time zone."""
    return _figure(context, _formats(context).day(value, context["language"]))


@pass_context
def moment(context: Context, value: datetime | str) -> str:
    """`{{ payment.deadline_at|datetime }}`: day and time in the store's time zone."""
    return _figure(context, _formats(context).moment(value, context["language"]))


@pass_context
def code(context: Context, value: str) -> str:
    """`{{ order.number|code }}`: a number, sku, IBAN, phone or address of the net, always left to right, digits as they are."""
    return _isolated(context, value, "ltr")


@pass_context
def name(context: Context, value: str) -> str:
    """`{{ line.description|name }}`: a text of unknown direction, such as a Latin product name in a Persian line."""
    return _isolated(context, value, "auto")


@pass_context
def lines(context: Context, address: Mapping[str, str | None]) -> list[str]:
    """`{% for line in order.shipping_address|lines %}`: an Address as lines."""
    return [_isolated(context, line, "auto") for line in address_lines(address, context["language"])]


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "money": money,
    "amount": amount,
    "number": number,
    "percent": percent,
    "date": day,
    "datetime": moment,
    "code": code,
    "name": name,
    "lines": lines,
}


def _formats(context: Context) -> Formats:
    formats: Formats = context["formats"]
    return formats


def _figure(context: Context, shown: str, *, isolate: bool = True) -> str:
    if not isolate:
        return shown
    # ریال stands to the left of its digits; a Latin code, as in any language, to their right.
    return _isolated(context, shown, "rtl" if _ARABIC_LETTER.search(shown) else "ltr")


def _isolated(context: Context, shown: str, way: Literal["ltr", "rtl", "auto"]) -> str:
    if direction(context["language"]) == "ltr":
        return shown
    if not context.eval_ctx.autoescape:
        return f"{_ISOLATES[way]}{shown}{_END_OF_ISOLATE}"
    if way == "auto":
        return Markup("{}{}{}").format(_ISOLATES[way], shown, _END_OF_ISOLATE)
    return Markup('<bdi dir="{}">{}</bdi>').format(way, escape(shown))
