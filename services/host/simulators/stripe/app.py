"""The simulator's door: Stripe's API below `/v1`, and the controls of whoever plays the card's owner below `/simulator`."""

import asyncio
import hmac
import json
import re
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, get_args

from services.host.simulators.stripe import errors, intents
from services.host.simulators.stripe.api import Api, Fault, encoded
from services.host.simulators.stripe.book import Book
from services.host.simulators.stripe.disputes import dispute_of
from services.host.simulators.stripe.errors import ApiError
from services.host.simulators.stripe.webhooks import Courier, Deliver

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LARGEST_BODY = 1 << 20
LONGEST_SILENCE_SECONDS = 600.0

_ACT = re.compile(r"/simulator/payment_intents/(?P<ref>[A-Za-z0-9_]+)/(?P<action>[a-z_]+)\Z")
_RESEND = re.compile(r"/simulator/events/(?P<event_id>[A-Za-z0-9_]+)/resend\Z")


class StripeSimulator:
    """A Stripe account in test mode, as an ASGI app, and what happens in it as methods.

    `path`: its SQLite file. `api_key`: the secret key it lets in, for `/v1` and `/simulator` alike. `deliver`: the way to the
    webhook, which gets bodies signed with `webhook_secret`; `http_deliver(url)` makes one. Between `start` and `stop` (or the
    ASGI lifespan) webhooks are delivered; calls are answered always.
    """

    def __init__(
        self,
        path: Path,
        *,
        api_key: str,
        webhook_secret: str,
        deliver: Deliver,
        webhooks_per_second: float = 100.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._api_key, self._now = api_key, now
        self._book = Book(path)
        self._api = Api(self._book, now)
        self._courier = Courier(self._book, deliver, secret=webhook_secret, now=now, per_second=webhooks_per_second)
        self._faults: deque[Fault] = deque()

    async def start(self) -> None:
        """Begins to deliver, with what an earlier process has left."""
        await self._courier.start()

    async def stop(self) -> None:
        """Stops delivering and closes the file; what is undelivered stays in it."""
        await self._courier.stop()
        self._book.close()

    async def settled(self) -> None:
        """Returns when every webhook has been taken; never, when one is refused for good."""
        await self._courier.settled()

    async def act(
        self, ref: str, action: intents.Action, *, webhook: bool = True, created: int | None = None, **overrides: int | str
    ) -> str:
        """What the card's bank or owner does to the intent `ref`; returns the id of the event that tells of it.

        `overrides` replace fields of the intent (`amount_received=1`, `currency="usd"`). `created`: the event's age, for news
        that comes out of order. Without `webhook` the event is kept and not sent: a lost one. An intent that is paid or
        cancelled stays so; what is done to it then is told, and no more. Raises `ApiError`: no such intent, or no such field.
        """
        at = int(self._now())
        with self._book.begin():
            before = self._api.intent(ref)
            about, event_type = self._become(before, action, at=at, overrides=overrides)
            event_id = self._api.tell(event_type, about, created=at if created is None else created, webhook=webhook)
        self._courier.wake()
        return event_id

    def _become(
        self, before: intents.Intent, action: intents.Action, *, at: int, overrides: dict[str, int | str]
    ) -> tuple[dict[str, Any], str]:
        if action == "dispute" or action == "win_dispute" or action == "lose_dispute":
            about, event_type = dispute_of(before, action, created=at)
            kept = True
        else:
            about, event_type = intents.after(action, before, at=at)
            kept = intents.is_final(before, action)
        unknown = overrides.keys() - (about.keys() - {"id", "object"})
        if unknown:
            raise errors.invalid(f"Received unknown parameter: {min(unknown)}", code="parameter_unknown", param=min(unknown))
        about = {**about, **overrides}
        if not kept:
            self._book.save_intent(about)
        return about, event_type

    async def resend(self, event_id: str, times: int = 1) -> None:
        """Delivers an event again, to the byte, `times` times. Raises `ApiError` when there is none."""
        with self._book.begin():
            if not self._book.has_event(event_id):
                raise errors.unknown_event(event_id)
            for _ in range(times):
                self._book.schedule(event_id, due_at=self._now())
        self._courier.wake()

    def fail_next(self, calls: int, how: Fault) -> None:
        """The next `calls` calls below `/v1` go wrong in this way, after those that shall go wrong already."""
        self._faults.extend([how] * calls)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return

        path = scope["path"].removeprefix(scope.get("root_path", ""))
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        key = headers.get("idempotency-key")
        fields = {"content-type": "application/json", "request-id": f"req_{secrets.token_hex(7)}"}
        fault: Fault | None = None
        try:
            body = await _read(receive)
            self._authorize(headers)
            if path.startswith("/simulator/"):
                status, answer = 200, encoded(await self._control(scope["method"], path, body))
            else:
                fault = self._faults.popleft() if self._faults else None
                if fault == "timeout":
                    await _wait_for_hang_up(receive)
                    return
                status, answer, replayed = self._api.answer(scope["method"], path, body=body, key=key, fault=fault)
                self._courier.wake()
                fields |= {"idempotency-key": key} if key else {}
                fields |= {"idempotent-replayed": "true"} if replayed else {}
        except ApiError as error:
            status, answer = error.status, encoded(error.body())

        fields["content-length"] = str(len(answer))
        await send(
            {"type": "http.response.start", "status": status, "headers": [(n.encode(), v.encode("latin-1")) for n, v in fields.items()]}
        )
        if fault == "drop_answer":
            return  # without the body it has announced: the server breaks the connection off
        await send({"type": "http.response.body", "body": answer})

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _authorize(self, headers: dict[str, str]) -> None:
        if not hmac.compare_digest(headers.get("authorization", "").encode(), f"Bearer {self._api_key}".encode()):
            raise errors.wrong_api_key()

    async def _control(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        """What a demo or a test in another process asks for.

        `POST /simulator/payment_intents/{id}/{action} {webhook?, created?, …overrides}` → {event_id} ·
        `POST /simulator/events/{id}/resend {times?}` · `POST /simulator/faults {calls, how}`
        """
        try:
            asked = json.loads(body or b"{}")
            if not isinstance(asked, dict):
                raise errors.invalid("The body must be a JSON object.")
            if method == "POST" and (found := _ACT.match(path)) and (action := _action(found["action"])):
                return {"event_id": await self.act(found["ref"], action, **asked)}
            if method == "POST" and (found := _RESEND.match(path)):
                await self.resend(found["event_id"], **asked)
                return {}
            if method == "POST" and path == "/simulator/faults" and asked.get("how") in get_args(Fault):
                self.fail_next(**asked)
                return {}
        except (TypeError, ValueError) as error:
            raise errors.invalid(f"The body does not fit: {error}") from error
        raise errors.unknown_url(method, path)


def _action(name: str) -> intents.Action | None:
    return next((action for action in intents.ACTIONS if action == name), None)


async def _read(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise ApiError(413, "invalid_request_error", "The body is too large.", kept=False)
        if not message.get("more_body", False):
            return body


async def _wait_for_hang_up(receive: Receive) -> None:
    async def hung_up() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(hung_up(), LONGEST_SILENCE_SECONDS)
    except TimeoutError:
        return
