"""The courier that brings events to the shop: signed, again and again until the shop says 2xx, at a bounded rate."""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import aiohttp

from services.host.simulators.stripe.book import Book, Delivery

Deliver = Callable[[bytes, Mapping[str, str]], Awaitable[int]]
"""Brings a body with headers to the webhook and returns the status it answered. Whatever it raises counts as not delivered."""

AT_ONCE = 8
SECONDS_BEFORE_AGAIN = 0.25
SECONDS_BEFORE_AGAIN_AT_MOST = 60.0

log = logging.getLogger(__name__)


def signature_header(raw: bytes, *, secret: str, at_unix: int) -> str:
    """The value of `Stripe-Signature` for these bytes. Source: https://docs.stripe.com/webhooks/signature"""
    digest = hmac.new(secret.encode(), f"{at_unix}.".encode() + raw, hashlib.sha256).hexdigest()
    return f"t={at_unix},v1={digest}"


def http_deliver(url: str, *, timeout_seconds: float = 10.0) -> Deliver:
    """Delivery by POST to `url`: the way to a webhook in another process."""
    timeout = aiohttp.ClientTimeout(total=timeout_seconds)

    async def deliver(body: bytes, headers: Mapping[str, str]) -> int:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.post(url, data=body, headers=headers) as answer:
            return answer.status

    return deliver


class Courier:
    """Delivers what the book has scheduled, while it runs. What is on its way when the process ends is delivered by the next one.

    At most `AT_ONCE` deliveries run together and `per_second` are begun in a second. A delivery in vain is due again after a
    quarter of a second, then after twice as long each time, a minute at most.
    """

    def __init__(self, book: Book, deliver: Deliver, *, secret: str, now: Callable[[], float], per_second: float) -> None:
        self._book, self._deliver, self._secret, self._now = book, deliver, secret, now
        self._seconds_each = 1 / per_second
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self._round_done = asyncio.Condition()

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._run(), name="stripe simulator's webhooks")

    async def stop(self) -> None:
        if self._task is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._task = self._loop = None

    def wake(self) -> None:
        """There is something new to deliver; from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken.set)

    async def settled(self) -> None:
        """Returns when nothing is left to deliver. Only in the loop that runs the courier."""
        async with self._round_done:
            await self._round_done.wait_for(lambda: self._book.next_due_at() is None)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            due = self._book.due(now=self._now(), limit=AT_ONCE)
            await asyncio.gather(*(self._bring(delivery) for delivery in due))
            async with self._round_done:
                self._round_done.notify_all()
            if due:
                await asyncio.sleep(len(due) * self._seconds_each)
                continue
            next_due_at = self._book.next_due_at()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), None if next_due_at is None else max(0.0, next_due_at - self._now()))

    async def _bring(self, delivery: Delivery) -> None:
        # Each attempt is signed anew, as Stripe does: a signature is good for five minutes only. The body stays to the byte.
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature_header(delivery.body, secret=self._secret, at_unix=int(self._now())),
        }
        try:
            status = await self._deliver(delivery.body, headers)
        except Exception as error:  # whatever goes wrong at the shop, the courier comes again
            log.info("webhook not delivered: %s", error or type(error).__name__)
            status = 0
        if 200 <= status < 300:
            self._book.delivered(delivery.id)
            return
        wait = min(SECONDS_BEFORE_AGAIN * 2 ** min(delivery.attempts, 20), SECONDS_BEFORE_AGAIN_AT_MOST)
        self._book.postpone(delivery.id, due_at=self._now() + wait)
