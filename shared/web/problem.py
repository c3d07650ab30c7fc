"""Every failure as problem+json (RFC 9457) with a code of api.md, section 3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shared.db.failures import passing
from shared.errors import CartwrightError, ErrorItem, Unavailable, field_failures
from shared.observe.logging import logger

_BY_STATUS: Final = {
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "file_too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    503: "service_unavailable",
}
MOST_ERRORS: Final = 100
"""Entries of `errors` in an answer: whoever sends more wrong fields than that is not helped by reading them all."""
RATE_LIMIT: Final = "cartwright.rate_limit"
"""Where in the scope the RateLimit-* headers stand, of a request whose path is limited."""
log = logger("web")


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    instance: str = "",
    request_id: str = "",
    errors: Sequence[ErrorItem] = (),
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer itself. Nothing of a traceback, never HTML (R-API-03)."""
    body: dict[str, Any] = {
        "type": f"urn:cartwright:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "instance": instance,
        "request_id": request_id,
    }
    if errors:
        body["errors"] = [
            {"pointer": item.pointer, "code": item.code, "message": item.message} | ({"meta": dict(item.meta)} if item.meta else {})
            for item in errors[:MOST_ERRORS]
        ]
    body |= extra or {}
    return Response(orjson.dumps(body), status, dict(headers or {}), "application/problem+json")


def problem_of(error: Exception, *, instance: str, request_id: str) -> Response:
    """The answer for any exception: ours by its class, a passing database failure as 503, the rest as 500."""
    if isinstance(error, CartwrightError):
        headers = {"Retry-After": str(error.extra()["retry_after"])} if "retry_after" in error.extra() else {}
        if isinstance(error, Unavailable):
            headers.setdefault("Retry-After", "1")
        return problem(
            error.status,
            error.code,
            str(error),
            instance=instance,
            request_id=request_id,
            errors=error.items(),
            extra=error.extra(),
            headers=headers,
        )
    if isinstance(error, RequestValidationError):
        return _validation(error, instance, request_id)
    if isinstance(error, HTTPException):
        code = _BY_STATUS.get(error.status_code, "malformed_request")
        return problem(error.status_code, code, str(error.detail), instance=instance, request_id=request_id, headers=error.headers)
    if isinstance(error, DBAPIError) and passing(error):
        log.warning("database_away", error=repr(error.orig), request_id=request_id)
        detail = "the database does not answer; the same call may be repeated"
        return problem(503, "service_unavailable", detail, instance=instance, request_id=request_id, headers={"Retry-After": "1"})
    refused = getattr(error, "code", None)
    if isinstance(error, ValueError) and isinstance(refused, str):
        # A value refused by shared.values, such as too many decimals: it knows no pointer, only what is wrong.
        return problem(422, refused, str(error), instance=instance, request_id=request_id)
    log.error("request_failed", request_id=request_id, instance=instance, exc_info=error)
    return problem(
        500, "internal_error", "something went wrong; it is in the log under this request id", instance=instance, request_id=request_id
    )


def _validation(error: RequestValidationError, instance: str, request_id: str) -> Response:
    found = error.errors()
    if found[0]["type"] == "json_invalid":
        return problem(400, "malformed_request", "the body is no JSON", instance=instance, request_id=request_id)
    items = field_failures({**item, "loc": _inside(item["loc"])} for item in found[:MOST_ERRORS])
    detail = f"{items[0].pointer or 'the request'}: {items[0].message}"
    return problem(422, items[0].code, detail, instance=instance, request_id=request_id, errors=items)


def _inside(location: tuple[Any, ...]) -> tuple[Any, ...]:
    return location[1:] if location and location[0] in ("body", "query", "path", "header") else location


def install(app: FastAPI) -> None:
    """All failures of an app's routes answered by `problem_of`."""

    async def answer(request: Request, error: Exception) -> Response:
        response = problem_of(error, instance=request.url.path, request_id=request.scope.get("cartwright.request_id", ""))
        response.headers.update(request.scope.get(RATE_LIMIT, {}))
        return response

    for kind in (CartwrightError, RequestValidationError, HTTPException, DBAPIError, ValueError, Exception):
        app.add_exception_handler(kind, answer)
