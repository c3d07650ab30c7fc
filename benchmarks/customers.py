"""The load: so many customers in a closed loop, in a process of their own. Started by load.py, which speaks with it by lines of JSON.

Each customer goes the whole way before the next order: cart with a line, contact and address, shipping method, submit, the
bank's signed webhook; then waits until the order is confirmed, reserved, its delivery ready and its invoice posted; then
staff validate the delivery. The waiting is done for all of them by one watcher, which asks twice in each period.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import aiohttp

from benchmarks.load_settings import ADMIN_KEY, PUBLISHABLE_KEY, WEBHOOK_SECRET
from services.host.simulators.stripe import signature_header

STEPS: Final = ("cart", "contact", "shipping", "submit", "webhook", "validate")
PATIENCE_SECONDS: Final = 60.0
ADDRESS: Final = {"name": "Lotte Last", "line1": "Prüfstand 1", "city": "Hamburg", "postal_code": "20457", "country": "DE"}


@dataclass
class Going:
    """One order on its way. Times are seconds of the machine's clock; steps are seconds each took."""

    id: str = ""
    number: str = ""
    steps: dict[str, float] = field(default_factory=dict)
    webhook_at: float = 0.0
    done_at: float = 0.0


class Refused(Exception):
    """The shop answered something that a load must not get: the run ends."""


class Shop:
    """The public API at one address, through at most as many connections as there are customers."""

    def __init__(self, base_url: str, *, clients: int, poll_seconds: float) -> None:
        self._base_url = base_url
        # Each customer waits for one order at a time: what a look has not seen yet is among the newest so many.
        self._page = clients
        self._poll_seconds = poll_seconds
        self._ready: dict[str, str] = {}
        self._invoiced: set[str] = set()
        self._waiting: dict[str, asyncio.Future[str]] = {}
        self.polls = 0

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Shop]:
        """With its connections."""
        timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
        async with aiohttp.ClientSession(self._base_url, timeout=timeout) as self._session:
            yield self

    async def order(self, customer: int, sku: str) -> Going:
        """One order, from the cart to the parcel that has left."""
        going = Going()
        store = {"X-Publishable-Key": PUBLISHABLE_KEY}
        cart = await self._step(
            going, "cart", "POST", "/store/v1/carts", {"currency": "EUR", "language": "en", "lines": [{"sku": sku, "quantity": 1}]}, store
        )
        going.id = cart["id"]
        path, guest = f"/store/v1/carts/{going.id}", store | {"X-Order-Token": cart["order_token"]}
        contact = {"email": f"customer-{customer}@example.org", "name": ADDRESS["name"], "shipping_address": ADDRESS}
        await self._step(going, "contact", "PATCH", path, contact, guest)
        await self._step(going, "shipping", "PATCH", path, {"shipping_method": "standard"}, guest)
        submitted = await self._step(
            going, "submit", "POST", f"{path}/submit", {"payment_method": "card"}, guest | {"Idempotency-Key": going.id}
        )
        going.number = submitted["order"]["number"]
        arrived: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[going.id] = arrived
        event = json.dumps(_succeeded(submitted["payment"])).encode()
        going.webhook_at = time.time()
        signature = signature_header(event, secret=WEBHOOK_SECRET, at_unix=int(going.webhook_at))
        await self._step(going, "webhook", "POST", "/hooks/v1/stripe", event, {"Stripe-Signature": signature})
        delivery_id = await asyncio.wait_for(arrived, PATIENCE_SECONDS)
        staff = {"Authorization": f"Bearer {ADMIN_KEY}"}
        await self._step(
            going, "validate", "POST", f"/admin/v1/deliveries/{delivery_id}/validate", {"tracking_number": f"T{going.number}"}, staff
        )
        going.done_at = time.time()
        return going

    async def _step(self, going: Going, name: str, method: str, path: str, body: object, headers: Mapping[str, str]) -> Any:
        began = time.perf_counter()
        found = await self._call(method, path, body, headers)
        going.steps[name] = time.perf_counter() - began
        return found

    async def _call(self, method: str, path: str, body: object, headers: Mapping[str, str]) -> Any:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {**headers, **({"Content-Type": "application/json"} if data else {})}
        async with self._session.request(method, path, data=data, headers=sent) as answer:
            text = await answer.read()
            if answer.status >= 300:
                raise Refused(f"{method} {path}: {answer.status} {text[:500].decode(errors='replace')}")
            return json.loads(text)

    async def watch(self) -> None:
        """Looks once in each period, as long as anybody waits."""
        while True:
            await asyncio.sleep(self._poll_seconds)
            if self._waiting:
                await self.look()

    async def look(self) -> None:
        """Asks which deliveries are ready and which orders invoiced, and wakes whom that concerns."""
        staff = {"Authorization": f"Bearer {ADMIN_KEY}"}
        deliveries = await self._call("GET", f"/admin/v1/deliveries?state=ready&limit={self._page}", None, staff)
        invoices = await self._call("GET", f"/admin/v1/invoices?state=posted&limit={self._page}", None, staff)
        self.polls += 2
        self._ready = {delivery["order_id"]: delivery["id"] for delivery in deliveries["data"]}
        self._invoiced |= {invoice["order_id"] for invoice in invoices["data"]}
        for order_id in [one for one in self._waiting if one in self._ready and one in self._invoiced]:
            self._waiting.pop(order_id).set_result(self._ready[order_id])


def _succeeded(payment: Mapping[str, Any]) -> dict[str, Any]:
    """The event that Stripe would send of the intent behind this payment."""
    ref = payment["client_secret"].partition("_secret_")[0]
    amount = int(payment["amount"].replace(".", ""))
    intent = {
        "id": ref,
        "object": "payment_intent",
        "amount": amount,
        "amount_received": amount,
        "currency": "eur",
        "status": "succeeded",
        "latest_charge": ref.replace("pi_", "ch_", 1),
        "livemode": False,
        "metadata": {"payment_id": payment["id"]},
    }
    return {
        "id": ref.replace("pi_", "evt_", 1),
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": intent},
    }


async def _place(shop: Shop, *, orders: int, clients: int, skus: Sequence[str]) -> list[Going]:
    dice = random.Random(orders)
    tickets = iter(range(orders))
    gone: list[Going] = []

    async def customer(which: int) -> None:
        for _ in tickets:
            gone.append(await shop.order(which, dice.choice(skus)))

    # The first error ends all: a load that gets refusals measures nothing.
    async with asyncio.TaskGroup() as group:
        watcher = group.create_task(shop.watch())
        async with asyncio.TaskGroup() as customers:
            for which in range(clients):
                customers.create_task(customer(which))
        watcher.cancel()
    return gone


async def _main() -> None:
    asked = json.loads(sys.stdin.readline())
    async with Shop(asked["base_url"], clients=asked["clients"], poll_seconds=asked["poll_seconds"]).opened() as shop:
        while (line := await asyncio.to_thread(sys.stdin.readline)) and (command := json.loads(line)):
            shop.polls = 0
            gone: list[Going] = []
            if command["do"] == "place":
                gone = await _place(shop, orders=command["orders"], clients=asked["clients"], skus=asked["skus"])
            else:
                for _ in range(command["times"]):
                    await shop.look()
            cpu = time.process_time()
            print(json.dumps({"orders": [asdict(going) for going in gone], "polls": shop.polls, "cpu_seconds": cpu}), flush=True)


if __name__ == "__main__":
    try:
        asyncio.run(_main())
    except* (Refused, aiohttp.ClientError, TimeoutError) as errors:
        sys.exit(f"the load ended: {errors.exceptions[0]!r}")
