"""What a bus is: messages confirmed one by one, queues, and a place for what could not be read."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson

from shared.contracts.base import FACTS

EXCHANGE: Final = "cartwright"
"""Topic exchange of all queues: native delayed delivery of quorum queues does no direct ones (messaging.md, 5)."""
DEAD_EXCHANGE: Final = "cartwright.dead"
UNROUTED: Final = "cartwright.unrouted"
_EMBED: Final = b'{"callbacks":null,"errbacks":null,"chain":null,"chord":null}'


@dataclass(frozen=True, slots=True)
class Message:
    """One Celery task (protocol 2) on its way to one queue. `body` is JSON: [args, kwargs, embed]."""

    queue: str
    task: str
    id: str
    label: str
    body: bytes

    def headers(self) -> dict[str, Any]:
        """Celery's headers; `argsrepr` is what Flower shows: numbers and hearers, never a customer's data."""
        return {
            "lang": "py",
            "task": self.task,
            "id": self.id,
            "root_id": self.id,
            "parent_id": None,
            "group": None,
            "retries": 0,
            "eta": None,
            "expires": None,
            "timelimit": [None, None],
            "argsrepr": self.label,
            "kwargsrepr": "{}",
            "origin": "relay",
            "ignore_result": True,
        }


def message_of(*, queue: str, task: str, key: str, label: str, envelopes: Sequence[str], bundle: bool = False) -> Message:
    """The message that hands envelopes (JSON texts) to a task; `bundle`: as one list. The same `key` gives the same id."""
    inner = ",".join(envelopes).encode()
    arguments = b"[[" + inner + b"]]" if bundle else b"[" + inner + b"]"
    return Message(queue, task, str(uuid.uuid5(FACTS, key)), label, b"[" + arguments + b",{}," + _EMBED + b"]")


@dataclass(frozen=True, slots=True)
class DeadMessage:
    """A message no worker could read: unknown task, bad body, delivered too often. `handle` is the bus's own."""

    queue: str
    task: str
    id: str
    body: bytes
    reason: str
    handle: Any

    def readable_body(self) -> Any:
        """The body as JSON values, or as text when it is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return self.body.decode("utf-8", "replace")


class Bus(Protocol):
    """The relay's side of a broker. Both implementations pass tests/contract/test_bus_suite.py."""

    def publish(self, messages: Sequence[Message]) -> set[int]:
        """Sends a batch; returns the positions that the broker has taken for good. The rest counts as not sent."""
        ...

    def take_dead(self) -> list[DeadMessage]:
        """Unreadable messages of the queues this bus was opened for; each stays until it is settled."""
        ...

    def settle_dead(self, dead: DeadMessage) -> None:
        """Forgets an unreadable message that was written down."""
        ...

    @property
    def up(self) -> bool:
        """Whether the broker answers now."""
        ...

    def close(self) -> None:
        """Ends the connection."""
        ...
