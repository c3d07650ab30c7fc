"""How the gateway reaches a service: its app in the same process, or its URL. The rest of the gateway cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import unquote

import aiohttp
import orjson
from yarl import URL

from shared.errors import CartwrightError, Unavailable
from shared.web.caller import CALLER_HEADER, HOUSE, NOBODY, SIGNATURE_HEADER, Caller, encode_caller, sign, target_of
from shared.web.intake import App, Receive, Scope, Send, replay

TIMEOUT_SECONDS: Final = 30
CREDENTIALS: Final = (b"authorization", b"x-publishable-key", b"x-order-token")
_HOUSE_HEADERS: Final = (CALLER_HEADER.encode(), SIGNATURE_HEADER.encode())
_HOP_HEADERS: Final = frozenset({b"connection", b"keep-alive", b"transfer-encoding", b"host", b"content-length", b"accept-encoding"})
_NOT_PASSED_BACK: Final = _HOP_HEADERS | {b"x-request-id", b"date", b"server"}


@dataclass(frozen=True)
class Reply:
    """A service's answer to a call of the gateway's own."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    raw: bytes

    @property
    def ok(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300

    @property
    def body(self) -> Any:
        """The JSON of it."""
        return orjson.loads(self.raw) if self.raw else None

    @property
    def code(self) -> str:
        """The problem's code."""
        return str((self.body or {}).get("code", ""))


class Refusal(CartwrightError):
    """A service refused a step; its problem goes to the client as it is."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str((reply.body or {}).get("detail", "")))
        self.reply = reply
        self.status = reply.status
        self.code = reply.code


class Neighbours:
    """The five services, wherever they are."""

    def __init__(self, apps: Mapping[str, App], urls: Mapping[str, str], secret: str) -> None:
        self._apps = apps
        self._urls = urls
        self._secret = secret
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Ends open connections."""
        if self._session is not None:
            await self._session.close()

    async def forward(self, scope: Scope, receive: Receive, send: Send, service: str, caller: Caller | None) -> None:
        """Hands a request on and its answer back. `caller` None: the credentials go along, orders resolves them."""
        app = self._apps.get(service)
        if app is not None:
            inner = dict(scope)
            inner["headers"] = [header for header in scope["headers"] if header[0] not in _HOUSE_HEADERS]
            if caller is not None:
                inner["cartwright.caller"] = caller
            await app(inner, receive, send)
            return
        target = target_of(scope)
        reply = await self._remote(
            service,
            scope["method"],
            target,
            headers=[header for header in scope["headers"] if header[0] not in _HOP_HEADERS],
            body=scope["cartwright.body"],
            request_id=scope["cartwright.request_id"],
            client=scope["cartwright.client"],
            caller=caller,
        )
        await send({"type": "http.response.start", "status": reply.status, "headers": list(reply.headers)})
        await send({"type": "http.response.body", "body": reply.raw})

    async def call(
        self,
        service: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        scope: Scope,
        caller: Caller = HOUSE,
        credentials: bool = False,
        conditional: bool = False,
    ) -> Reply:
        """A call of the gateway's own, for `caller`. `credentials`: for whoever the request's own belong to, as orders finds out.

        `conditional`: the request's If-Match goes along.

        Raises Unavailable when the service cannot be reached.
        """
        raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        headers = [(b"content-type", b"application/json"), (b"x-request-id", scope["cartwright.request_id"].encode())]
        passed: tuple[bytes, ...] = (b"if-match",) if conditional else ()
        if credentials:
            caller = NOBODY
            passed = (*CREDENTIALS, b"idempotency-key", b"if-match")
        headers += [header for header in scope["headers"] if header[0] in passed]
        app = self._apps.get(service)
        if app is not None:
            return _as_asked(await _in_process(app, method, path, headers, raw, scope, caller), scope)
        reply = await self._remote(
            service,
            method,
            path,
            headers=headers,
            body=raw,
            request_id=scope["cartwright.request_id"],
            client=scope["cartwright.client"],
            caller=caller,
        )
        return _as_asked(reply, scope)

    async def ask(self, service: str, method: str, path: str, body: Any = None, *, scope: Scope, caller: Caller = HOUSE) -> Any:
        """As `call`, but gives the JSON of a good answer. Raises Refusal with a bad one."""
        reply = await self.call(service, method, path, body, scope=scope, caller=caller)
        if not reply.ok:
            raise Refusal(reply)
        return reply.body

    async def _remote(
        self,
        service: str,
        method: str,
        target: str,
        *,
        headers: list[tuple[bytes, bytes]],
        body: bytes,
        request_id: str,
        client: str,
        caller: Caller | None,
    ) -> Reply:
        if service not in self._urls:
            raise Unavailable(f"{service} is not here: set CARTWRIGHT_{service.upper()}_URL")
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS, connect=3)
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=30)
            self._session = aiohttp.ClientSession(timeout=timeout, connector=connector, auto_decompress=False)
        sent = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers if name not in _HOUSE_HEADERS}
        sent["x-request-id"] = request_id
        # Whom the gateway believes to be the client: services that trust the gateway's address count and key by it.
        sent["x-forwarded-for"] = client
        if caller is not None:
            encoded = encode_caller(caller)
            sent[CALLER_HEADER] = encoded
            sent[SIGNATURE_HEADER] = sign(self._secret, method=method, target=target, body=body, caller=encoded, request_id=request_id)
        try:
            # To the byte as it is signed: neither are dots resolved here nor is anything escaped anew.
            url = URL(self._urls[service] + target, encoded=True)
            request = self._session.request(method, url, data=body, headers=sent, allow_redirects=False)
            async with request as answer:
                raw = await answer.read()
                kept = tuple((name.lower(), value) for name, value in answer.raw_headers if name.lower() not in _NOT_PASSED_BACK)
                return Reply(answer.status, kept, raw)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"{service} does not answer: {type(error).__name__}") from error


def _as_asked(reply: Reply, scope: Scope) -> Reply:
    """A problem names the path that the client asked for, not the step of ours in which it arose."""
    if reply.ok or not reply.raw or "path" not in scope:
        return reply
    body = reply.body
    if not isinstance(body, dict) or "instance" not in body or body["instance"] == scope["path"]:
        return reply
    headers = tuple(header for header in reply.headers if header[0] != b"content-length")
    return replace(reply, raw=orjson.dumps(body | {"instance": scope["path"]}), headers=headers)


async def _in_process(
    app: App, method: str, target: str, headers: list[tuple[bytes, bytes]], body: bytes, outer: Scope, caller: Caller
) -> Reply:
    path, _, query = target.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": outer["asgi"],
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
        "client": outer.get("client"),
        "server": outer.get("server"),
        "cartwright.request_id": outer["cartwright.request_id"],
        "cartwright.client": outer["cartwright.client"],
        "cartwright.body": body,
        "cartwright.caller": caller,
    }
    status = 500
    answered: list[tuple[bytes, bytes]] = []
    parts: list[bytes] = []

    async def disconnected() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            answered.extend(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    await app(scope, replay(body, disconnected), send)
    return Reply(status, tuple(answered), b"".join(parts))
