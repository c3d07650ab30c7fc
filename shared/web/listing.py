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
        shown = rows[: self.limit]
        more = len(rows) > self.limit
        return {"data": [view(row) for row in shown], "page": {"next": _cursor(key(shown[-1])) if more else None, "has_more": more}}


def listing(request: Request, filters: Collection[str] = (), *, key: Sequence[Callable[[str], Any]]) -> Listing:
    """The request's query. `key` reads the parts of the list's key out of a cursor's texts, with ValueError for what it is not.

    Raises SeveralInvalid with every parameter that is unknown, given twice or malformed.
    """
    failures: list[ErrorItem] = []
    found: dict[str, str] = {}
    limit, after = LIMIT, None
    for name, value in request.query_params.multi_items():
        if name in found:
            failures.append(_failure(name, "is given twice"))
        elif "\0" in value:
            failures.append(_failure(name, "holds the character NUL"))
        elif name == "limit":
            limit = int(value) if value.isascii() and value.isdigit() and len(value) <= 3 else 0
            if not 1 <= limit <= LARGEST_LIMIT:
                failures.append(_failure(name, f"is a number from 1 to {LARGEST_LIMIT}"))
        elif name == "after":
            after = _key(value, key)
            if after is None:
                failures.append(_failure(name, "is no cursor of this list"))
        elif name not in filters:
            failures.append(_failure(name, "is no parameter of this list"))
        found[name] = value
    if failures:
        raise SeveralInvalid.of(failures)
    return Listing({name: value for name, value in found.items() if name in filters}, limit, after)


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
