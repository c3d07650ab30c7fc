"""A shop that was lived in, and then stopped: its files, to be copied, spoilt and looked at."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from services.host.audit.report import Report
from services.host.audit.run import audit
from services.host.start import broker_url, database_of
from shared.settings import SERVICES, Environment
from shared.values.clock import Clock, FixedClock, SystemClock
from tests.support.following import eventually
from tests.support.shop import Shop, open_shop

SECRET: Final = "secret-of-the-lived-shop"


@dataclass
class LivedShop:
    """`data`: its folder. `orders`: ids by what became of them. Business time stands where the shop was stopped."""

    data: Path
    orders: Mapping[str, str]
    clock: Clock

    def copied_to(self, folder: Path) -> LivedShop:
        """The same shop in another folder, to be spoilt."""
        return LivedShop(Path(shutil.copytree(self.data, folder)), self.orders, self.clock)

    @property
    def environment(self) -> Environment:
        """What a command finds that is run on it."""
        return Environment(_env_file=None, data_dir=self.data, test_mode=True, secret=SECRET)  # type: ignore[call-arg]

    def sql(self, file: str, statement: str) -> None:
        """Changes rows of a file by hand, around all constraints; the statement may name the orders."""
        with sqlite3.connect(self.data / f"{file}.db") as connection:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            changed = connection.execute(statement, {key: value for key, value in self.orders.items() if f":{key}" in statement})
            assert changed.rowcount > 0, statement
        connection.close()

    def value(self, file: str, statement: str) -> Any:
        """The first value of the first row."""
        connection = sqlite3.connect(self.data / f"{file}.db")
        try:
            row = connection.execute(statement, {key: value for key, value in self.orders.items() if f":{key}" in statement}).fetchone()
        finally:
            connection.close()
        return None if row is None else row[0]

    def audited(self, **options: Any) -> Report:
        """The report; nothing is on its way in a shop that does not run."""
        return audit_of(self.environment, self.clock, **{"settle_seconds": 0, "pause_seconds": 0, **options})


def audit_of(environment: Environment, clock: Clock, **options: Any) -> Report:
    """The audit of an installation."""
    databases = {service: database_of(service, environment, clock=clock, pool_size=1) for service in SERVICES}
    try:
        return audit(databases, broker_url=broker_url(environment), **options)
    finally:
        for database in databases.values():
            database.dispose()


@contextmanager
def lived_shop() -> Iterator[LivedShop]:
    """Orders in every state of their lives, embedded: bought and partly handed over, shipped, cancelled, awaited, being paid, a cart."""
    with open_shop("embedded") as shop:
        orders = _live(shop)
        environment = Environment(_env_file=None, data_dir=shop.folder / "data", test_mode=True)  # type: ignore[call-arg]

        def at_rest() -> bool:
            report = audit_of(environment, SystemClock(), settle_seconds=0, pause_seconds=0)
            assert report.clean, report.violations
            return not report.counted["messages at the broker"]

        eventually(at_rest, what="a shop in which nothing is on its way")
        stopped_at = datetime.now(UTC)
        assert shop.stop() == 0
        yield LivedShop(shop.folder / "data", orders, FixedClock(stopped_at))


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
