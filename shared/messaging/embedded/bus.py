"""The relay's side of the embedded bus."""

from __future__ import annotations

import base64
from collections.abc import Collection, Sequence
from pathlib import Path

import orjson

from shared.messaging.bus import EXCHANGE, DeadMessage, Message
from shared.messaging.embedded.store import BusFile


class EmbeddedBus:
    """Messages into the file, a batch in one transaction. `queues`: those that exist; what is for others is dead at once."""

    def __init__(self, path: Path, queues: Collection[str]) -> None:
        self.file = BusFile.at(path)
        self.queues = frozenset(queues)

    @property
    def up(self) -> bool:
        return True

    def publish(self, messages: Sequence[Message]) -> set[int]:
        self.file.put(
            [(message.queue, _payload(message), 0.0) for message in messages],
            unrouted={message.queue for message in messages} - self.queues,
        )
        return set(range(len(messages)))

    def take_dead(self) -> list[DeadMessage]:
        return [_dead(*row) for row in self.file.dead()]

    def settle_dead(self, dead: DeadMessage) -> None:
        self.file.forget_dead(dead.handle)

    def close(self) -> None:
        """The file stays open for the process's workers."""


def _payload(message: Message) -> str:
    properties = {
        "correlation_id": message.id,
        "delivery_mode": 2,
        "delivery_info": {"exchange": EXCHANGE, "routing_key": message.queue},
        "priority": 0,
        "body_encoding": "base64",
        "delivery_tag": "",
    }
    payload = {
        "body": base64.b64encode(message.body).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": message.headers(),
        "properties": properties,
    }
    return orjson.dumps(payload).decode()


def _dead(dead_id: int, queue: str, payload: str, reason: str) -> DeadMessage:
    message = orjson.loads(payload)
    headers = message.get("headers") or {}
    return DeadMessage(queue, str(headers.get("task")), str(headers.get("id")), base64.b64decode(message["body"]), reason, dead_id)
