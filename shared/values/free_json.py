"""Values that a shop keeps with its records and nobody here reads: attributes, metadata."""

from __future__ import annotations

from typing import Annotated, Any, Final

import orjson
from pydantic import AfterValidator, Field, JsonValue

LARGEST_BYTES: Final = 16 * 1024
DEEPEST: Final = 32
"""Levels of objects and arrays. What writes JSON gives up at 254, and these values stand deep inside of lists and envelopes."""


def _kept(values: dict[str, Any]) -> dict[str, Any]:
    if _deeper_than(values, DEEPEST):
        raise ValueError(f"is nested more than {DEEPEST} levels deep")
    try:
        size = len(orjson.dumps(values))
    except TypeError:
        raise ValueError("holds a number of more than 64 bits") from None
    if size > LARGEST_BYTES:
        raise ValueError(f"has more than {LARGEST_BYTES} bytes")
    return values


def _deeper_than(values: Any, levels: int) -> bool:
    level: list[Any] = [values]
    for _ in range(levels):
        level = [
            inner for value in level for inner in (value.values() if isinstance(value, dict) else value) if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


FreeJson = Annotated[dict[Annotated[str, Field(max_length=64)], JsonValue], Field(max_length=100), AfterValidator(_kept)]
"""An object of at most 100 members, 16 KiB and 32 levels, with any JSON values that can be stored and given back as they came."""
