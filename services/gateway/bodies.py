"""Bodies and query strings of composed paths, read as strictly as any service's."""

from __future__ import annotations

from typing import TypeVar
from urllib.parse import parse_qsl

import orjson
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.errors import CartwrightError
from shared.web.intake import Scope
from shared.web.problem import MOST_ERRORS

B = TypeVar("B", bound=BaseModel)


class Body(BaseModel):
    """Base of the gateway's own request bodies."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Malformed(CartwrightError):
    """The body is no JSON."""

    status = 400
    code = "malformed_request"


def body_of(scope: Scope, model: type[B]) -> B:
    """The request's body. Raises Malformed, RequestValidationError."""
    try:
        values = orjson.loads(scope["cartwright.body"] or b"{}")
    except orjson.JSONDecodeError:
        raise Malformed("the body is no JSON") from None
    try:
        return model.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_url=False)[:MOST_ERRORS]
        raise RequestValidationError([{**item, "loc": ("body", *item["loc"])} for item in found]) from None


def query_of(scope: Scope, *names: str) -> dict[str, str]:
    """The query's parameters. Raises RequestValidationError for one that is not among `names`."""
    found = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    unknown = [name for name in found if name not in names]
    if unknown:
        raise RequestValidationError(
            [{"type": "extra_forbidden", "loc": ("query", name), "msg": "is no parameter here"} for name in unknown[:MOST_ERRORS]]
        )
    return found
