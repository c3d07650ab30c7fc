"""Values that a shop keeps with its records and nobody here reads: attributes, metadata."""

from __future__ import annotations

from typing import Annotated, Any, Final

import orjson
from pydantic import AfterValidator, Field, JsonValue

LARGEST_BYTES: Final = 16 * 1024


def _kept(values: dict[str, Any]) -> dict[str, Any]:
    try:
        size = len(orjson.dumps(values))
    except TypeError:
        raise ValueError("holds a number of more than 64 bits or is nested too deeply") from None
    if size > LARGEST_BYTES:
        raise ValueError(f"has more than {LARGEST_BYTES} bytes")
    return values


FreeJson = Annotated[dict[Annotated[str, Field(max_length=64)], JsonValue], Field(max_length=100), AfterValidator(_kept)]
"""An object of at most 100 members and 16 KiB, with any JSON values that can be stored and given back as they came."""
