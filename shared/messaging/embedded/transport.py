"""The embedded bus as kombu sees it: Celery's own workers run on it unchanged."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from queue import Empty
from typing import Any, Final

import orjson
from kombu.transport import TRANSPORT_ALIASES, virtual

from shared.messaging.embedded.store import BusFile

SCHEME: Final = "cartwrightfile"


def register() -> None:
    """Makes `cartwrightfile:///path` a broker URL."""
    TRANSPORT_ALIASES[SCHEME] = "shared.messaging.embedded.transport:FileTransport"


class LeaseQoS(virtual.QoS):
    """Acknowledgement deletes the row, at once and from any thread."""

    def ack(self, delivery_tag: str) -> None:
        self.channel.file.delete(int(delivery_tag))
        super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if requeue:
            self.channel.file.give_back(int(delivery_tag))
        else:
            self.channel.file.bury(int(delivery_tag), "rejected by the worker")
        self._quick_ack(delivery_tag)

    def restore_unacked(self) -> list[Any]:
        self._flush()
        while self._delivered:
            delivery_tag, _ = self._delivered.popitem()
            self.channel.file.give_back(int(delivery_tag))
        return []


class FileChannel(virtual.Channel):
    """Queues by name in one file; exchanges are kombu's own tables, used by nothing but retries to a queue."""

    QoS = LeaseQoS

    def __init__(self, connection: Any, **options: Any) -> None:
        super().__init__(connection, **options)
        self.file = BusFile.at(Path("/" + connection.client.virtual_host.lstrip("/")))

    def _put(self, queue: str, message: dict[str, Any], **_: Any) -> None:
        self.file.put([(queue, orjson.dumps(message).decode(), _not_before(message))])

    def drain_events(self, timeout: float | None = None, callback: Any = None) -> None:
        deliver = callback or self.connection._deliver
        if not self._active_queues or not self.qos.can_consume():
            raise Empty()
        # A copy: a worker that stops takes its queues out of the list from another thread.
        leased = self.file.take(tuple(self._active_queues))
        if leased is None:
            raise Empty()
        message = orjson.loads(leased.payload)
        # The row's id is the delivery tag: what is acknowledged is what was leased.
        message["properties"]["delivery_tag"] = str(leased.id)
        deliver(message, leased.queue)

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        leased = self.file.take([queue])
        if leased is None:
            raise Empty()
        message: dict[str, Any] = orjson.loads(leased.payload)
        message["properties"]["delivery_tag"] = str(leased.id)
        return message

    def _size(self, queue: str) -> int:
        return self.file.size(queue)

    def _purge(self, queue: str) -> int:
        return self.file.purge(queue)

    def _new_queue(self, queue: str, **_: Any) -> None:
        """A queue is nothing but its name."""


class FileTransport(virtual.Transport):
    """Waits on the file's own bell instead of polling: an idle shop costs nothing."""

    Channel = FileChannel
    driver_type = SCHEME
    driver_name = "sqlite3"

    @property
    def default_connection_params(self) -> dict[str, Any]:
        """None: kombu would warn at each start that a file has no host name."""
        return {}

    def driver_version(self) -> str:
        return "1"

    def drain_events(self, connection: Any, timeout: float | None = None, **_: Any) -> None:
        deadline = time.monotonic() + (2.0 if timeout is None else timeout)
        while True:
            for channel in list(self.channels):
                try:
                    channel.drain_events()
                    return
                except Empty:
                    continue
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._wait(left)

    def _wait(self, seconds: float) -> None:
        channel = next((channel for channel in self.channels if channel._active_queues), None)
        if channel is None:
            time.sleep(min(seconds, 0.2))
            return
        file = channel.file
        with file.arrived:
            delayed = file.seconds_until_ready(tuple(channel._active_queues))
            if delayed is not None and channel.qos.can_consume():
                if delayed == 0.0:
                    return
                seconds = min(seconds, delayed)
            file.arrived.wait(seconds)


def _not_before(message: dict[str, Any]) -> float:
    eta = (message.get("headers") or {}).get("eta")
    return datetime.fromisoformat(eta).timestamp() if eta else 0.0
