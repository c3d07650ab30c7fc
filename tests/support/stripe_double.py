"""The Stripe simulator on a socket, with its events brought to the shop by hand: when, how often and in which order a test likes."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import uvicorn

from services.billing.adapters.outside import BillingOutside
from services.billing.adapters.stripe import StripeProvider
from services.host.simulators.stripe import StripeSimulator, signature_header
from services.host.simulators.stripe.intents import Action
from shared.render.documents import render_document
from tests.support.driver import Answer, ServiceDriver

API_KEY = "sk_test_billing"
WEBHOOK_SECRET = "whsec_billing"
PUBLISHABLE_KEY = "pk_test_1"


class _Server(uvicorn.Server):
    def __init__(self, app: Any) -> None:
        super().__init__(uvicorn.Config(app, log_level="critical", ws="none", lifespan="off"))
        self.listens = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()


@dataclass
class StripeDouble:
    """A Stripe account. `keys` are the idempotency keys it was sent, in order."""

    simulator: StripeSimulator
    file: Path
    api_base: str
    calls: list[tuple[str, str, str | None]]

    def outside(self, **changes: Any) -> BillingOutside:
        """Billing's outside world with this account in it."""
        stripe = StripeProvider(API_KEY, self.api_base, timeout_seconds=5)
        return BillingOutside(
            **{
                "stripe": stripe,
                "render": render_document,
                "webhook_secrets": (WEBHOOK_SECRET,),
                "publishable_key": PUBLISHABLE_KEY,
            }
            | changes
            | changes
        )

    @property
    def keys(self) -> list[str | None]:
        return [key for method, _, key in self.calls if method == "POST"]

    def intents(self) -> list[dict[str, Any]]:
        """All intents, as the account holds them."""
        with sqlite3.connect(self.file) as connection:
            return [orjson.loads(row[0]) for row in connection.execute("select body from intents")]

    def intent(self, ref: str) -> dict[str, Any]:
        return next(intent for intent in self.intents() if intent["id"] == ref)

    def happens(self, ref: str, action: Action, *, created: int | None = None, **overrides: Any) -> bytes:
        """Something happens to an intent; returns the event that tells of it, not yet delivered."""
        event_id = asyncio.run(self.simulator.act(ref, action, webhook=False, created=created, **overrides))
        with sqlite3.connect(self.file) as connection:
            (body,) = connection.execute("select body from events where id = ?", (event_id,)).fetchone()
        return bytes(body)

    def fail_next(self, calls: int, how: Any) -> None:
        self.simulator.fail_next(calls, how)


def deliver(billing: ServiceDriver, event: bytes | dict[str, Any], *, secret: str = WEBHOOK_SECRET, at_unix: int | None = None) -> Answer:
    """Brings an event to the webhook, signed as Stripe signs."""
    raw = event if isinstance(event, bytes) else orjson.dumps(event)
    at = int(time.time()) if at_unix is None else at_unix
    headers = {"stripe-signature": signature_header(raw, secret=secret, at_unix=at)}
    return billing.asks("POST", "/hooks/v1/stripe", raw=raw, headers=headers, caller=None)


class _Door:
    """A port of this process behind which one account after the other lives: to open and close it takes longer than most tests."""

    def __init__(self) -> None:
        self.behind: Any = None
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = _Server(self)
        threading.Thread(target=server.run, args=([listener],), daemon=True).start()
        assert server.listens.wait(60)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.behind(scope, receive, send)


_free_doors: list[_Door] = []


@contextmanager
def stripe_double(folder: Path, *, api_key: str = API_KEY) -> Iterator[StripeDouble]:
    """An account that answers on a port of its own until the block ends. It brings no webhook by itself."""
    calls: list[tuple[str, str, str | None]] = []

    async def taken(body: bytes, headers: Any) -> int:
        return 200

    file = folder / "stripe.db"
    simulator = StripeSimulator(file, api_key=api_key, webhook_secret=WEBHOOK_SECRET, deliver=taken)

    async def noted(scope: Any, receive: Any, send: Any) -> None:
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        calls.append((scope["method"], scope["path"], headers.get("idempotency-key")))
        await simulator(scope, receive, send)

    door = _free_doors.pop() if _free_doors else _Door()
    door.behind = noted
    try:
        yield StripeDouble(simulator, file, door.url, calls)
    finally:
        door.behind = None
        _free_doors.append(door)
        asyncio.run(simulator.stop())
