"""RabbitMQ for the relay: pipelined publishing with confirms, the topology, and the dead letters, by pika."""

from __future__ import annotations

import queue as thread_queue
import threading
import time
from collections.abc import Collection, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

import pika
from kombu.connection import Connection as KombuConnection
from kombu.transport.native_delayed_delivery import declare_native_delayed_delivery_exchanges_and_queues
from pika.adapters.select_connection import SelectConnection
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import AMQPError

from shared.errors import Unavailable
from shared.messaging.bus import DEAD_EXCHANGE, EXCHANGE, UNROUTED, DeadMessage, Message
from shared.observe.logging import logger

CONFIRM_SECONDS: Final = 10
HEARTBEAT_SECONDS: Final = 10
RECONNECT_SECONDS: Final = 0.5
log = logger("rabbit")


def queue_arguments() -> dict[str, Any]:
    """Arguments of every work queue (messaging.md, 5): nothing is dropped, nothing is taken that cannot be kept."""
    return {
        "x-queue-type": "quorum",
        "x-dead-letter-exchange": DEAD_EXCHANGE,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
        "x-delivery-limit": 20,
    }


def dead_queue(queue: str) -> str:
    """Where what could not be read of a queue waits for the relay."""
    return f"{queue}.dead"


def apply_topology(url: str, queues: Collection[str]) -> None:
    """Declares exchanges, queues and bindings; harmless to repeat. Raises Unavailable when the broker does not answer."""
    try:
        connection = pika.BlockingConnection(_parameters(url))
    except (AMQPError, AMQPConnectorException, OSError) as error:  # the second when it takes longer than 15 s to greet
        # pika's errors for a refused connection and a wrong password say nothing or a page: the kind and the address are what helps.
        parts = urlsplit(url)
        where = f"{parts.hostname}:{parts.port or 5672}"
        raise Unavailable(f"the broker does not answer at {where}: {type(error).__name__}") from error
    with connection:
        channel = connection.channel()
        channel.exchange_declare(UNROUTED, "fanout", durable=True)
        channel.queue_declare(UNROUTED, durable=True, arguments={"x-queue-type": "quorum"})
        channel.queue_bind(UNROUTED, UNROUTED)
        channel.exchange_declare(EXCHANGE, "topic", durable=True, arguments={"alternate-exchange": UNROUTED})
        channel.exchange_declare(DEAD_EXCHANGE, "topic", durable=True)
        for queue in queues:
            channel.queue_declare(queue, durable=True, arguments=queue_arguments())
            channel.queue_bind(queue, EXCHANGE, routing_key=queue)
            channel.queue_declare(dead_queue(queue), durable=True, arguments={"x-queue-type": "quorum"})
            # After a delay the key is the delay's bits and then the queue.
            for key in (queue, f"#.{queue}"):
                channel.queue_bind(dead_queue(queue), DEAD_EXCHANGE, routing_key=key)
    with KombuConnection(url) as delays:
        declare_native_delayed_delivery_exchanges_and_queues(delays, "quorum")


def _parameters(url: str) -> pika.URLParameters:
    parameters = pika.URLParameters(url)
    parameters.heartbeat = HEARTBEAT_SECONDS
    parameters.blocked_connection_timeout = 30
    parameters.socket_timeout = 5
    parameters.tcp_options = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}
    return parameters


