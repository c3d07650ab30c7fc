"""Lists by keyset (api.md, section 2): `limit`, `after`, the filters a list offers, and a page of what was found."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import orjson
from fastapi import Request

from shared.errors import ErrorItem, SeveralInvalid

LIMIT: Final = 25
LARGEST_LIMIT: Final = 100
_CURSOR: Final = "cur_"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing:
    """What was asked for. `after` is the key of the last row of the page before."""

    filters: Mapping[str, str]
    limit: int
    after: tuple[Any, ...] | None

    @property
    def rows(self) -> int:
        """How many rows to read: one more than the page has, to know whether there is another."""
        return self.limit + 1

    def page(self, rows: Sequence[T], view: Callable[[T], Any], key: Callable[[T], Sequence[str]]) -> dict[str, Any]:
        """The answer's body: `rows` is what was read, `key` gives a row's place in the list."""
        return self.page_of([view(row) for row in rows[: self.limit]], rows, key)

    def page_of(self, views: Sequence[Any], rows: Sequence[T], key: Callable[[T], Sequence[str]]) -> dict[str, Any]:
        """As `page`, of views that were made together."""
        more = len(rows) > self.limit
        return {"data": views, "page": {"next": _cursor(key(rows[self.limit - 1])) if more else None, "has_more": more}}


def listing(request: Request, filters: Collection[str] = (), *, key: Sequence[Callable[[str], Any]]) -> Listing:
    """The request's query. `key` reads the parts of the list's key out of a cursor's texts, with ValueError for what it is not.

    Raises SeveralInvalid with every parameter that is unknown, given twice or malformed.
    """
    found, failures = _collect(request, {*filters, "limit", "after"})
    limit = _limit(found, failures)
    after = None
    if "after" in found:
        after = _key(found["after"], key)
        if after is None:
            failures.append(_failure("after", "is no cursor of this list"))
    if failures:
        raise SeveralInvalid.of(failures)
    return Listing({name: value for name, value in found.items() if name in filters}, limit, after)


def query_of(request: Request, *known: str) -> dict[str, str]:
    """The parameters of a query without pages. Raises SeveralInvalid for those that are unknown, given twice or malformed."""
    found, failures = _collect(request, set(known))
    if failures:
        raise SeveralInvalid.of(failures)
    return found


def limit_of(query: Mapping[str, str]) -> int:
    """The page's size out of a query. Raises SeveralInvalid."""
    failures: list[ErrorItem] = []
    limit = _limit(query, failures)
    if failures:
        raise SeveralInvalid.of(failures)
    return limit


def choices_of(query: Mapping[str, str], name: str, allowed: Collection[str]) -> list[str] | None:
    """The values of `state=a,b`, which mean or; None without the parameter. Raises SeveralInvalid for one that is not `allowed`."""
    if name not in query:
        return None
    values = query[name].split(",")
    unknown = [value for value in values if value not in allowed]
    if unknown:
        raise SeveralInvalid.of([_failure(name, f"{unknown[0]!r} is none of {', '.join(sorted(allowed))}")])
    return values


def values_of(query: Mapping[str, str], offered: Mapping[str, Collection[str] | None]) -> dict[str, list[str]]:
    """The values of each filter in the query. `offered` gives those a filter may have; None: any. Raises SeveralInvalid."""
    found: dict[str, list[str]] = {}
    for name, allowed in offered.items():
        values = choices_of(query, name, allowed) if allowed is not None else query[name].split(",") if name in query else None
        if values is not None:
            found[name] = values
    return found


def _collect(request: Request, known: Collection[str]) -> tuple[dict[str, str], list[ErrorItem]]:
    found: dict[str, str] = {}
    failures: list[ErrorItem] = []
    for name, value in request.query_params.multi_items():
        if name not in known:
            failures.append(_failure(name, "is no parameter here"))
        elif name in found:
            failures.append(_failure(name, "is given twice"))
        elif "\0" in value:
            failures.append(_failure(name, "holds the character NUL"))
        else:
            found[name] = value
    return found, failures


def _limit(query: Mapping[str, str], failures: list[ErrorItem]) -> int:
    text = query.get("limit", str(LIMIT))
    limit = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0
    if not 1 <= limit <= LARGEST_LIMIT:
        failures.append(_failure("limit", f"is a number from 1 to {LARGEST_LIMIT}"))
    return limit


def _failure(name: str, message: str) -> ErrorItem:
    return ErrorItem("/" + name.replace("~", "~0").replace("/", "~1"), "validation_failed", message)


def _cursor(key: Sequence[str]) -> str:
    return _CURSOR + base64.urlsafe_b64encode(orjson.dumps(list(key))).decode().rstrip("=")


def _key(cursor: str, readers: Sequence[Callable[[str], Any]]) -> tuple[Any, ...] | None:
    text = cursor.removeprefix(_CURSOR)
    try:
        key = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        if not (cursor.startswith(_CURSOR) and isinstance(key, list) and all(isinstance(part, str) and "\0" not in part for part in key)):
            return None
        return tuple(reader(part) for reader, part in zip(readers, key, strict=True))
    except ValueError:
        return None
