"""Lists: known query parameters only, a bounded page, and a cursor into the next (api.md, section 2)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from fastapi import Request

from shared.errors import ErrorItem, Invalid, SeveralInvalid

DEFAULT_LIMIT: Final = 25
LARGEST_LIMIT: Final = 100
_CURSOR: Final = "cur_"

T = TypeVar("T")


def query_of(request: Request, *known: str) -> dict[str, str]:
    """The query's parameters by name. Raises SeveralInvalid for those that are not `known`, stand there twice, or hold a NUL,
    which no text in PostgreSQL may."""
    found: dict[str, str] = {}
    failures: list[ErrorItem] = []
    for name, value in request.query_params.multi_items():
        if name not in known:
            failures.append(ErrorItem(f"/{name}", "validation_failed", "there is no such parameter"))
        elif name in found:
            failures.append(ErrorItem(f"/{name}", "validation_failed", "may be given once"))
        elif "\0" in value:
            failures.append(ErrorItem(f"/{name}", "validation_failed", "holds the character NUL"))
        found[name] = value
    if failures:
        raise SeveralInvalid(f"{failures[0].pointer}: {failures[0].message}", failures)
    return found


def limit_of(query: dict[str, str]) -> int:
    """How many rows a page has: 1 to 100, 25 when it is not said. Raises Invalid."""
    text = query.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= LARGEST_LIMIT):
        raise Invalid(f"must be a number from 1 to {LARGEST_LIMIT}", pointer="/limit")
    return int(text)


def choices_of(query: dict[str, str], name: str, allowed: Sequence[str]) -> list[str] | None:
    """The values of `state=a,b`, which mean or; None without the parameter. Raises Invalid for one that is not `allowed`."""
    if name not in query:
        return None
    values = query[name].split(",")
    unknown = [value for value in values if value not in allowed]
    if unknown:
        raise Invalid(f"{unknown[0]!r} is none of {', '.join(allowed)}", pointer=f"/{name}")
    return values


def cursor_of(key: str) -> str:
    """`cur_…`: where the next page begins, opaque to the caller."""
    return _CURSOR + base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def after_of(query: dict[str, str]) -> str | None:
    """The key in `after=cur_…`; None for the first page. Raises Invalid."""
    cursor = query.get("after")
    if cursor is None:
        return None
    try:
        if not cursor.startswith(_CURSOR):
            raise ValueError(cursor)
        body = cursor.removeprefix(_CURSOR)
        key = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True).decode()
        if "\0" in key:
            raise ValueError(cursor)
        return key
    except (ValueError, binascii.Error):
        raise Invalid("is no cursor of this list", pointer="/after") from None


def page_of(rows: Sequence[T], limit: int, *, view: Callable[[T], Any], key: Callable[[T], str]) -> dict[str, Any]:
    """The answer of a list, from up to `limit` + 1 rows; `key` is what the next page is asked behind."""
    shown = rows[:limit]
    more = len(rows) > limit
    return {"data": [view(row) for row in shown], "page": {"next": cursor_of(key(shown[-1])) if more else None, "has_more": more}}
