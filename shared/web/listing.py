"""Lists by keyset (api.md, section 2): `limit`, `after`, `sort`, the filters a list offers, and a page of what was found."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

import orjson
from fastapi import Request

from shared.errors import ErrorItem, SeveralInvalid
from shared.language.digits import to_latin_digits
from shared.values.clock import parse_rfc3339

LIMIT: Final = 25
LARGEST_LIMIT: Final = 100
COUNT: Final = "count"
_CURSOR: Final = "cur_"
_OWN: Final = ("limit", "after", "include")

T = TypeVar("T")
Key = Sequence[Callable[[str], Any]]
"""What reads the parts of a list's key out of a cursor's texts, with ValueError for what it is not."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What was asked for. `after` is the key of the last row of the page before; `sort` is empty where a list offers none."""

    filters: Mapping[str, str]
    limit: int
    after: tuple[Any, ...] | None
    counted: bool = False
    """`include=count`: the answer says how many rows all pages have."""
    sort: str = ""
    rising: bool = False

    @property
    def rows(self) -> int:
        """How many rows to read: one more than the page has, to know whether there is another."""
        return self.limit + 1

    def page(
        self,
        rows: Sequence[T],
        view: Callable[[T], Any],
        key: Callable[[T], Sequence[str]],
        *,
        count: Callable[[], int] | None = None,
    ) -> dict[str, Any]:
        """The answer's body: `rows` is what was read, `key` gives a row's place in the list, `count` counts when that was asked for.

        Raises SeveralInvalid when a list that does not count was asked to.
        """
        return self.page_of([view(row) for row in rows[: self.limit]], rows, key, count=count)

    def page_of(
        self, views: Sequence[Any], rows: Sequence[T], key: Callable[[T], Sequence[str]], *, count: Callable[[], int] | None = None
    ) -> dict[str, Any]:
        """As `page`, of views that were made together."""
        more = len(rows) > self.limit
        body = {"data": views, "page": {"next": _cursor(key(rows[self.limit - 1])) if more else None, "has_more": more}}
        if not self.counted:
            return body
        if count is None:
            raise SeveralInvalid.of([_failure("include", "this list is not counted")])
        return body | {COUNT: count()}


def listing(request: Request, filters: Collection[str] = (), *, key: Key | Mapping[str, Key]) -> Listing:
    """The request's query. `key` is the list's key; of a list that offers sorts, the key by each sort, the first without being asked.

    `sort=total` and `sort=+total` rise, `sort=-total` falls. Digits of filters are 0-9 however they were typed (R-LNG-05).
    Raises SeveralInvalid with every parameter that is unknown, given twice or malformed.
    """
    sorts = key if isinstance(key, Mapping) else {"": key}
    offered = {*filters, *_OWN, *(("sort",) if isinstance(key, Mapping) else ())}
    found, failures = _collect(request, offered)
    limit = _limit(found, failures)
    if found.get("include", COUNT) != COUNT:
        failures.append(_failure("include", f"is {COUNT} or absent"))
    sort, rising = _sort(found, sorts, failures)
    after = None
    if "after" in found:
        after = _key(found["after"], sorts[sort])
        if after is None:
            failures.append(_failure("after", "is no cursor of this list"))
    if failures:
        raise SeveralInvalid.of(failures)
    asked = {name: to_latin_digits(value) for name, value in found.items() if name in filters}
    return Listing(asked, limit, after, counted="include" in found, sort=sort, rising=rising)


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


Reader = Callable[[str], Any]
"""What reads a filter's text, with ValueError for a value that no row can have."""


def read_filters(query: Mapping[str, str], offered: Mapping[str, Reader]) -> dict[str, Any]:
    """The value of each filter in the query, read by what is `offered`. Raises SeveralInvalid with every one that is malformed."""
    found: dict[str, Any] = {}
    failures: list[ErrorItem] = []
    for name, text in query.items():
        try:
            found[name] = offered[name](text)
        except ValueError as error:
            failures.append(_failure(name, str(error)))
    if failures:
        raise SeveralInvalid.of(failures)
    return found


def texts(text: str) -> list[str]:
    """`a,b` means or."""
    return text.split(",")


def some_of(*allowed: str) -> Reader:
    """As `texts`, each one of `allowed`."""

    def read(text: str) -> list[str]:
        unknown = [value for value in texts(text) if value not in allowed]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is none of {', '.join(allowed)}")
        return texts(text)

    return read


def flag(text: str) -> bool:
    """`true` or `false`."""
    if text not in ("true", "false"):
        raise ValueError("is true or false")
    return text == "true"


def instant(text: str) -> datetime:
    """A time, for `created_at[gte]=` and the like."""
    try:
        return parse_rfc3339(text)
    except ValueError:
        raise ValueError("is no RFC 3339 time with an offset") from None


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


def _sort(query: Mapping[str, str], sorts: Mapping[str, Key], failures: list[ErrorItem]) -> tuple[str, bool]:
    first = next(iter(sorts))
    text = query.get("sort", f"-{first}")
    name = text.lstrip("-+ ")  # a + that was not escaped arrives as a space
    if name in sorts and len(text) - len(name) <= 1:
        return name, not text.startswith("-")
    failures.append(_failure("sort", f"is one of {', '.join(sorts)}, with - falling"))
    return first, False


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
