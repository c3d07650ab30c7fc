"""Doubles of Stripe for the suite that asks each of them the same: our simulator, and localstripe from PyPI in a process of its own."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl

import aiohttp
import uvicorn
from yarl import URL

from services.billing.adapters.stripe import StripeProvider
from services.host.simulators.stripe import StripeSimulator, http_deliver
from tests.support.eventually import eventually

API_KEY = "sk_test_suite"
WEBHOOK_SECRET = "whsec_suite"

_LOCALSTRIPE = """
import socket
from aiohttp import web
from localstripe import resources
from localstripe.server import app

# It writes all it knows to one file in /tmp after each call, which other runs of it do as well.
resources.Store.dump_to_disk = lambda store: None
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
web.run_app(app, sock=listener, print=None)
"""


@dataclass
class Call:
    """One request as it came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    form: list[tuple[str, str]]
    client: tuple[str, int]


class Double(Protocol):
    """A Stripe that listens at `api_base`, the calls it has had, and what its cards' owners do."""

    api_base: str
    calls: list[Call]

    def pay(self, ref: str) -> None:
        """A good card pays the intent; its money is authorized first when the intent is captured by hand."""

    def decline(self, ref: str) -> None:
        """A card is tried, and its bank says no."""

    def tells(self, url: str) -> None:
        """Events go to this address from now on, signed with WEBHOOK_SECRET."""


def provider_of(double: Double, *, api_key: str = API_KEY, timeout_seconds: float = 20.0) -> StripeProvider:
    """The adapter on this account."""
    return StripeProvider(api_key, double.api_base, timeout_seconds=timeout_seconds)


async def taken(body: bytes, headers: Any) -> int:
    """A webhook that is always content."""
    return 200


@dataclass
class Simulated:
    """Our simulator, in this process."""

    simulator: StripeSimulator
    file: Path
    api_base: str = ""
    calls: list[Call] = field(default_factory=list)
    webhook: str | None = None

    def pay(self, ref: str) -> None:
        with sqlite3.connect(self.file) as connection:
            (body,) = connection.execute("select body from intents where id = ?", (ref,)).fetchone()
        self._act(ref, "authorize" if '"capture_method": "manual"' in body else "succeed")

    def decline(self, ref: str) -> None:
        self._act(ref, "fail")

    def tells(self, url: str) -> None:
        self.webhook = url

    def intents(self) -> int:
        """How many intents the account has."""
        with sqlite3.connect(self.file) as connection:
            return int(connection.execute("select count(*) from intents").fetchone()[0])

    def _act(self, ref: str, action: Any) -> None:
        asyncio.run(self.simulator.act(ref, action))

    async def deliver(self, body: bytes, headers: Any) -> int:
        """The simulator's way to the webhook."""
        return 200 if self.webhook is None else await http_deliver(self.webhook)(body, headers)


@contextmanager
def simulated(folder: Path) -> Iterator[Simulated]:
    """An account of our simulator."""

    async def deliver(body: bytes, headers: Any) -> int:
        return await double.deliver(body, headers)

    simulator = StripeSimulator(folder / "stripe.db", api_key=API_KEY, webhook_secret=WEBHOOK_SECRET, deliver=deliver)
    double = Simulated(simulator, folder / "stripe.db")
    with listening(recorded(simulator, double.calls)) as origin:
        double.api_base = f"{origin}/"
        yield double


@dataclass
class LocalStripe:
    """localstripe, in another process; calls pass a relay that notes them."""

    origin: str
    api_base: str = ""
    calls: list[Call] = field(default_factory=list)

    GOOD_CARD = "4242424242424242"
    DECLINED_CARD = "4000000000000341"
    """Its bank takes it on and then refuses to pay."""

    def pay(self, ref: str) -> None:
        assert self._pay(ref, self.GOOD_CARD) == 200

    def decline(self, ref: str) -> None:
        assert self._pay(ref, self.DECLINED_CARD) == 402

    def tells(self, url: str) -> None:
        assert self._post("/_config/webhooks/suite", {"url": url, "secret": WEBHOOK_SECRET})[0] == 200

    def _pay(self, ref: str, number: str) -> int:
        card = {"type": "card", "card[number]": number, "card[exp_month]": "12", "card[exp_year]": "2040", "card[cvc]": "123"}
        _, method = self._post("/v1/payment_methods", card)
        assert self._post(f"/v1/payment_intents/{ref}", {"payment_method": method["id"]})[0] == 200
        return self._post(f"/v1/payment_intents/{ref}/confirm", {})[0]

    def _post(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        async def post() -> tuple[int, Any]:
            headers = {"Authorization": f"Bearer {API_KEY}"}
            async with aiohttp.ClientSession() as session, session.post(self.origin + path, data=form, headers=headers) as answer:
                body = await answer.read()
                return answer.status, await answer.json() if body else None

        return asyncio.run(post())


@contextmanager
def localstripe_process() -> Iterator[str]:
    """Where localstripe listens until the block ends."""
    process = subprocess.Popen([sys.executable, "-c", _LOCALSTRIPE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


@contextmanager
def local(origin: str) -> Iterator[LocalStripe]:
    """An account of the localstripe that listens there. Its intents have names of their own: none is taken for another test's."""
    double = LocalStripe(origin)
    with listening(recorded(relayed(origin), double.calls)) as relay:
        double.api_base = f"{relay}/"
        yield double


def relayed(origin: str) -> Any:
    """An app that hands each request on, to the byte."""

    async def relay(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = (await receive()).get("body", b"")
        kept = (b"authorization", b"content-type", b"idempotency-key")
        headers = {name.decode(): value.decode() for name, value in scope["headers"] if name.lower() in kept}
        url = URL(origin + scope["raw_path"].decode(), encoded=True)
        async with aiohttp.ClientSession() as session, session.request(scope["method"], url, data=body, headers=headers) as answer:
            content = await answer.read()
            fields = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
            await send({"type": "http.response.start", "status": answer.status, "headers": fields})
        await send({"type": "http.response.body", "body": content})

    return relay


def recorded(app: Any, calls: list[Call]) -> Any:
    """The app, with each call noted."""

    async def record(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        call = Call(scope["method"], scope["path"], headers, [], scope["client"])
        calls.append(call)

        async def heard() -> Any:
            message = await receive()
            call.form += parse_qsl(message.get("body", b"").decode())
            return message

        await app(scope, heard, send)

    return record


class Webhook:
    """A shop's door for events: keeps what is brought, with its signature."""

    def __init__(self) -> None:
        self.brought: list[tuple[bytes, str]] = []

    async def __call__(self, scope: Any, receive: Any, send: Callable[[Any], Any]) -> None:
        headers = dict(scope["headers"])
        self.brought.append(((await receive())["body"], headers[b"stripe-signature"].decode()))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    def wait(self, *, seconds: float = 15.0) -> tuple[bytes, str]:
        """The first event, as soon as it is there."""
        return eventually(lambda: self.brought, seconds=seconds, what="an event")[0]


class Server(uvicorn.Server):
    """Says when it listens, and when not."""

    def __init__(self, app: Any) -> None:
        super().__init__(uvicorn.Config(app, log_level="critical", ws="none", lifespan="auto"))
        self.listens = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()


class listening:
    """Serves `app` on a free port in a thread of its own."""

    def __init__(self, app: Any) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.server = Server(app)
        self.thread = threading.Thread(target=self.server.run, args=([self.socket],))

    def __enter__(self) -> str:
        self.thread.start()
        assert self.server.listens.wait(10)
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)
