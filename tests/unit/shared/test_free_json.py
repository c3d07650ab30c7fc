"""Values that a shop keeps and nobody reads must come back out of wherever they are put."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.values.free_json import DEEPEST, LARGEST_BYTES, FreeJson

KEPT = TypeAdapter(FreeJson)


def nested(levels: int) -> dict[str, Any]:
    """An object with so many levels, the object itself among them."""
    value: Any = 1
    for level in range(levels - 1):
        value = [value] if level % 2 else {"in": value}
    return {"a": value}


def test_values_are_kept_as_they_came() -> None:
    for values in ({}, {"colour": "blue", "sizes": [1, 2.5, None, True]}, nested(DEEPEST)):
        assert KEPT.validate_python(values) == values


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (nested(DEEPEST + 1), "levels deep"),
        (nested(250), "levels deep"),
        ({"a": 2**64}, "64 bits"),
        ({"a": "x" * LARGEST_BYTES}, "bytes"),
        ({f"k{n}": 1 for n in range(101)}, "at most 100"),
        ({"k" * 65: 1}, "at most 64"),
    ],
)
def test_what_could_not_be_given_back_in_every_answer_is_refused(values: Any, words: str) -> None:
    """A guest's cart with 250 levels of metadata was kept, and then no list of orders could be written any more."""
    with pytest.raises(ValidationError, match=words):
        KEPT.validate_python(values)
