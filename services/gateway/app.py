"""The gateway: plain ASGI, no framework. It parses a body only where it composes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Final

from starlette.responses import Response

from services.gateway import api_page, compose
from services.gateway.neighbours import CREDENTIALS, Neighbours, Refusal
from services.gateway.openapi import whole_openapi
from services.gateway.routes import body_limit, owner_of
from shared.contracts.api.caller import CallerQuestion
from shared.errors import Unavailable
from shared.settings import SERVICES
from shared.web.caller import HOUSE, NOBODY, Caller
from shared.web.door import json_response
from shared.web.intake import App, Intake, Receive, Scope, Send
from shared.web.problem import problem, problem_of

Simulate = Callable[[str, str], Awaitable[str]]
"""(PaymentIntent, action) -> event id: the payment simulator's hand, in test mode."""
HOOKS: Final = "/hooks/"
CALLER_SECONDS: Final = 5.0
"""How long a resolved caller may be used again (foundations.md): a revoked key works that long at most."""
_CORS: Final = [
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"ETag, Location, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Idempotent-Replayed, X-Request-Id",
    ),
]
_PREFLIGHT: Final = [
    *_CORS,
    (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
    (
        b"access-control-allow-headers",
        b"authorization, content-type, idempotency-key, if-match, x-order-token, x-publishable-key, x-request-id",
    ),
    (b"access-control-max-age", b"86400"),
]
_SECURITY: Final = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
"""What every answer says to a browser, unless it says so itself."""


class Gateway:
    """The front door over the services that `neighbours` reaches. `mounts`: apps under a prefix, such as a simulator."""

    def __init__(
        self, neighbours: Neighbours, *, test_mode: bool, mounts: dict[str, App] | None = None, simulate: Simulate | None = None
    ) -> None:
        self.neighbours = neighbours
        self.test_mode = test_mode
        self.simulate = simulate
        self._mounts = mounts or {}
        self._callers: dict[bytes, tuple[float, Caller]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        for prefix, app in self._mounts.items():
            if path.startswith(prefix + "/"):
                await app({**scope, "root_path": prefix}, receive, send)
                return
        if path.startswith("/store/v1/") and scope["method"] == "OPTIONS":
            await _empty(send, 204, _PREFLIGHT)
            return
        try:
            await self._answer(scope, receive, send, path)
        except Refusal as refusal:
            await _raw(send, refusal.reply.status, refusal.reply.headers, refusal.reply.raw)
        except Exception as error:
            response = problem_of(error, instance=path, request_id=scope["cartwright.request_id"])
            await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        own = self._own(scope["method"], path)
        if own is not None:
            await own(scope, receive, send)
            return
        composed = compose.composed(self, scope["method"], path)
        if composed is not None:
            await composed(scope, receive, send)
            return
        owner = owner_of(path)
        if owner is None:
            await _nowhere(scope, allowed=self._methods_of(path))(scope, receive, send)
            return
        service, order_id = owner
        if path.startswith(HOOKS):
            # Whoever calls back proves it by what they signed; what else they send says nothing.
            caller: Caller | None = NOBODY
        else:
            caller = None if service == "orders" else await self.caller(scope, order_id)
        await self.neighbours.forward(scope, receive, send, service, caller)

    async def caller(self, scope: Scope, order_id: str | None) -> Caller:
        """Who makes this request, by orders' word; remembered for five seconds. Raises Refusal."""
        credentials = sorted((name, value) for name, value in scope["headers"] if name in CREDENTIALS)
        if not credentials:
            return NOBODY
        # Not the credentials themselves: they may be long, and are nobody's to find in a process's memory.
        key = hashlib.sha256(repr((credentials, order_id)).encode()).digest()
        known = self._callers.get(key)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        question = CallerQuestion(order_id=order_id).model_dump()
        reply = await self.neighbours.call("orders", "POST", "/internal/v1/caller", question, scope=scope, credentials=True)
        if not reply.ok:
            raise Refusal(reply)
        caller = Caller.model_validate(reply.body["caller"])
        if len(self._callers) > 10_000:
            self._callers.clear()
        self._callers[key] = (time.monotonic() + CALLER_SECONDS, caller)
        return caller

    def _own(self, method: str, path: str) -> Callable[[Scope, Receive, Send], Awaitable[None]] | None:
        if method != "GET":
            return None
        if path in api_page.FILES:
            return api_page.page(path)
        return {"/healthz": self._healthz, "/readyz": self._readyz, "/openapi.json": self._openapi}.get(path)

    def _methods_of(self, path: str) -> list[str]:
        """Of a path that no service answers alone."""
        return [*(["GET"] if self._own("GET", path) is not None else []), *compose.methods_of(path)]

    async def _healthz(self, scope: Scope, receive: Receive, send: Send) -> None:
        await json_response({"status": "ok"})(scope, receive, send)

    async def _readyz(self, scope: Scope, receive: Receive, send: Send) -> None:
        services: dict[str, str] = {}
        broker = "ok"
        for name in SERVICES:
            try:
                reply = await self.neighbours.call(name, "GET", "/readyz", scope=scope, caller=HOUSE)
                services |= reply.body["services"]
                broker = "down" if reply.body["broker"] == "down" else broker
            except Unavailable:
                services[name] = "down"
        status = 503 if "down" in services.values() else 200
        await json_response({"services": services, "broker": broker}, status)(scope, receive, send)

    async def _openapi(self, scope: Scope, receive: Receive, send: Send) -> None:
        await json_response(whole_openapi())(scope, receive, send)


def make_gateway(
    neighbours: Neighbours,
    *,
    test_mode: bool,
    proxies: Sequence[IPv4Network | IPv6Network] = (),
    mounts: dict[str, App] | None = None,
    simulate: Simulate | None = None,
) -> App:
    """The app that a server serves: intake, then the gateway."""
    gateway = Gateway(neighbours, test_mode=test_mode, mounts=mounts, simulate=simulate)
    intake = Intake(gateway, proxies, body_limit=body_limit)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            # Outside of the intake: a storefront's browser must be able to read its refusals, too.
            cors = _CORS if scope["path"].startswith("/store/v1/") else ()
            await intake(scope, receive, _with_headers(send, [*_SECURITY, *cors]))

    return app


def _with_headers(send: Send, headers: list[tuple[bytes, bytes]]) -> Send:
    async def tagged(message: Any) -> None:
        if message["type"] == "http.response.start":
            present = {name for name, _ in message.get("headers", ())}
            message["headers"] = [*message.get("headers", ()), *(header for header in headers if header[0] not in present)]
        await send(message)

    return tagged


def _nowhere(scope: Scope, *, allowed: Sequence[str]) -> Response:
    path, request_id = scope["path"], scope["cartwright.request_id"]
    if not allowed:
        return problem(404, "not_found", f"there is no {path}", instance=path, request_id=request_id)
    headers = {"Allow": ", ".join(allowed)}
    detail = f"{path} has no {scope['method']}"
    return problem(405, "method_not_allowed", detail, instance=path, request_id=request_id, headers=headers)


async def _empty(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _raw(send: Send, status: int, headers: Sequence[tuple[bytes, bytes]], raw: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": raw})
