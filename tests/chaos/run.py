"""A run: a shop, its customers at a steady rate, the faults of the plan among them, and what is left when all is whole again."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp

from tests.chaos.calls import PATIENCE_SECONDS, Calls
from tests.chaos.customers import People
from tests.chaos.faults import Breaker
from tests.chaos.journal import Journal
from tests.chaos.plan import Kind, Order, Strike, plan_orders, plan_strikes
from tests.chaos.rest import await_rest
from tests.chaos.shop import BrokenShop, broken_shop
from tests.chaos.verdict import Verdict

CUSTOMERS_SECONDS: Final = 900.0
"""So long after the last fault every customer has what was promised, or the run has failed."""
SETTLING_SECONDS: Final = 45.0
"""A sentence that is not true any more so much later was about work in flight."""
CONNECTIONS: Final = 64
AT_ONCE: Final = 40
SAY_SECONDS: Final = 15.0


@dataclass(frozen=True)
class Asked:
    """What a run is to be. `rate`: orders begun in a second; `faults`: how many; `until`: so many orders of the plan for now."""

    mode: str
    layout: str
    orders: int
    faults: int
    rate: float
    seed: int
    until: int


@dataclass
class Outcome:
    """What a run has found."""

    asked: Asked
    faults: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    deaths: Counter[str] = field(default_factory=Counter)
    retries: Counter[str] = field(default_factory=Counter)
    explained: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    driven_seconds: float = 0.0
    healed_seconds: float = 0.0


def prove(asked: Asked, folder: Path, say: Callable[[str], None]) -> Outcome:
    """Goes through with it, in this folder; where a run of the same plan was interrupted, it goes on.

    Raises CannotBreak, AssertionError.
    """
    orders = plan_orders(asked.orders, seed=asked.seed)[: asked.until]
    planned = plan_strikes(asked.faults, orders=asked.orders, mode=asked.mode, seed=asked.seed)
    strikes = [strike for strike in planned if strike.position < asked.until]
    journal = Journal(folder / "journal.jsonl")
    with broken_shop(folder, mode=asked.mode, layout=asked.layout, seed=asked.seed) as shop:
        say(f"the shop is open, {asked.mode}, in {folder}")
        return asyncio.run(_Run(asked, shop, journal, orders, strikes, say).go())


class _Run:
    def __init__(
        self,
        asked: Asked,
        shop: BrokenShop,
        journal: Journal,
        orders: Sequence[Order],
        strikes: Sequence[Strike],
        say: Callable[[str], None],
    ) -> None:
        self._asked = asked
        self._shop = shop
        self._journal = journal
        self._orders = orders
        self._strikes = [strike for strike in strikes if strike.number not in journal.struck]
        self._say = say
        self._begun = 0
        # A machine that cannot follow gets no more customers than that; those who wait for goods or news are not counted.
        self._room = asyncio.Semaphore(AT_ONCE)
        self._outcome = Outcome(asked)

    async def go(self) -> Outcome:
        timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
        # A connection for each call: one that stood while its server was killed would cost the next call a try.
        connector = aiohttp.TCPConnector(limit=CONNECTIONS, force_close=True)
        stripe = next(part for part in self._shop.minder.parts if part.role == "stripe")
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
            calls = Calls(
                session, shop=self._shop.environment.local_url, stripe=f"http://127.0.0.1:{stripe.words[0]}", retries=self._journal.retries
            )
            people = People(calls, self._journal, self._orders, seed=self._asked.seed)
            await people.open_shop()
            began = time.monotonic()
            await self._drive(people)
            whole = time.monotonic()
            self._outcome.driven_seconds = whole - began
            await self._heal(people)
            self._outcome.healed_seconds = time.monotonic() - whole
        return self._told()

    async def _drive(self, people: People) -> None:
        warehouse = asyncio.create_task(people.warehouse())
        telling = asyncio.create_task(self._tell())
        breaking = asyncio.create_task(self._break())
        customers = []
        next_at = time.monotonic()
        for plan in self._orders:
            self._begun = plan.position
            if plan.position == self._asked.orders * 2 // 3:
                customers.append(asyncio.create_task(people.restock()))
            if plan.position in self._journal.ended:
                continue
            customers.append(asyncio.create_task(self._served(people, plan)))
            next_at = max(next_at + 1 / self._asked.rate, time.monotonic())
            await asyncio.sleep(next_at - time.monotonic())
            async with self._room:
                pass
        self._begun = self._asked.orders
        await breaking
        self._background = (warehouse, telling)
        self._customers = customers

    async def _served(self, people: People, plan: Order) -> None:
        if plan.kind in (Kind.BACKORDER, Kind.LOST_WEBHOOK):
            await people.order(plan)
            return
        async with self._room:
            await people.order(plan)

    async def _heal(self, people: People) -> None:
        await people.restock()
        databases = self._shop.databases()
        try:
            resting = asyncio.create_task(asyncio.to_thread(await_rest, databases, self._shop.waiting, seconds=CUSTOMERS_SECONDS))
            await asyncio.wait(self._customers, timeout=CUSTOMERS_SECONDS)
            left = await resting
            if not left:
                await people.write_again(self._arrived())
                left = await asyncio.to_thread(await_rest, databases, self._shop.waiting)
            for task in (*self._background, *(task for task in self._customers if not task.done())):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            deadline = time.monotonic() + SETTLING_SECONDS
            while True:
                verdict = Verdict(self._shop, databases, self._journal, self._orders)
                violations = await asyncio.to_thread(verdict.violations)
                if not violations or time.monotonic() > deadline:
                    break
                await asyncio.sleep(2)
        finally:
            for database in databases.values():
                database.dispose()
        self._outcome.violations = [*(f"not at rest: {number} of {name}" for name, number in left.items()), *violations]
        self._outcome.explained = verdict.explained

    async def _break(self) -> None:
        breaker = Breaker(self._shop)
        for strike in self._strikes:
            while self._begun < strike.position:
                await asyncio.sleep(0.1)
            self._say(f"  {strike.number + 1:4} {strike.fault.value}")
            await asyncio.to_thread(breaker.strike, strike)
            self._journal.strike(strike.number, strike.fault.value)

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(SAY_SECONDS)
            said = f"{len(self._journal.accepted)} accepted, {len(self._journal.ended)} ended of {self._asked.orders}"
            self._say(f"{said}; {len(self._journal.struck)} faults of {self._asked.faults}")

    def _arrived(self) -> set[str]:
        return {got.message_id for got in self._shop.mailbox.mails()}

    def _told(self) -> Outcome:
        outcome = self._outcome
        outcome.faults.update(self._journal.struck.values())
        outcome.kinds.update(plan.kind.value for plan in self._orders if plan.position in self._journal.accepted)
        outcome.ends.update(self._journal.ended.values())
        outcome.deaths = self._shop.minder.deaths
        outcome.retries = self._journal.retries
        return outcome
