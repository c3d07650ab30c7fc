"""Before any route: request id, client address, a bounded body, its media type. Plain ASGI, the same for all apps."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, Final

import orjson

from shared.values.ids import new_id
from shared.web.problem import problem

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_LIMIT: Final = 2 * 1024 * 1024
"""Bytes of a request's body; bulk puts of 1,000 products fit."""
_REQUEST_ID: Final = re.compile(rb"[\x21-\x7e]{1,128}")
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_JSON: Final = re.compile(rb"application/([a-z.-]+\+)?json\b", re.IGNORECASE)


class Intake:
    """Wraps an app. What it finds out stands in the scope under `cartwright.…`; a hop inside the process keeps it."""

    def __init__(self, app: App, proxies: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network] = ()) -> None:
        self.app = app
        self.proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "cartwright.request_id" in scope:
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given.decode() if _REQUEST_ID.fullmatch(given) else new_id("req")
        scope["cartwright.request_id"] = request_id
        scope["cartwright.client"] = self._client(scope, headers)

        async def tagged(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        body = await _read(receive, headers)
        if body is None:
            response = problem(
                413, "file_too_large", f"a body has at most {BODY_LIMIT} bytes", instance=scope["path"], request_id=request_id
            )
            await response(scope, receive, tagged)
            return
        if body and not _JSON.match(headers.get(b"content-type", b"")) and not scope["path"].startswith("/_"):
            response = problem(415, "unsupported_media_type", "send application/json", instance=scope["path"], request_id=request_id)
            await response(scope, receive, tagged)
            return
        if _JSON.match(headers.get(b"content-type", b"")) and (flaw := _flaw(body)) is not None:
            response = problem(400, "malformed_request", flaw, instance=scope["path"], request_id=request_id)
            await response(scope, receive, tagged)
            return
        scope["cartwright.body"] = body
        await self.app(scope, replay(body, receive), tagged)

    def _client(self, scope: Scope, headers: dict[bytes, bytes]) -> str:
        peer = str((scope.get("client") or ("",))[0])
        forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1")
        chain = [part.strip() for part in forwarded.split(",") if part.strip()]
        # From the right: the first address that no trusted proxy vouches for.
        while chain and self._trusted(peer):
            peer = chain.pop()
        return peer

    def _trusted(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.proxies)


def _flaw(body: bytes) -> str | None:
    # The framework's parser lets NaN, half a surrogate and endless nesting through; what follows would then be a 500.
    if not body:
        return None
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return f"the body is no JSON: {error.msg}"
    return "no text may hold the character NUL" if _NUL.search(body) else None


async def _read(receive: Receive, headers: dict[bytes, bytes]) -> bytes | None:
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length) > BODY_LIMIT:
        return None
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)
        part = message.get("body", b"")
        size += len(part)
        if size > BODY_LIMIT:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


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
