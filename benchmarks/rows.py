"""What is really in the databases after a run: read past the shop, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from benchmarks.figures import missing_numbers
from shared.db.base import Instant
from shared.settings import SERVICES, Environment

LAST_OF: Final = ("delivery.stock_reserved", "delivery.delivery_ready", "billing.invoice_posted")
"""What an order's webhook has set off when all three have been told."""


class Rows:
    """The five databases of a shop, SQLite or PostgreSQL, as their owner reads them."""

    def __init__(self, environment: Environment) -> None:
        self._engines: dict[str, Engine] = {}
        for service in SERVICES:
            options = {} if environment.embedded else {"connect_args": {"options": f"-c search_path={service}"}}
            self._engines[service] = create_engine(environment.database_url_of(service), poolclass=NullPool, **options)

    def count(self, service: str, what: str) -> int:
        """Rows of `table WHERE condition`, written as SQL."""
        return int(self._rows(service, f"SELECT count(*) FROM {what}")[0][0])

    def facts(self) -> int:
        """Facts told by all services so far."""
        return sum(self.count(service, "told") for service in SERVICES)

    def unfinished(self) -> dict[str, int]:
        """What the shop still has to do, by name; empty when it is at rest."""
        left = {f"outbox of {service}": self.count(service, "outbox") for service in SERVICES}
        left |= {f"timeline of {service}": self.count(service, "unrecorded") for service in SERVICES}
        left["PDFs"] = self.count("billing", "invoices WHERE state = 'posted' AND pdf_sha256 IS NULL")
        left["mails"] = self.count("notifications", "notifications WHERE state IN ('queued', 'sending')")
        return {name: number for name, number in left.items() if number}

    def contradictions(self, orders: int) -> list[str]:
        """Sentences about what is not as `orders` orders from cart to doorstep must have left it; empty when all adds up."""
        counted = {
            "confirmed orders": self.count("orders", "orders WHERE state = 'confirmed'"),
            "shipped orders": self.count("orders", "orders WHERE delivery_status = 'full'"),
            "captured payments": self.count("billing", "payments WHERE state = 'captured'"),
            "firm reservations": self.count("delivery", "reservations WHERE kind = 'firm'"),
            "done deliveries": self.count("delivery", "deliveries WHERE state = 'done'"),
            "parcels": self.count("delivery", "parcels"),
            "posted invoices": self.count("billing", "invoices WHERE state = 'posted'"),
            "paid invoices": self.count("billing", "invoices WHERE payment_state = 'paid'"),
            "PDFs": self.count("billing", "invoices WHERE pdf_sha256 IS NOT NULL"),
            "pieces shipped": -int(self._rows("delivery", "SELECT sum(quantity) FROM stock_moves WHERE reason = 'shipped'")[0][0] or 0),
        }
        found = [f"{number} {name}, not {orders}" for name, number in counted.items() if number != orders]
        numbers = [int(row[0].rpartition("/")[2]) for row in self._rows("billing", "SELECT number FROM invoices WHERE number IS NOT NULL")]
        found += [f"invoice number {number} is missing" for number in missing_numbers(numbers)]
        letters = {service: self.count(service, "dead_letters") for service in SERVICES}
        return found + [f"{number} dead letters of {service}" for service, number in letters.items() if number]

    def followed_at(self) -> dict[str, datetime]:
        """By order: when the last of its reservation, ready delivery and invoice had been told, so was committed and known to others."""
        found: dict[str, list[datetime]] = {}
        for service in ("delivery", "billing"):
            names = ", ".join(f"'{name}'" for name in LAST_OF)
            statement = text(f"SELECT envelope, told_at FROM told WHERE name IN ({names})").columns(told_at=Instant())
            with self._engines[service].connect() as connection:
                for envelope, told_at in connection.execute(statement):
                    found.setdefault(orjson.loads(envelope)["order_id"], []).append(told_at)
        return {order_id: max(times) for order_id, times in found.items() if len(times) == len(LAST_OF)}

    def close(self) -> None:
        """Closes all connections."""
        for engine in self._engines.values():
            engine.dispose()

    def _rows(self, service: str, statement: str) -> list[Any]:
        with self._engines[service].connect() as connection:
            return list(connection.execute(text(statement)))


@contextmanager
def rows_of(environment: Environment) -> Iterator[Rows]:
    """The rows, as long as the block runs."""
    rows = Rows(environment)
    try:
        yield rows
    finally:
        rows.close()
