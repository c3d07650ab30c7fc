"""How customers and staff of a run call the shop: like good clients, again and again with the same key until there is an answer."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any, Final

import aiohttp

from tests.chaos.keys import ADMIN_KEY, PUBLISHABLE_KEY, STRIPE_API_KEY

PATIENCE_SECONDS: Final = 15.0
SHORTEST_PAUSE_SECONDS: Final = 0.3
LONGEST_PAUSE_SECONDS: Final = 3.0
NOT_NOW: Final = ("idempotency_in_progress", "rate_limited")
"""Answers to repeat besides 5xx, by their code."""


class Refused(Exception):
    """The shop said no."""

    def __init__(self, asked: str, status: int, text: str) -> None:
        super().__init__(f"{asked}: {status} {text[:300]}")
        self.status = status
        try:
            self.code = str(json.loads(text).get("code", ""))
        except (ValueError, AttributeError):
            self.code = ""


class Calls:
    """The shop's API at one address, and Stripe as a customer's browser reaches it."""

    def __init__(self, session: aiohttp.ClientSession, *, shop: str, stripe: str, retries: Counter[str]) -> None:
        self._session = session
        self._shop = shop
        self._stripe = stripe
        self._retries = retries

    async def staff(self, method: str, path: str, body: object = None, *, key: str = "") -> Any:
        """As staff, `path` below /admin/v1. Raises Refused."""
        return await self._call(method, f"{self._shop}/admin/v1{path}", body, {"Authorization": f"Bearer {ADMIN_KEY}"}, key)

    async def store(self, method: str, path: str, body: object = None, *, token: str = "", key: str = "") -> Any:
        """As a storefront, `path` below /store/v1, with a guest's token. Raises Refused."""
        headers = {"X-Publishable-Key": PUBLISHABLE_KEY} | ({"X-Order-Token": token} if token else {})
        return await self._call(method, f"{self._shop}/store/v1{path}", body, headers, key)

    async def bank(self, payment: dict[str, Any], action: str, *, webhook: bool = True) -> None:
        """What the card's bank does, at Stripe. Asked again it happens again, which the news then says twice."""
        ref = payment["client_secret"].partition("_secret_")[0]
        url = f"{self._stripe}/simulator/payment_intents/{ref}/{action}"
        await self._call("POST", url, {"webhook": webhook}, {"Authorization": f"Bearer {STRIPE_API_KEY}"}, "")

    async def _call(self, method: str, url: str, body: object, headers: dict[str, str], key: str) -> Any:
        sent = headers | ({"Idempotency-Key": key} if key else {})
        pause = SHORTEST_PAUSE_SECONDS
        while True:
            try:
                async with self._session.request(method, url, json=body, headers=sent) as answer:
                    status, text = answer.status, await answer.text()
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                self._retries[type(error).__name__] += 1
            else:
                if status < 300:
                    return json.loads(text) if text else None
                refused = Refused(f"{method} {url.partition('/v1')[2]}", status, text)
                if status < 500 and refused.code not in NOT_NOW:
                    raise refused
                self._retries[f"{status} {refused.code}"] += 1
            await asyncio.sleep(pause)
            pause = min(pause * 1.6, LONGEST_PAUSE_SECONDS)
