"""Clients that only hold a place: each wait has its end, and whoever comes with a request gets in."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from services.host import connections
from services.host.connections import UNUSED_LIMIT, GuardedProtocol
from shared.web import intake
from shared.web.door import json_response
from shared.web.intake import Intake, Receive, Scope, Send
from tests.support.eventually import eventually
from tests.support.wire import Wire, request

MOST = 10
LARGE = b"x" * 5_000_000
"""More than two sockets hold between them."""


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server with the host's protocol and the gateway's intake, quick to lose patience: a turn is a second, ten connections are many."""
    monkeypatch.setattr(connections, "TURN_SECONDS", 1)
    monkeypatch.setattr(connections, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(connections, "most_connections", lambda: MOST)
    monkeypatch.setattr(intake, "BODY_SECONDS", 0.5)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await json_response(LARGE if scope["path"] == "/large" else {"bytes": len(scope["cartwright.body"])})(scope, receive, send)

    inner = Intake(app)

    async def without_lifespan(scope: Any, receive: Any, send: Any) -> None:
        await inner(scope, receive, send)

    config = uvicorn.Config(without_lifespan, port=0, http=GuardedProtocol, ws="none", lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    eventually(lambda: server.started, what="the server")
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(20)
    assert not GuardedProtocol.waiting


def asks(port: int) -> bool:
    with Wire(port) as wire:
        wire.send(request("POST", "/", b"{}"))
        found = wire.answer()
    return found is not None and found.status == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nX-A: b",
        request("GET", "/") + b"GET / HT",
    ],
)
def test_a_head_that_does_not_come_ends_the_connection(port: int, sent: bytes) -> None:
    with Wire(port) as wire:
        wire.send(sent)
        answered = wire.answer()
        assert (answered is not None) == sent.startswith(request("GET", "/"))
        assert answered is None or wire.closed()
    assert asks(port)


def test_a_client_that_drips_gains_no_time(port: int) -> None:
    """Each byte is a sign of life, and none is a request."""
    with Wire(port) as wire:
        wire.send(b"GET / HTTP/1.1\r\nX-A: ")

        def drips() -> bool:
            try:
                wire.send(b"a")
            except ConnectionError:
                return True
            return False

        eventually(drips, seconds=60, what="the end of a connection that drips")
    assert asks(port)


def test_a_body_that_does_not_come_is_answered_and_ends_the_connection(port: int) -> None:
    with Wire(port) as wire:
        wire.send(request("POST", "/", b"{", content_length=100))
        refused = wire.answer()
        assert refused is not None
        assert (refused.status, refused.code) == (400, "malformed_request")
        assert wire.closed()


def test_an_answer_that_nobody_reads_is_thrown_away(port: int) -> None:
    """Also when more requests wait behind it: their answers would be kept, and the connection for ever."""
    with Wire(port, receive_buffer=4096) as wire:
        wire.send(request("GET", "/large") * 3)
        eventually(lambda: not GuardedProtocol.waiting and asks(port), seconds=60, what="room")
        eventually(lambda: _broken(wire), seconds=60, what="the end of a connection that is not read")


def test_an_answer_larger_than_what_sockets_hold_is_sent_to_its_end(port: int) -> None:
    with Wire(port, receive_buffer=65536) as wire:
        wire.send(request("GET", "/large"))
        found = wire.answer()

    assert found is not None
    assert found.body == LARGE


@pytest.mark.parametrize(
    "endless",
    [
        b"GET / HTTP/1.1\r\nX-A: " + b"a" * UNUSED_LIMIT * 4,
        b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * (UNUSED_LIMIT // 2),
        request("POST", "/", transfer_encoding="chunked") + b"1;" + b"a" * UNUSED_LIMIT * 4,
        request("POST", "/", transfer_encoding="chunked") + b"0\r\nX-A: " + b"a" * UNUSED_LIMIT * 4,
    ],
    ids=["header", "headers", "chunk extension", "trailer"],
)
def test_what_is_neither_head_nor_body_is_not_kept(port: int, endless: bytes) -> None:
    with Wire(port) as wire:
        try:
            wire.send(endless)
            refused = wire.answer()
        except ConnectionError:
            # It was closed while we still sent.
            refused = None
        assert refused is None or refused.status == 400
    assert asks(port)


def test_who_has_waited_longest_makes_room_for_whoever_comes(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "TURN_SECONDS", 600)
    idle = [Wire(port) for _ in range(MOST)]
    eventually(lambda: len(GuardedProtocol.waiting) == MOST, what="a full house")

    assert [asks(port) for _ in range(5)] == [True] * 5

    assert idle[0].closed()
    idle[-1].send(request("GET", "/"))
    last = idle[-1].answer()
    assert last is not None
    assert last.status == 200
    for wire in idle:
        wire.reset()


def _broken(wire: Wire) -> bool:
    try:
        wire.send(request("GET", "/"))
    except ConnectionError:
        return True
    return False
