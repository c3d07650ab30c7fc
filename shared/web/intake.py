"""Before any route: request id, client address, a bounded body, its media type. Plain ASGI, the same for all apps."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, Final

import orjson
from starlette.responses import Response

from shared.values.ids import new_id
from shared.web.client import Network, client_of
from shared.web.problem import problem

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Refusal = tuple[int, str, str]
"""Status, code, and a sentence."""

BODY_LIMIT: Final = 2 * 1024 * 1024
"""Bytes of a request's body; bulk puts of 1,000 products fit."""
BODIES_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of all bodies that one process waits for at a time."""
BODY_SECONDS: Final = 20
"""How long a body may take to come."""
HEAD_LIMIT: Final = 32 * 1024
ADDRESS_LIMIT: Final = 8 * 1024
"""Bytes of the headers' names and values, and of path and query."""
MEMBERS_LIMIT: Final = 1000
"""Members of the object that a body is. Each that is unknown is an entry in `errors`, made before anybody is asked who calls."""
_REQUEST_ID: Final = re.compile(rb"[\x21-\x7e]{1,128}")
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_JSON: Final = re.compile(rb"application/([a-z.-]+\+)?json\b", re.IGNORECASE)
_ONCE: Final = frozenset(
    b"authorization content-encoding content-type idempotency-key if-match stripe-signature "
    b"x-cartwright-caller x-cartwright-signature x-order-token x-publishable-key x-request-id".split()
)
"""Headers that decide something: of two, one hop might read the first and the next the second."""


class Intake:
    """Wraps an app. What it finds out stands in the scope under `cartwright.…`; a hop inside the process keeps it.

    `body_limit` gives the most bytes that a request's body may have.
    """

    def __init__(self, app: App, proxies: Sequence[Network] = (), *, body_limit: Callable[[Scope], int] | None = None) -> None:
        self.app = app
        self.proxies = proxies
        self._body_limit = body_limit
        self._bytes_held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "cartwright.request_id" in scope:
            await self.app(scope, receive, send)
            return
        # A copy: the server adds what comes behind a chunked body, and the head is the head.
        scope["headers"] = list(scope["headers"])
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given.decode() if _REQUEST_ID.fullmatch(given) else new_id("req")
        scope["cartwright.request_id"] = request_id
        forwarded = (value for name, value in scope["headers"] if name == b"x-forwarded-for")
        scope["cartwright.client"] = client_of(str((scope.get("client") or ("",))[0]), forwarded, self.proxies)

        async def tagged(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        taken = await self._take(scope, receive, headers)
        if taken is None:
            return
        if isinstance(taken, bytes):
            scope["cartwright.body"] = taken
            await self.app(scope, replay(taken, receive), tagged)
            return
        await _refused(taken, scope)(scope, receive, tagged)

    async def _take(self, scope: Scope, receive: Receive, headers: dict[bytes, bytes]) -> bytes | Refusal | None:
        """The body; or why the request is refused; None when the client went away before all of it was here."""
        if (refusal := _bad_head(scope)) is not None:
            return refusal
        limit = BODY_LIMIT if self._body_limit is None else self._body_limit(scope)
        length = headers.get(b"content-length", b"")
        if length.isdigit() and int(length) > limit:
            return _too_large(limit)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await self._read(receive, limit)
        except TimeoutError:
            return 400, "malformed_request", f"the body was not here within {BODY_SECONDS} s"
        if not isinstance(body, bytes):
            return body
        return _bad_body(scope["path"], body, headers) or body

    async def _read(self, receive: Receive, limit: int) -> bytes | Refusal | None:
        parts: list[bytes] = []
        size = 0
        try:
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return None
                part = message.get("body", b"")
                size += len(part)
                self._bytes_held += len(part)
                if size > limit:
                    return _too_large(limit)
                if self._bytes_held > BODIES_LIMIT:
                    return 503, "service_unavailable", "too much is being sent at once; the same call may be repeated"
                parts.append(part)
                if not message.get("more_body", False):
                    return b"".join(parts)
        finally:
            self._bytes_held -= size


def _bad_head(scope: Scope) -> Refusal | None:
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    if sum(len(name) + len(value) for name, value in headers) > HEAD_LIMIT:
        return 400, "malformed_request", f"headers have at most {HEAD_LIMIT} bytes"
    if len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"]) > ADDRESS_LIMIT:
        return 400, "malformed_request", f"path and query have at most {ADDRESS_LIMIT} bytes"
    names = [name for name, _ in headers if name in _ONCE]
    if len(names) > len(set(names)):
        twice = next(name for name in names if names.count(name) > 1)
        return 400, "malformed_request", f"the header {twice.decode()} is there twice"
    return None


def _bad_body(path: str, body: bytes, headers: dict[bytes, bytes]) -> Refusal | None:
    if not body:
        return None
    media_type = headers.get(b"content-type", b"")
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        return 415, "unsupported_media_type", "send bodies without a Content-Encoding"
    if not _JSON.match(media_type):
        return None if path.startswith("/_") else (415, "unsupported_media_type", "send application/json")
    flaw = _flaw(body)
    return None if flaw is None else (400, "malformed_request", flaw)


def _flaw(body: bytes) -> str | None:
    # The framework's parser lets NaN, half a surrogate and endless nesting through; what follows would then be a 500.
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return f"the body is no JSON: {error.msg}"
    if isinstance(values, dict) and len(values) > MEMBERS_LIMIT:
        return f"an object has at most {MEMBERS_LIMIT} members here"
    return "no text may hold the character NUL" if _NUL.search(body) else None


def _too_large(limit: int) -> Refusal:
    return 413, "file_too_large", f"a body has at most {limit} bytes here"


def _refused(refusal: Refusal, scope: Scope) -> Response:
    status, code, detail = refusal
    headers = {"Retry-After": "1"} if status == 503 else {}
    return problem(status, code, detail, instance=scope["path"][:ADDRESS_LIMIT], request_id=scope["cartwright.request_id"], headers=headers)


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read already, then whatever comes after it."""
    given = False

    async def again() -> MutableMapping[str, Any]:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