class _Batch:
    """One publish call: complete when each message was answered, or when the connection broke."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self.messages = messages
        self.confirmed: set[int] = set()
        self.returned: set[int] = set()
        self.open = len(messages)
        self.done = threading.Event()

    def answered(self, position: int, *, taken: bool) -> None:
        if taken:
            self.confirmed.add(position)
        self.open -= 1
        if self.open == 0:
            self.done.set()


class RabbitBus:
    """One connection in a thread of its own, opened again whenever it breaks."""

    def __init__(self, url: str, *, dead_of: Collection[str] = ()) -> None:
        self._url = url
        self._dead_queues = [*(dead_queue(queue) for queue in dead_of), UNROUTED] if dead_of else []
        self._dead: thread_queue.SimpleQueue[DeadMessage] = thread_queue.SimpleQueue()
        self._ready = threading.Event()
        self._closing = False
        self._connection: Any = None
        self._channel: Any = None
        self._dead_channel: Any = None
        self._tag = 0
        self._in_flight: dict[int, tuple[_Batch, int]] = {}
        self._thread = threading.Thread(target=self._run, name="rabbit", daemon=True)
        self._thread.start()

    @property
    def up(self) -> bool:
        return self._ready.is_set()

    def publish(self, messages: Sequence[Message]) -> set[int]:
        if not messages or not self._ready.wait(RECONNECT_SECONDS):
            return set()
        batch = _Batch(messages)
        self._connection.ioloop.add_callback_threadsafe(partial(self._send, batch))
        batch.done.wait(CONFIRM_SECONDS)
        return batch.confirmed - batch.returned

    def take_dead(self) -> list[DeadMessage]:
        taken = []
        while True:
            try:
                taken.append(self._dead.get_nowait())
            except thread_queue.Empty:
                return taken

    def settle_dead(self, dead: DeadMessage) -> None:
        channel, delivery_tag = dead.handle
        # A channel that is gone has given its messages back: they come again and are written down once more.
        if channel is self._dead_channel and channel.is_open:
            self._connection.ioloop.add_callback_threadsafe(partial(channel.basic_ack, delivery_tag))

    def close(self) -> None:
        self._closing = True
        if self._connection is not None:
            self._connection.ioloop.add_callback_threadsafe(self._stop)
        self._thread.join(5)

    def _stop(self) -> None:
        if self._connection.is_open:
            self._connection.close()
        else:
            self._connection.ioloop.stop()

    def _run(self) -> None:
        while not self._closing:
            try:
                self._connection = SelectConnection(
                    _parameters(self._url),
                    on_open_callback=self._opened,
                    on_open_error_callback=self._lost,
                    on_close_callback=self._lost,
                )
                self._connection.ioloop.start()
            except Exception as error:
                log.warning("broker_connection_failed", error=repr(error))
            self._forget()
            if not self._closing:
                time.sleep(RECONNECT_SECONDS)

    def _opened(self, connection: Any) -> None:
        connection.channel(on_open_callback=self._channel_opened)
        if self._dead_queues:
            connection.channel(on_open_callback=self._dead_channel_opened)

    def _channel_opened(self, channel: Any) -> None:
        self._channel, self._tag = channel, 0
        channel.add_on_close_callback(self._channel_closed)
        channel.add_on_return_callback(self._returned)
        channel.confirm_delivery(self._answered, callback=lambda _frame: self._ready.set())

    def _dead_channel_opened(self, channel: Any) -> None:
        self._dead_channel = channel
        channel.add_on_close_callback(self._channel_closed)
        channel.basic_qos(prefetch_count=20)
        for queue in self._dead_queues:
            channel.basic_consume(queue, self._dead_arrived)

    def _channel_closed(self, _channel: Any, reason: Any) -> None:
        if not self._closing:
            log.warning("broker_channel_closed", reason=str(reason))
        if self._connection.is_open:
            self._connection.close()

    def _lost(self, _connection: Any, reason: Any) -> None:
        if not self._closing:
            log.warning("broker_connection_lost", reason=str(reason))
        self._forget()
        self._connection.ioloop.stop()

    def _forget(self) -> None:
        # Whatever is in flight when the connection breaks counts as not sent: told twice at worst.
        self._ready.clear()
        broken, self._in_flight = self._in_flight, {}
        for batch, _ in broken.values():
            batch.done.set()

    def _send(self, batch: _Batch) -> None:
        if not self._ready.is_set():
            batch.done.set()
            return
        for position, message in enumerate(batch.messages):
            self._tag += 1
            self._in_flight[self._tag] = (batch, position)
            properties = pika.BasicProperties(
                content_type="application/json",
                content_encoding="utf-8",
                delivery_mode=2,
                correlation_id=message.id,
                message_id=str(self._tag),
                headers=message.headers(),
            )
            self._channel.basic_publish(EXCHANGE, message.queue, message.body, properties, mandatory=True)

    def _returned(self, _channel: Any, _method: Any, properties: Any, _body: bytes) -> None:
        # The return comes before its confirm.
        batch, position = self._in_flight[int(properties.message_id)]
        batch.returned.add(position)

    def _answered(self, frame: Any) -> None:
        method = frame.method
        taken = method.NAME == "Basic.Ack"
        tags = [tag for tag in self._in_flight if tag <= method.delivery_tag] if method.multiple else [method.delivery_tag]
        for tag in tags:
            batch, position = self._in_flight.pop(tag)
            batch.answered(position, taken=taken)

    def _dead_arrived(self, channel: Any, method: Any, properties: Any, body: bytes) -> None:
        headers = properties.headers or {}
        deaths = headers.get("x-death") or [{}]
        reason = str(headers.get("x-first-death-reason") or deaths[0].get("reason") or "no queue of that name")
        self._dead.put(
            DeadMessage(
                str(method.routing_key), str(headers.get("task")), str(headers.get("id")), body, reason, (channel, method.delivery_tag)
            )
        )
