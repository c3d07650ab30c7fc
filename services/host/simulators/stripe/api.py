"""Stripe's API: what one call does, once for each idempotency key."""

import hashlib
import json
import re
import secrets
from collections.abc import Callable
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl

from services.host.simulators.stripe import errors, intents
from services.host.simulators.stripe.book import Answer, Book
from services.host.simulators.stripe.errors import ApiError

Fault = Literal["500", "409", "429", "card_declined", "drop_answer", "timeout"]
"""500, card_declined: refused, and kept with the key. 409, 429: come again. drop_answer: done, and the connection breaks before
the answer. timeout: not done, and no answer until the caller hangs up."""

_INTENT = re.compile(r"/v1/payment_intents/(?P<ref>[A-Za-z0-9_]+)\Z")
_COMMAND = re.compile(r"/v1/payment_intents/(?P<ref>[A-Za-z0-9_]+)/(?P<verb>cancel|capture)\Z")


class Answered(NamedTuple):
    """`replayed`: it is what the same key was answered before, and nothing was done."""

    status: int
    body: bytes
    replayed: bool


class Api:
    """The calls below `/v1`, over one book."""

    def __init__(self, book: Book, now: Callable[[], float]) -> None:
        self._book, self._now = book, now

    def answer(self, method: str, path: str, *, body: bytes, key: str | None, fault: Fault | None) -> Answered:
        """What comes of a call; effect and kept answer are one transaction. Raises `ApiError` for what is refused and not kept."""
        if method != "POST" or key is None:
            with self._book.begin():
                return Answered(200, encoded(self._do(method, path, body=body, key=key, fault=fault)), replayed=False)

        request = hashlib.sha256(encoded([path, sorted(_form(body))])).hexdigest()
        with self._book.begin():
            kept = self._book.answer(key, now=self._now())
            if kept is not None and kept.request != request:
                raise errors.key_of_other_call(key)
            if kept is not None:
                return Answered(kept.status, kept.body, replayed=True)
            try:
                done = Answered(200, encoded(self._do(method, path, body=body, key=key, fault=fault)), replayed=False)
            except ApiError as error:
                if not error.kept:
                    raise
                done = Answered(error.status, encoded(error.body()), replayed=False)
            self._book.keep_answer(key, Answer(request, done.status, done.body), now=self._now())
            return done

    def tell(self, event_type: str, intent: intents.Intent, *, created: int, key: str | None = None, webhook: bool = True) -> str:
        """Writes an event about an intent into the book, to be delivered if `webhook`; returns its id."""
        event_id = f"evt_{secrets.token_hex(12)}"
        event = {
            "id": event_id,
            "object": "event",
            "created": created,
            "data": {"object": intent},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": key},
            "type": event_type,
        }
        self._book.save_event(event_id, encoded(event))
        if webhook:
            self._book.schedule(event_id, due_at=self._now())
        return event_id

    def intent(self, ref: str) -> intents.Intent:
        """Raises `ApiError` when there is none."""
        intent = self._book.intent(ref)
        if intent is None:
            raise errors.unknown_intent(ref)
        return intent

    def _do(self, method: str, path: str, *, body: bytes, key: str | None, fault: Fault | None) -> intents.Intent:
        if fault in _REFUSALS:
            raise _REFUSALS[fault]()

        if method == "POST" and path == "/v1/payment_intents":
            intent = intents.create(_form(body), created=int(self._now()))
            self._book.save_intent(intent)
            return intent

        if method == "GET" and (found := _INTENT.match(path)):
            return self.intent(found["ref"])

        if method == "POST" and (found := _COMMAND.match(path)):
            intent = self.intent(found["ref"])
            if found["verb"] == "cancel":
                intent, told = intents.cancel(intent, cancelled=int(self._now())), "payment_intent.canceled"
            else:
                intent, told = intents.capture(intent, _form(body)), "payment_intent.succeeded"
            self._book.save_intent(intent)
            self.tell(told, intent, created=int(self._now()), key=key)
            return intent

        raise errors.unknown_url(method, path)


_REFUSALS: dict[Fault | None, Callable[[], ApiError]] = {
    "500": errors.broken,
    "409": errors.key_in_use,
    "429": errors.too_many_calls,
    "card_declined": errors.card_declined,
}


def encoded(value: object) -> bytes:
    """JSON as it goes over the wire."""
    return json.dumps(value).encode()


def _form(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body))
    except ValueError as error:
        raise errors.invalid("The body is not a form.") from error
