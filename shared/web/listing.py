"""Lists: filters, keyset pages, and parameters nobody offered refused (api.md, section 2)."""

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
    """What a list was asked for: values per filter (several mean or), page size, and the key after which it begins."""

    filters: Mapping[str, tuple[str, ...]]
    limit: int
    after: tuple[Any, ...] | None

    def page(self, rows: Sequence[T], key: Callable[[T], tuple[Any, ...]]) -> tuple[Sequence[T], dict[str, Any]]:
        """The rows to show and the answer's `page`. `rows` holds one more than `limit` when there is a next page."""
        shown, more = rows[: self.limit], len(rows) > self.limit
        return shown, {"next": _cursor(key(shown[-1])) if more else None, "has_more": more}


def listing(request: Request, offered: Mapping[str, Collection[str] | None], *, keys: Sequence[type] = (str,)) -> Listing:
    """Reads the query of a list. `offered` names its filters and, for those with few values, the values there are.

    `keys` are the types of the list's sort key, which a cursor must have. Raises SeveralInvalid with a pointer per parameter.
    """
    failures: list[ErrorItem] = []
    filters: dict[str, tuple[str, ...]] = {}
    limit, after = LIMIT, None
    for name, text in request.query_params.multi_items():
        if name == "limit":
            limit = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0
            if not 1 <= limit <= LARGEST_LIMIT:
                failures.append(ErrorItem("/limit", "validation_failed", f"is a number from 1 to {LARGEST_LIMIT}"))
        elif name == "after":
            after = _key_of(text, keys)
            if after is None:
                failures.append(ErrorItem("/after", "validation_failed", "is no cursor of this list"))
        elif name in offered:
            values, known = tuple(text.split(",")), offered[name]
            if known is not None and not set(values) <= set(known):
                failures.append(ErrorItem(f"/{name}", "validation_failed", f"is one of {', '.join(sorted(known))}"))
            filters[name] = (*filters.get(name, ()), *values)
        else:
            failures.append(ErrorItem(f"/{name}", "validation_failed", "is no filter of this list"))
    if failures:
        raise SeveralInvalid(f"{failures[0].pointer} {failures[0].message}", failures)
    return Listing(filters, limit, after)


def _cursor(key: tuple[Any, ...]) -> str:
    return _CURSOR + base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def _key_of(text: str, keys: Sequence[type]) -> tuple[Any, ...] | None:
    try:
        body = text.removeprefix(_CURSOR)
        values = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except ValueError:
        return None
    if not text.startswith(_CURSOR) or not isinstance(values, list) or [type(value) for value in values] != list(keys):
        return None
    return tuple(values)
