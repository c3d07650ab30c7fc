"""A connection to a shop, to the byte: for what no client library would send."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from types import TracebackType
from typing import Any

PATIENCE_SECONDS = 60
"""Only an answer that never comes takes so long."""


@dataclass(frozen=True)
class Answer:
    """One answer off the wire. Header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The problem's code."""
        return str(json.loads(self.body)["code"])


class Wire:
    """`with Wire(port) as wire:` sends bytes and reads answers. Raises OSError for a connection that is reset."""

    def __init__(self, port: int, *, receive_buffer: int | None = None) -> None:
        self._socket = socket.socket()
        if receive_buffer is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(PATIENCE_SECONDS)
        self._socket.connect(("127.0.0.1", port))
        self._read = b""

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        """All of it."""
        self._socket.sendall(data)

    def end(self) -> None:
        """Nothing more will be sent; what comes is still read."""
        self._socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Breaks off without a word, unless that is done already."""
        if self._socket.fileno() == -1:
            return
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self._socket.close()

    def answer(self) -> Answer | None:
        """The next answer, whole; None when the other end has closed before one began."""
        head = self._until(b"\r\n\r\n")
        if head is None:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        while len(self._read) < length and self._more():
            pass
        body, self._read = self._read[:length], self._read[length:]
        return Answer(int(first.split()[1]), headers, body)

    def closed(self) -> bool:
        """Whether the other end closes the connection without another word; waits for it."""
        try:
            return not self._read and not self._more()
        except ConnectionError:
            return True

    def _until(self, end: bytes) -> bytes | None:
        while end not in self._read:
            if not self._more():
                assert not self._read, self._read
                return None
        head, _, self._read = self._read.partition(end)
        return head

    def _more(self) -> bool:
        data = self._socket.recv(65536)
        self._read += data
        return bool(data)


def request(method: str, target: str, body: bytes = b"", **headers: Any) -> bytes:
    """A request as it goes over the wire; `x_order_token` is X-Order-Token. A body is JSON of its length unless told otherwise."""
    fields = {"host": "shop.example"} | ({"content-type": "application/json", "content-length": len(body)} if body else {})
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body
