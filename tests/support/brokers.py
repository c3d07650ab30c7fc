"""Brokers for tests: the embedded file, and a RabbitMQ virtual host of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import pytest

SERVER: Final = os.environ.get("CARTWRIGHT_TEST_BROKER_URL", "amqp://guest:guest@127.0.0.1:5672//")
IN_CI: Final = os.environ.get("CI") == "true"


def rabbitmq_reachable() -> bool:
    """In CI it must be; elsewhere its tests are left out when it is not, or when virtual hosts cannot be made."""
    parts = urlsplit(SERVER)
    try:
        socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 5672), 3).close()
    except OSError:
        if IN_CI:
            raise
        return False
    if shutil.which("rabbitmqctl") is None or os.geteuid() != 0:
        if IN_CI:
            raise RuntimeError("rabbitmqctl is needed, as root, to make virtual hosts for the tests")
        return False
    return True


RABBITMQ_MARK: Final = () if rabbitmq_reachable() else pytest.mark.skip(reason="no RabbitMQ here whose virtual hosts we may make")
BROKERS: Final = ["embedded", pytest.param("rabbitmq", marks=RABBITMQ_MARK)]


@contextmanager
def virtual_host(*, password: str | None = None) -> Iterator[str]:
    """The URL of an empty virtual host, dropped at the end. `password`: of a user of its own, who is dropped as well."""
    name = f"cartwright-test-{secrets.token_hex(4)}"
    server = urlsplit(SERVER)
    user = server.username or "guest"
    _rabbitmqctl("add_vhost", name)
    if password is not None:
        user = name
        _rabbitmqctl("add_user", user, password)
        server = server._replace(netloc=f"{user}:{password}@{server.hostname}:{server.port or 5672}")
    _rabbitmqctl("set_permissions", "-p", name, user, ".*", ".*", ".*")
    try:
        yield urlunsplit(server._replace(path=f"/{name}"))
    finally:
        _rabbitmqctl("delete_vhost", name)
        if password is not None:
            _rabbitmqctl("delete_user", user)


def _rabbitmqctl(*words: str) -> None:
    subprocess.run(["rabbitmqctl", "-q", *words], check=True, capture_output=True, timeout=240)


class Cable:
    """A TCP cable to a server that can be cut and mended, be slow, and hold back all that is in it: the broker away and back."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self.delay_seconds = 0.0
        """How long each piece of what is sent stays in it."""
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self._cut = False
        self._flows = threading.Event()
        self._flows.set()
        self._lock = threading.Lock()
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Ends all connections and refuses new ones."""
        self._cut = True
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            _end(pair)

    def mend(self) -> None:
        """Lets connections through again."""
        self._cut = False

    def freeze(self) -> None:
        """Holds back all that is sent, without a word to anybody: a network that is there and carries nothing."""
        self._flows.clear()

    def thaw(self) -> None:
        """Lets go of what was held back."""
        self._flows.set()

    def close(self) -> None:
        """Unplugs it for good."""
        self.cut()
        self._flows.set()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = None if self._cut else socket.create_connection(self._target, 5)
            except OSError:
                far = None
            if far is None:
                near.close()
                continue
            far.settimeout(None)
            pair = (near, far)
            with self._lock:
                self._pairs.add(pair)
            for source, sink in (pair, (far, near)):
                threading.Thread(target=self._pump, args=(source, sink, pair), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, pair: tuple[socket.socket, socket.socket]) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if self.delay_seconds:
                    threading.Event().wait(self.delay_seconds)
                self._flows.wait()
                sink.sendall(data)
        with self._lock:
            self._pairs.discard(pair)
        _end(pair)


def _end(pair: tuple[socket.socket, socket.socket]) -> None:
    for end in pair:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
