"""One look at all five databases: page by page, each page a short transaction, nothing kept but what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from shared.db.tx import Database, Tx

PAGE: Final = 2000
"""Rows of a page: a few milliseconds of the database, and a few megabytes here."""

T = TypeVar("T")
Page = Callable[..., Sequence[T]]
"""`(tx, after=…, rows=…) -> rows`, rising by their first column, which `after` is of: None for the first page."""


class Look:
    """Where an invariant looks, how old a thing has to be to count, and how much was looked at."""

    def __init__(self, databases: Mapping[str, Database], *, settle_seconds: float, broker_url: str | None) -> None:
        self._databases = databases
        self._settle = timedelta(seconds=settle_seconds)
        self.broker_url = broker_url
        self.counted: Counter[str] = Counter()

    def has(self, *services: str) -> bool:
        """Whether all of these can be asked."""
        return all(service in self._databases for service in services)

    @property
    def services(self) -> Sequence[str]:
        """Those that can be asked."""
        return tuple(self._databases)

    def now(self, service: str) -> datetime:
        """The service's present."""
        with self._databases[service].read() as tx:
            return tx.now

    def settled(self, service: str) -> datetime:
        """What is older than this has had time enough to be heard by everybody."""
        return self.now(service) - self._settle

    def ask(self, service: str, question: Callable[[Tx], T]) -> T:
        """The answer to one question of one database."""
        with self._databases[service].read() as tx:
            return question(tx)

    def pages(self, service: str, page: Page[T], *, of: str | None = None, **values: Any) -> Iterator[Sequence[T]]:
        """All rows, a page at a time; `of` is what they are counted as."""
        after: Any = None
        while True:
            with self._databases[service].read() as tx:
                rows = page(tx, after=after, rows=PAGE, **values)
            if of is not None:
                self.counted[of] += len(rows)
            if rows:
                yield rows
            if len(rows) < PAGE:
                return
            after = rows[-1][0]  # type: ignore[index]

    def rows(self, service: str, page: Page[T], *, of: str | None = None, **values: Any) -> Iterator[T]:
        """All rows, one at a time."""
        for rows in self.pages(service, page, of=of, **values):
            yield from rows
