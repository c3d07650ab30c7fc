"""One look at all databases: page by page, each page a short transaction, nothing kept but what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, TypeVar

from shared.db.tx import Database, Tx

PAGE: Final = 2000
"""Rows of a page: a few milliseconds of the database, and a few megabytes here."""

T = TypeVar("T")


class Look:
    """Where an invariant looks, how old a thing has to be to count, and how much was looked at.

    `orders`: the only ones to look at, in the second look; None: all.
    """

    def __init__(
        self,
        databases: Mapping[str, Database],
        *,
        settle_seconds: float,
        facts_hours: float,
        broker_url: str | None,
        orders: Sequence[str] | None = None,
    ) -> None:
        self._databases = databases
        self._settle = timedelta(seconds=settle_seconds)
        self._facts = timedelta(hours=facts_hours)
        self.broker_url = broker_url
        self.orders = orders
        self.counted: Counter[str] = Counter()
        self.now = cache(self._now)

    @property
    def services(self) -> Sequence[str]:
        """Those that can be asked."""
        return tuple(self._databases)

    def settled(self, service: str) -> datetime:
        """What is older than this has had time enough to be heard by everybody. It stands still during a look."""
        return self.now(service) - self._settle

    def facts_since(self, service: str) -> datetime:
        """Facts that were told before this are not looked at."""
        return self.now(service) - self._facts

    def _now(self, service: str) -> datetime:
        return self.ask(service, lambda tx: tx.now)

    def ask(self, service: str, question: Callable[[Tx], T]) -> T:
        """The answer to one question of one database."""
        with self._databases[service].read() as tx:
            return question(tx)

    def pages(
        self, service: str, page: Callable[..., Sequence[Any]], *, of: str | None = None, key: int = 1, rows: int = PAGE, **values: Any
    ) -> Iterator[Sequence[Any]]:
        """All rows of `page(tx, after=…, rows=…)`, which rise by their first `key` columns; `of` is what they are counted as."""
        after: Any = None
        while True:
            with self._databases[service].read() as tx:
                found = page(tx, after=after, rows=rows, **values)
            if of is not None:
                self.counted[of] += len(found)
            if found:
                yield found
            if len(found) < rows:
                return
            after = found[-1][0] if key == 1 else tuple(found[-1][:key])

    def rows(
        self, service: str, page: Callable[..., Sequence[Any]], *, of: str | None = None, key: int = 1, **values: Any
    ) -> Iterator[Any]:
        """As `pages`, one row at a time."""
        for found in self.pages(service, page, of=of, key=key, **values):
            yield from found
