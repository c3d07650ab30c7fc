"""Between gateway and services in processes of their own: what is signed is what arrives, and nothing else passes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
import uvicorn

from services.delivery.service import SERVICE
from services.gateway.app import make_gateway
from services.gateway.neighbours import Neighbours
from services.host.connections import GuardedProtocol
from shared.service import Running
from shared.settings import Environment
from shared.values.clock import FixedClock
from shared.web.app import make_app
from shared.web.caller import HOUSE, Caller
from shared.web.door import json_response
from shared.web.intake import Receive, Scope, Send
from tests.support.databases import Databases
from tests.support.driver import OWNER, Answer, call_asgi
from tests.support.eventually import eventually

KEY = {"authorization": "Bearer sk_of_the_owner"}


@pytest.fixture
def elsewhere(databases: Databases, clock: FixedClock) -> Iterator[str]:
    """The URL of a delivery service in a server of its own, without the gateway."""
    db = databases.open("sqlite", SERVICE, clock)
    app = make_app(Running(service=SERVICE, db=db, environment=Environment(test_mode=True), secret="secret"))
    server = uvicorn.Server(uvicorn.Config(app, port=0, http=GuardedProtocol, ws="none", log_config=None, access_log=False))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    eventually(lambda: server.started, what="the server")
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)


def asks(elsewhere: str, target: str, *, secret: str = "secret", caller: Caller = OWNER) -> Answer:
    """Asks a gateway to which orders has said who calls."""

    async def orders(scope: Scope, receive: Receive, send: Send) -> None:
        await json_response({"caller": caller.model_dump(mode="json")})(scope, receive, send)

    async def run() -> Answer:
        neighbours = Neighbours({"orders": orders}, {"delivery": elsewhere}, secret)
        try:
            return await call_asgi(make_gateway(neighbours, test_mode=False), "GET", target, headers=KEY, body=b"", scope=raw(target))
        finally:
            await neighbours.close()

    return asyncio.run(run())


def raw(target: str) -> dict[str, Any]:
    """What a server makes of a path with escapes: the path without them, and as it came."""
    path, _, query = target.partition("?")
    return {"path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "asgi": {"version": "3.0"}}


@pytest.mark.parametrize(
    "target",
    [
        "/admin/v1/stock/mug%2Dblue",
        "/admin/v1/stock/mug%2dblue",
        "/admin/v1/stock/mug~blue%7e",
        "/admin/v1/stock/a%20b",
        "/admin/v1/stock/%D9%85%D8%A7%DA%AF",
        "/admin/v1/stock/mug%3Flimit=1",
        "/admin/v1/stock/mug%23part",
        "/admin/v1/stock?sku=a+b%2Bc",
        "/admin/v1/deliveries?state=%72eady",
        "/admin/v1/deliveries?q=%D9%85&limit=1",
    ],
)
def test_escapes_arrive_as_they_were_signed(elsewhere: str, target: str) -> None:
    """Never 401: the service has read exactly what the gateway signed; and never another path than was asked for."""
    answer = asks(elsewhere, target)

    assert answer.status in (200, 404, 422), answer.raw
    assert b"signature" not in answer.raw


def test_dots_are_a_name_like_any_other_on_the_way(elsewhere: str) -> None:
    for target in ("/admin/v1/stock/../../../internal/v1/quiet", "/admin/v1/stock/%2e%2e/%2e%2e/%2e%2e/internal/v1/quiet"):
        answer = asks(elsewhere, target, caller=HOUSE)

        assert (answer.status, answer.code) == (404, "not_found")


def test_a_gateway_with_another_secret_is_nobody(elsewhere: str) -> None:
    answer = asks(elsewhere, "/admin/v1/stock", secret="another")

    assert (answer.status, answer.code) == (401, "unauthenticated")
