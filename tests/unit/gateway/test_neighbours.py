"""What the gateway says to a service that runs elsewhere."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from services.gateway.neighbours import Neighbours


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """The URL of a service, and the headers of each request that it got."""
    got: list[dict[str, str]] = []

    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            got.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_words: Any) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_service_elsewhere_is_told_whom_the_gateway_believes_to_be_the_client(elsewhere: tuple[str, list[dict[str, str]]]) -> None:
    """R-ORD-21: failed logins are counted by client; what a client writes about itself into the header does not get there."""
    url, got = elsewhere
    scope = {
        "path": "/store/v1/orders",
        "method": "GET",
        "query_string": b"",
        "headers": [(b"x-forwarded-for", b"1.2.3.4"), (b"x-other", b"1")],
        "cartwright.request_id": "req_1",
        "cartwright.client": "10.0.0.9",
        "cartwright.body": b"",
    }

    async def asks() -> None:
        neighbours = Neighbours({}, {"orders": url}, "secret")

        async def receive() -> dict[str, Any]:
            return {}

        async def send(_message: Any) -> None:
            return

        await neighbours.forward(scope, receive, send, "orders", None)
        await neighbours.call("orders", "GET", "/internal/v1/quiet", scope=scope)
        await neighbours.close()

    asyncio.run(asks())

    assert [headers["x-forwarded-for"] for headers in got] == ["10.0.0.9", "10.0.0.9"]
    assert got[0]["x-other"] == "1"
