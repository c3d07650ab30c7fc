"""The server's side of each connection: every wait has an end, every head a bound, and whoever only holds a place makes room.

uvicorn waits as long as a client likes: for a head that never ends, for a body, for an answer that nobody reads. A few thousand such
clients would take all file descriptors, and with them the shop.
"""

from __future__ import annotations

import asyncio
import resource
from typing import ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.values.ids import new_id
from shared.web.problem import problem

TURN_SECONDS: Final = 30
"""How long a client may take until its request is here with its body, or until it has read some more of an answer."""
LOOK_SECONDS: Final = 5
UNUSED_LIMIT: Final = 64 * 1024
"""Bytes that may come without being a complete head or a part of a body: an endless header, chunk extension or trailer."""
MOST_CONNECTIONS: Final = 2000


def most_connections() -> int:
    """As many as leave half of the process's file descriptors to databases and files."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, soft // 2)


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, for clients that are slow, broken or up to something."""

    waiting: ClassVar[dict[GuardedProtocol, None]] = {}
    """Those whose turn it is to send or to read, of this process; whoever has waited longest is first."""

    _later: asyncio.TimerHandle | None = None
    _turn_began = 0.0
    _in_request = False
    """A head is complete, its body not yet."""
    _unused = 0
    _unread = 0
    """What was still to be read of an answer, last time we looked."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if len(self.connections) >= most_connections():
            oldest = next(iter(self.waiting), self)
            self.waiting.pop(oldest, None)
            self.transport = transport
            oldest.transport.abort()
            if oldest is self:
                return
        super().connection_made(transport)
        self._begin_turn()
        self._later = self.loop.call_later(LOOK_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self.waiting.pop(self, None)
        if self._later is not None:
            self._later.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._in_request and not self._unused and not self.transport.is_closing():
            # The first bytes of a request: an idle connection is let go by uvicorn itself.
            self._begin_turn()
        self._unused += len(data)
        super().data_received(data)
        if self._unused > UNUSED_LIMIT and not self.transport.is_closing():
            self.send_400_response("")

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_request:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_request, self._unused = True, 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._unused = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_request, self._unused = False, 0
        if not self.cycle.response_complete:
            self.waiting.pop(self, None)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        # Of several requests that wait behind each other, uvicorn lets the others end after the connection has.
        if not self.transport.is_closing():
            self._begin_turn()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is answered like every other refusal, and is the last that is heard on this connection."""
        request_id = new_id("req")
        headers = {"X-Request-Id": request_id, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Connection": "close"}
        answer = problem(400, "malformed_request", "this is no HTTP request", request_id=request_id, headers=headers)
        head = b"".join(b"%s: %s\r\n" % header for header in answer.raw_headers)
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\n" + head + b"\r\n" + bytes(answer.body))
        self.transport.close()

    def _begin_turn(self) -> None:
        self._turn_began = self.loop.time()
        self.waiting.pop(self, None)
        self.waiting[self] = None

    def _look(self) -> None:
        unread = self.transport.get_write_buffer_size()
        if 0 < unread < self._unread:
            self._turn_began = self.loop.time()
        self._unread = unread
        theirs = unread > 0 or self in self.waiting
        if theirs and self.loop.time() - self._turn_began > TURN_SECONDS:
            self.transport.abort()
            return
        self._later = self.loop.call_later(LOOK_SECONDS, self._look)
