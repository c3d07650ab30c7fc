"""What an event is: a fact in the past tense, frozen, versioned, the same fact however often it is told."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, StringConstraints

FACTS: Final = uuid.UUID("6f0c3a52-9d5f-5f0e-8a39-2f4c3d1b7a10")
"""Namespace of message ids: the same fact told again is the same task in Flower (messaging.md, 3)."""

Amount = Annotated[str, StringConstraints(pattern=r"^-?\d+(\.\d+)?$")]
"""A decimal amount in the event's `currency`, with exactly its decimals (R-MON-01)."""

ActorType = Literal["customer", "staff", "api_key", "system", "provider"]


class Model(BaseModel):
    """A part of an event. Unknown fields are passed over: published versions only gain fields."""

    # A message that cannot be read is named in the log, and what stood in it is a customer's.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Instructions(Model):
    """How an offline payment is made: the method's text in the order's language, its details (iban …), and what is asked."""

    text: str | None = None
    details: dict[str, str] = Field(default_factory=dict)
    amount: Amount


class Actor(Model):
    """Who did it."""

    type: ActorType
    id: str | None = None
    name: str


SYSTEM: Final = Actor(type="system", name="Cartwright")


@dataclass(frozen=True, slots=True)
class Cause:
    """Who and what a transaction is done for; it travels into every fact that the transaction tells."""

    actor: Actor
    correlation_id: str
    causation_id: str | None = None


class Envelope(Model):
    """What stands around a fact's payload (lifecycles.md, section 8)."""

    id: str
    type: str
    version: int
    aggregate_type: str
    aggregate_id: str
    aggregate_seq: int
    order_id: str | None = None
    occurred_at: str
    actor: Actor
    correlation_id: str
    causation_id: str | None = None
    fact: str
    change: dict[str, Any] | None = None
    """The record's step that this fact tells of: {from, to, command, reason?}."""


class Event(Model):
    """Base of all facts. The teller's module in shared/contracts owns the class.

    `once_per` names the fields that make two tellings the same fact; empty: the record's id and sequence.
    `internal` facts are work that nobody else hears: never in the timeline, the feed or webhooks.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    aggregate: ClassVar[str]
    """Kind of the record it tells of, such as `order`."""
    aggregate_field: ClassVar[str]
    """The field that holds the record's id."""
    once_per: ClassVar[tuple[str, ...]] = ()
    internal: ClassVar[bool] = False

    _envelope: Envelope | None = PrivateAttr(default=None)

    @property
    def envelope(self) -> Envelope:
        """What stands around it; only a told event has one."""
        if self._envelope is None:
            raise LookupError(f"{self.name} has not been told yet")
        return self._envelope

    @property
    def fact(self) -> str:
        """The identity under which it is heard once."""
        return self.envelope.fact

    @property
    def cause(self) -> Cause:
        """The cause of what is done on hearing it."""
        return Cause(SYSTEM, self.envelope.correlation_id, self.envelope.id)

    @property
    def aggregate_id(self) -> str:
        """Id of the record it tells of."""
        return str(getattr(self, self.aggregate_field))

    def identity(self, seq: int) -> str:
        """`orders.order_confirmed:ord_…:1`."""
        parts: tuple[object, ...] = tuple(getattr(self, field) for field in self.once_per) or (self.aggregate_id, seq)
        return ":".join((self.name, *map(str, parts)))

    def label(self) -> str:
        """What people see in Flower: the record's number, else its id; never a customer's data."""
        return str(getattr(self, "number", None) or self.aggregate_id)

    @classmethod
    def from_envelope(cls, body: Mapping[str, Any]) -> Self:
        """The event out of a message. Raises pydantic's ValidationError."""
        event = cls.model_validate(body["payload"])
        event._envelope = Envelope.model_validate(body)
        return event


def encode(event: Event, envelope: Envelope) -> str:
    """The message text of a told event."""
    head = envelope.model_dump(exclude_none=True)
    head["payload"] = orjson.Fragment(event.model_dump_json(exclude_none=True))
    return orjson.dumps(head).decode()
