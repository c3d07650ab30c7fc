"""A shop that was lived in, and then stopped: its files, to be copied, spoilt and looked at."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.host.audit.report import Report
from services.host.audit.run import audit
from services.host.start import broker_url, database_of
from shared.db.tx import Database
from shared.settings import SERVICES, Environment
from shared.values.clock import Clock, FixedClock, SystemClock
from tests.support.following import eventually
from tests.support.shop import Shop, open_shop


class LivedShop:
    """The files in `data`, and what an audit finds in them. Business time stands where the shop was stopped."""

    def __init__(self, data: Path, orders: Mapping[str, str], stopped_at: datetime) -> None:
        self.data = data
        self.orders = orders
        """Ids by what became of them."""
        environment = Environment(_env_file=None, data_dir=data, test_mode=True)  # type: ignore[call-arg]
        self._databases = databases_of(environment, FixedClock(stopped_at))
        self._broker = broker_url(environment)
        self._unspoilt = {path: path.with_suffix(".kept") for path in data.glob("*.db")}
        self._spoilt: set[Path] = set()
        for path, kept in self._unspoilt.items():
            _copy(path, kept)

    def audited(self, *, settle_seconds: float = 0, days: float | None = None, meanwhile: Callable[[], None] = lambda: None) -> Report:
        """The report; nothing is on its way in a shop that does not run. `meanwhile` is what happens between the two looks."""
        options: dict[str, Any] = {"settle_seconds": settle_seconds, "pause_seconds": 0, "pause": lambda _: meanwhile(), "days": days}
        return audit(self._databases, broker_url=self._broker, **options)

    def spoil(self, file: str, statement: str) -> None:
        """Changes rows of a file by hand, around all constraints; the statement may name the orders."""
        path = self.data / f"{file}.db"
        self._spoilt.add(path)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            named = {name: order_id for name, order_id in self.orders.items() if f":{name}" in statement}
            assert connection.execute(statement, named).rowcount > 0, statement

    def put_back(self) -> None:
        """As it was before it was spoilt."""
        while self._spoilt:
            path = self._spoilt.pop()
            _copy(self._unspoilt[path], path)

    def close(self) -> None:
        """Ends the connections."""
        for database in self._databases.values():
            database.dispose()


def _copy(source: Path, target: Path) -> None:
    # Through SQLite: connections that are open to the target see it.
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def databases_of(environment: Environment, clock: Clock) -> dict[str, Database]:
    """All five of an installation, for an audit."""
    return {service: database_of(service, environment, clock=clock, pool_size=1) for service in SERVICES}


@contextmanager
def lived_shop() -> Iterator[LivedShop]:
    """Orders in every state of their lives, embedded: bought and partly handed over, shipped, cancelled, awaited, being paid, a cart."""
    with open_shop("embedded") as shop:
        orders = _live(shop)
        environment = Environment(_env_file=None, data_dir=shop.folder / "data", test_mode=True)  # type: ignore[call-arg]
        databases = databases_of(environment, SystemClock())
        _wait_until_at_rest(databases, broker_url(environment))
        for database in databases.values():
            database.dispose()
        stopped_at = datetime.now(UTC)
        assert shop.stop() == 0
        lived = LivedShop(environment.data_dir, orders, stopped_at)
        try:
            yield lived
        finally:
            lived.close()


def _wait_until_at_rest(databases: Mapping[str, Database], broker: str) -> None:
    seen: list[Mapping[str, int]] = [{}]

    def at_rest() -> bool:
        report = audit(databases, broker_url=broker, settle_seconds=0, pause_seconds=0)
        assert report.clean, report.violations
        seen.append(report.counted)
        return seen[-1] == seen[-2] and not report.counted["messages at the broker"]

    eventually(at_rest, what="a shop in which nothing is on its way")


def _live(shop: Shop) -> dict[str, str]:
    bought, shipped, cancelled = (shop.cart(shop.product(on_hand=5), 3) for _ in range(3))
    awaited, paying, cart = (shop.cart(shop.product(on_hand=5), 2) for _ in range(3))
    for one in (bought, shipped):
        shop.tell("succeeded", one.submitted()).ok(200)
    cancelled.submitted()
    shop.staff("POST", f"/orders/{cancelled.id}/cancel", {"reason": "customer_request"}).ok()
    awaited.submitted(method="wire")
    shop.tell("payment_failed", paying.submitted()).ok(200)
    for one, quantity in ((bought, 2), (shipped, 3)):
        ready = eventually(lambda one=one: [d for d in one.order("deliveries")["deliveries"] if d["state"] == "ready"], what="a delivery")[
            0
        ]
        lines = [{"line_id": ready["lines"][0]["id"], "quantity": quantity}]
        shop.staff("POST", f"/deliveries/{ready['id']}/validate", {"lines": lines, "tracking_number": "1Z"}).ok()
    eventually(lambda: cancelled.order()["state"] == "cancelled", what="the cancelled order")
    named = {"bought": bought, "shipped": shipped, "cancelled": cancelled, "awaited": awaited, "paying": paying, "cart": cart}
    return {name: one.id for name, one in named.items()}
