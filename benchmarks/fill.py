"""Fills the tables of a whole shop by COPY: orders of three years out of a few dozen that the shop itself has taken.

`./prove age` (age.py) does so, and measures.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

import psycopg
from psycopg import sql

from benchmarks.copying import add_up, copy_all, copy_in, drop_indexes, qualified
from benchmarks.moulds import BASE32, Mould, TableName, account_mould, cast, copy_text, mould_of
from benchmarks.patterns import Pattern, Patterns
from benchmarks.people import FIRST, person
from benchmarks.shares import ENDED_SHARES, FRESH_SHARES, YOUNG_SHARES
from services.billing.domain.invoice import issue_year
from services.host.demo.plan import Stage
from services.host.demo.run import SETTINGS
from services.host.roster import ROSTER
from shared.messaging.relay import INBOX_DAYS, TOLD_DAYS

ALL: Final = tuple(ROSTER)
YEARS_DAYS: Final = 3 * 365
GROWTH: Final = 0.75
"""Below 1, so that the shop sells more from month to month."""
BATCH: Final = 1000
TOLD_ROOM: Final = 128
"""More than an order has facts of one service."""
DELIVERY_ROOM: Final = 4
LANGUAGES: Final = tuple(FIRST)
FRESH_DAYS: Final = 7
YOUNG_DAYS: Final = 45


@dataclass(frozen=True)
class Filled:
    """What was made: how many orders, accounts, and seconds."""

    orders: int
    accounts: int
    seconds: float


def fill(
    url: str, patterns: Patterns, *, orders: int, now: datetime, seed: int, say: Callable[[str], None], services: Collection[str] = ALL
) -> Filled:
    """Writes `orders` orders of the three years before `now` into the migrated, empty database at `url` (libpq's form).

    `services`: whose tables are filled. A part of them is enough for the lists of that part, and no whole shop.
    """
    began = time.monotonic()
    with psycopg.connect(url, autocommit=True) as connection:
        # Foreign keys are right by making; checking them row by row takes longer than writing.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '256MB'")
        indexes = drop_indexes(connection)
        for table, rows in patterns.own.items():
            if table != ("delivery", "stock_moves"):
                connection.execute(sql.SQL("DELETE FROM {}").format(qualified(table)))
            copy_in(connection, table, copy_text(table, rows))
        filler = _Filler(patterns, orders=orders, now=now, seed=seed)
        copy_all(connection, filler.accounts(), services)
        done = 0
        for batch in filler.batches():
            copy_all(connection, batch, services)
            done += BATCH
            if done % (BATCH * 50) == 0:
                say(f"{done:,} orders after {time.monotonic() - began:.0f} s")
        say(f"indexes after {time.monotonic() - began:.0f} s")
        for index in indexes:
            connection.execute(index.encode())
        add_up(connection, filler.invoices)
        say(f"statistics after {time.monotonic() - began:.0f} s")
        connection.execute("VACUUM (ANALYZE)")
    return Filled(orders, len(LANGUAGES) * filler.people, time.monotonic() - began)


class _Filler:
    """Casts copies in the order of their time."""

    def __init__(self, patterns: Patterns, *, orders: int, now: datetime, seed: int) -> None:
        self._dice = random.Random(seed)
        self._orders = orders
        self._now = now.astimezone(UTC).replace(tzinfo=None, second=0, microsecond=0)
        self._start = self._now - timedelta(days=YEARS_DAYS)
        self._moulds = {
            "ended": _by_stage([one for one in patterns.orders if one.ended]),
            "fresh": _by_stage([one for one in patterns.orders if not one.ended]),
        }
        self._account_moulds = {one.language: account_mould(one) for one in patterns.orders if one.account}
        self.people = max(20, orders // 16)
        self.invoices: Counter[int] = Counter()
        self._n = 0
        self._at = self._start
        self._mould: Mould | None = None
        self._who = person("en", 0, signed_in=False)
        self._years: list[str] = []
        self._fillings: dict[str, Callable[[int], str]] = {
            "time": lambda _: self._time,
            "hex": lambda _: f"{self._n:010x}",
            "number": lambda _: str(self._n),
            "number6": lambda _: f"{self._n:06}",
            "told": lambda rank: str(self._n * TOLD_ROOM + rank),
            "delivery": lambda rank: str(self._n * DELIVERY_ROOM + rank),
            "delivery6": lambda rank: f"{self._n * DELIVERY_ROOM + rank:06}",
            "invoice": lambda rank: self._years[rank],
            "minute": lambda minutes: _minute(self._at + timedelta(minutes=minutes)),
            "day": lambda days: (self._at + timedelta(days=days)).strftime("%Y-%m-%d"),
            "due": lambda minutes: _minute(self._due(minutes)),
            "first": lambda _: self._who.first,
            "first_term": lambda _: self._who.first_term,
            "last": lambda _: self._who.last,
            "last_term": lambda _: self._who.last_term,
            "email": lambda _: self._who.email,
            "phone": lambda digits: f"{self._who.number:0{digits}}"[-digits:],
            "account": lambda _: self._account,
        }

    def accounts(self) -> dict[TableName, list[str]]:
        """A row for each account."""
        found: dict[TableName, list[str]] = {}
        self._at = self._start
        for language, mould in self._account_moulds.items():
            self._language = language
            for number in range(self.people):
                self._who = person(self._language, number, signed_in=True)
                self._cast(mould, found)
        return found

    def batches(self) -> Iterator[dict[TableName, list[str]]]:
        """Lines of COPY by table, `BATCH` orders at a time."""
        found: dict[TableName, list[str]] = {}
        for n in range(1, self._orders + 1):
            self._n = n
            # The newest is an hour old: what the shop takes from now on comes after it.
            self._at = self._start + (self._now - timedelta(hours=1) - self._start) * ((n / self._orders) ** GROWTH)
            mould = self._choose()
            skip = self._forgotten()
            self._cast(mould, found, skip)
            if n % BATCH == 0:
                yield found
                found = {}
        if found:
            yield found

    def _choose(self) -> Mould:
        age = (self._now - self._at).days
        shares, kind = (FRESH_SHARES, "fresh") if age < FRESH_DAYS else (YOUNG_SHARES, "fresh")
        if age >= YOUNG_DAYS:
            shares, kind = ENDED_SHARES, "ended"
        by_stage = self._moulds[kind]
        stages = [stage for stage in shares if stage in by_stage]
        (stage,) = self._dice.choices(stages, [shares[stage] for stage in stages])
        mould = self._dice.choice(by_stage[stage])
        self._language = mould.pattern.language
        # Some come again and again, most once or twice.
        number = int(self.people * self._dice.random() ** 2)
        self._who = person(self._language, number, signed_in=mould.pattern.account is not None)
        if mould.invoices:
            year = issue_year((self._at + mould.issued_after).replace(tzinfo=UTC), str(SETTINGS["store"]["time_zone"]))
            self._years = []
            for _ in range(mould.invoices):
                self.invoices[year] += 1
                self._years.append(f"{year}/{self.invoices[year]:05}")
        return mould

    def _forgotten(self) -> set[str]:
        age = (self._now - self._at).days
        return {table for table, days in (("told", TOLD_DAYS - 1), ("inbox", INBOX_DAYS - 1)) if age >= days}

    def _cast(self, mould: Mould, found: dict[TableName, list[str]], skip: AbstractSet[str] = frozenset()) -> None:
        texts = cast(mould, self._fillings)
        for table, (line, holes) in mould.lines.items():
            if table[1] not in skip:
                found.setdefault(table, []).append(line % tuple([texts[hole] for hole in holes]))

    @property
    def _time(self) -> str:
        # Two copies of one pattern never have the same.
        return ulid_time(int((self._at - datetime(1970, 1, 1)).total_seconds()) // 60 * 60_000 + self._n % 60_000)

    @property
    def _account(self) -> str:
        opened = ulid_time(int((self._start - datetime(1970, 1, 1)).total_seconds()) * 1000)
        return f"{opened}{LANGUAGES.index(self._language):02}{self._who.number:014}"

    def _due(self, minutes: int) -> datetime:
        # Nothing is due on the day of the measurement: a shop that runs has done it in its time.
        return max(self._at + timedelta(minutes=minutes), self._now + timedelta(days=2 + self._n % 20))


def ulid_time(milliseconds: int) -> str:
    """The ten characters of an id that say when it was made."""
    found = ""
    for _ in range(10):
        milliseconds, digit = divmod(milliseconds, 32)
        found = BASE32[digit] + found
    return found


def _by_stage(patterns: Sequence[Pattern]) -> dict[Stage, list[Mould]]:
    found: dict[Stage, list[Mould]] = {}
    for pattern in patterns:
        mould = mould_of(pattern)
        assert mould.deliveries <= DELIVERY_ROOM
        assert mould.told <= TOLD_ROOM
        found.setdefault(pattern.stage, []).append(mould)
    return found


@lru_cache(maxsize=8192)
def _minute(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M")
