"""A filled database is one that the shop could have written: what `./prove age` measures must be true of real shops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from benchmarks.age import libpq
from benchmarks.fill import fill
from benchmarks.patterns import take_patterns
from services.host.roster import ROSTER
from shared.db.migrate import migrate
from shared.values.clock import SystemClock
from tests.support.databases import postgresql_database, postgresql_reachable

pytestmark = [pytest.mark.skipif(not postgresql_reachable(), reason="no PostgreSQL here"), pytest.mark.timeout(600)]
ORDERS = 1000


@dataclass(frozen=True)
class Filled:
    connection: psycopg.Connection[Any]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(statement.encode()).fetchall()

    def count(self, what: str) -> int:
        return int(self.rows(f"SELECT count(*) FROM {what}")[0][0])


@pytest.fixture(scope="module")
def filled() -> Iterator[Filled]:
    """A thousand orders out of twice three that the shop took."""
    patterns = take_patterns(3, seed=7)
    with postgresql_database() as url:
        for service in ROSTER.values():
            migrate(service.name, url, service.folder, service.metadata)
        fill(libpq(url), patterns, orders=ORDERS, now=SystemClock().now(), seed=7, say=lambda _: None)
        with psycopg.connect(libpq(url), autocommit=True) as connection:
            yield Filled(connection)


def test_every_order_is_there_once_with_its_lines_and_what_it_is_found_by(filled: Filled) -> None:
    assert filled.count("orders.orders") == ORDERS
    assert filled.rows("SELECT count(*) - count(DISTINCT number) FROM orders.orders WHERE number IS NOT NULL") == [(0,)]
    assert filled.count("orders.orders o WHERE NOT EXISTS (SELECT FROM orders.order_lines l WHERE l.order_id = o.id)") == 0
    named = "orders.orders o WHERE number IS NOT NULL AND email IS NOT NULL"
    found = "EXISTS (SELECT FROM orders.search_terms t WHERE t.order_id = o.id AND t.term = lower(o.{}))"
    assert filled.count(f"{named} AND NOT ({found.format('number')} AND {found.format('email')})") == 0


def test_orders_are_spread_over_three_years_and_none_is_of_tomorrow(filled: Filled) -> None:
    assert filled.rows("SELECT count(DISTINCT date_trunc('quarter', created_at)) >= 12, max(created_at) < now() FROM orders.orders") == [
        (True, True)
    ]


def test_stock_is_what_its_moves_say_and_holds_what_is_promised(filled: Filled) -> None:
    moved = "(SELECT coalesce(sum(quantity), 0) FROM delivery.stock_moves m WHERE m.sku = s.sku AND m.location = s.location)"
    assert filled.count(f"delivery.stock s WHERE on_hand <> {moved}") == 0
    promised = (
        "(SELECT coalesce(sum(l.quantity), 0) FROM delivery.reservation_lines l JOIN delivery.reservations r ON r.id = l.reservation_id"
        " WHERE r.state = 'active' AND l.sku = s.sku AND l.location = s.location)"
    )
    assert filled.count(f"delivery.stock s WHERE reserved + held <> {promised}") == 0


def test_invoices_of_a_year_are_numbered_without_a_gap(filled: Filled) -> None:
    rows = filled.rows("SELECT number FROM billing.invoices WHERE number IS NOT NULL ORDER BY number")
    by_year: dict[str, list[int]] = {}
    for (number,) in rows:
        _, year, serial = number.split("/")
        by_year.setdefault(year, []).append(int(serial))
    assert len(by_year) >= 3
    assert all(serials == list(range(1, len(serials) + 1)) for serials in by_year.values())
    assert dict(filled.rows("SELECT year::text, next FROM billing.invoice_series")) == {y: len(n) + 1 for y, n in by_year.items()}


def test_whoever_is_named_in_another_table_is_there(filled: Filled) -> None:
    keys = filled.rows(
        "SELECT conrelid::regclass::text, a.attname, confrelid::regclass::text, f.attname FROM pg_constraint c"
        " JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1]"
        " JOIN pg_attribute f ON f.attrelid = confrelid AND f.attnum = confkey[1] WHERE contype = 'f'"
    )
    assert len(keys) > 10
    for table, column, other, key in keys:
        lost = f"{table} t WHERE {column} IS NOT NULL AND NOT EXISTS (SELECT FROM {other} o WHERE o.{key} = t.{column})"
        assert filled.count(lost) == 0, f"{table}.{column}"
    for table in ("billing.payments", "delivery.deliveries", "notifications.events"):
        lost = f"{table} t WHERE order_id IS NOT NULL AND NOT EXISTS (SELECT FROM orders.orders o WHERE o.id = t.order_id)"
        assert filled.count(lost) == 0, table


def test_nothing_is_due_at_once_and_nothing_is_left_to_tell(filled: Filled) -> None:
    for service in ROSTER:
        assert filled.count(f"{service}.timers WHERE due_at < now() + interval '1 day'") == 0
        assert filled.count(f"{service}.outbox") == 0
