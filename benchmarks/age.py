"""`./prove age`: a shop of some age. Its tables are filled, and what staff look at is asked of it, again and again.

Nothing but 127.0.0.1 is aimed at; PostgreSQL and RabbitMQ are those of CARTWRIGHT_DATABASE_URL and CARTWRIGHT_BROKER_URL.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import psycopg
from sqlalchemy.engine import make_url

from benchmarks.figures import percentiles, table
from benchmarks.fill import ALL, fill
from benchmarks.lists import Look, looks
from benchmarks.load_settings import ADMIN_KEY
from benchmarks.patterns import take_patterns
from benchmarks.system import CannotMeasure, empty_database, ends_cleanly, local_url, running
from shared.errors import CartwrightError
from shared.values.clock import SystemClock

PATTERNS: Final = 48
SEED: Final = 7
BAR_MS: Final = 50.0
SERVERS: Final = {
    "CARTWRIGHT_DATABASE_URL": "postgresql+psycopg://postgres@127.0.0.1:5432/postgres",
    "CARTWRIGHT_BROKER_URL": "amqp://guest:guest@127.0.0.1:5672//",
}
"""Where they are unless it is said otherwise."""


def main() -> int:
    """Prints the figures; 0 when every p95 is below 50 ms, 1 when one is not, 2 when nothing could be measured."""
    arguments = _arguments()
    ends_cleanly()
    for variable, url in SERVERS.items():
        os.environ.setdefault(variable, url)
    try:
        with _database(arguments.database) as url:
            if not _filled(url):
                _fill(url, orders=arguments.orders, services=arguments.services)
            return _measure(url, times=arguments.times)
    except (CannotMeasure, CartwrightError, psycopg.Error) as error:
        print(f"age: {error}", file=sys.stderr)
        return 2


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Lists, search and order pages of a shop with many orders. On 127.0.0.1 alone.")
    parser.add_argument("--orders", type=int, default=1_000_000, help="orders of three years (1,000,000, which take 40 GB)")
    parser.add_argument(
        "--services",
        nargs="+",
        choices=ALL,
        default=ALL,
        help="whose tables are filled (all); orders and notifications are enough for lists, search and pages of orders, in 25 GB",
    )
    parser.add_argument("--times", type=int, default=40, help="looks of each kind (40)")
    parser.add_argument("--database", metavar="NAME", help="fill this one, or take it as it is, and keep it; else one that is dropped")
    found = parser.parse_args()
    if not (100 <= found.orders <= 10_000_000 and 1 <= found.times <= 10_000):
        parser.error("100 to 10,000,000 orders, 1 to 10,000 looks of each kind")
    return found


@contextmanager
def _database(name: str | None) -> Iterator[str]:
    server = local_url("CARTWRIGHT_DATABASE_URL")
    if name is None:
        with empty_database(server) as url:
            yield url
        return
    with psycopg.connect(libpq(server), autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)


def libpq(url: str) -> str:
    """The same address as psycopg takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _filled(url: str) -> bool:
    with psycopg.connect(libpq(url)) as connection:
        if connection.execute("SELECT to_regclass('orders.orders')").fetchone() == (None,):
            return False
        return connection.execute("SELECT EXISTS (SELECT FROM orders.orders)").fetchone() == (True,)


def _fill(url: str, *, orders: int, services: Sequence[str]) -> None:
    print("The shop takes the orders that are to be many …", flush=True)
    patterns = take_patterns(PATTERNS, seed=SEED)
    with running("up", provider=False, database_url=url):
        # It lays its tables, and closes again.
        pass
    filled = fill(
        libpq(url),
        patterns,
        orders=orders,
        now=SystemClock().now(),
        seed=SEED,
        say=lambda said: print(said, flush=True),
        services=services,
    )
    with psycopg.connect(libpq(url)) as connection:
        size = connection.execute("SELECT pg_database_size(current_database())").fetchone() or (0,)
    print(f"{filled.orders:,} orders, {filled.accounts:,} accounts: {size[0] / 1e9:.1f} GB in {filled.seconds:.0f} s.", flush=True)


def _measure(url: str, *, times: int) -> int:
    with psycopg.connect(libpq(url)) as connection:
        asked = looks(connection, now=SystemClock().now(), times=times, seed=SEED)
    with running("up", provider=False, database_url=url) as system:
        staff = _Staff(system.environment.local_url)
        rows = []
        slow = []
        for look in asked:
            staff.look(look)  # once for the caches: a shop of some age has been looked at before
            p50, p95, p99 = (seconds * 1000 for seconds in percentiles(staff.look(look)))
            rows.append((look.name, f"{p50:.1f}", f"{p95:.1f}", f"{p99:.1f}"))
            slow += [look.name] if p95 >= BAR_MS else []
    print(table((f"ms, {times} looks each", "p50", "p95", "p99"), rows))
    print(f"\nEvery p95 is below {BAR_MS:.0f} ms." if not slow else f"\np95 of {BAR_MS:.0f} ms or more: {', '.join(slow)}")
    return 1 if slow else 0


class _Staff:
    """One member of staff at one connection, as a browser keeps it."""

    def __init__(self, base_url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=120)

    def look(self, look: Look) -> list[float]:
        """Seconds that each answer took. Raises CannotMeasure."""
        return [seconds for path in look.paths for seconds in self._pages(path, look.pages)]

    def _pages(self, path: str, pages: int) -> Sequence[float]:
        took = []
        at = path
        for _ in range(pages + 1):
            began = time.perf_counter()
            self._connection.request("GET", at, headers={"Authorization": f"Bearer {ADMIN_KEY}"})
            answer = self._connection.getresponse()
            text = answer.read()
            took.append(time.perf_counter() - began)
            if answer.status not in (200, 404):
                raise CannotMeasure(f"GET {at}: {answer.status} {text[:300].decode(errors='replace')}")
            after = json.loads(text).get("page", {}).get("next")
            if after is None:
                break
            at = f"{path}{'&' if '?' in path else '?'}after={after}"
        return took


if __name__ == "__main__":
    sys.exit(main())
