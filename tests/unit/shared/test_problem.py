"""Every failure is answered with the code of the catalogue that names it (R-API-03)."""

from __future__ import annotations

import orjson
import pytest

from shared.errors import ErrorItem, SeveralInvalid
from shared.web.problem import problem_of


@pytest.mark.parametrize("more", [(), (ErrorItem("/b", "validation_failed", "is wrong"),)])
def test_the_code_of_several_failures_is_that_of_the_first(more: tuple[ErrorItem, ...]) -> None:
    error = SeveralInvalid("wrong", [ErrorItem("/a", "money_precision", "too many decimals"), *more])

    body = orjson.loads(problem_of(error, instance="/", request_id="req").body)

    assert (body["status"], body["code"], body["errors"][0]["pointer"]) == (422, "money_precision", "/a")
