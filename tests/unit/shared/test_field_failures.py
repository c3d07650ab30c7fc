"""What is wrong with a request: every failure at once, each with a pointer and a code."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.errors import ErrorItem, SeveralInvalid, field_failures


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    count: int
    by_key: dict[str, dict[str, int]] = {}
    short: dict[str, int] = Field(default={}, max_length=1)


def failures(**body: object) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        Body.model_validate(body)
    return [(item.pointer, item.code) for item in field_failures(caught.value.errors())]


def test_every_wrong_field_is_named_by_a_json_pointer() -> None:
    assert failures(count="x", by_key={"a/b~c": {"d": "e"}}, colour=1) == [
        ("/count", "validation_failed"),
        ("/by_key/a~1b~0c/d", "validation_failed"),
        ("/colour", "validation_failed"),
    ]


def test_a_wrong_key_is_named_by_itself() -> None:
    class Keyed(BaseModel):
        by_key: dict[int, int]

    with pytest.raises(ValidationError) as caught:
        Keyed.model_validate({"by_key": {"a": 1}})

    assert [item.pointer for item in field_failures(caught.value.errors())] == ["/by_key/a"]


def test_the_code_of_several_failures_is_that_of_the_first_also_when_there_is_one() -> None:
    """api.md, section 3"""
    error = SeveralInvalid.of([ErrorItem("/price", "money_precision", "has too many decimals")])

    assert error.code == "money_precision"
    assert str(error) == "/price: has too many decimals"
