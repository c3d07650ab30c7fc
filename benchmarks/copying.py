"""COPY into the tables of five services, and what must be put right around it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import psycopg
from psycopg import sql

from benchmarks.moulds import TableName, columns_of
from services.host.roster import ROSTER

ADD_UP: Final = (
    """UPDATE delivery.stock SET reserved = coalesce(p.firm, 0), held = coalesce(p.held, 0), on_hand = coalesce(p.firm, 0)
           + coalesce(p.held, 0) + 5000
       FROM delivery.stock s LEFT JOIN (SELECT l.sku, l.warehouse, l.location,
           sum(l.quantity) FILTER (WHERE r.kind = 'firm') AS firm, sum(l.quantity) FILTER (WHERE r.kind = 'hold') AS held
           FROM delivery.reservation_lines l JOIN delivery.reservations r ON r.id = l.reservation_id WHERE r.state = 'active'
           GROUP BY 1, 2, 3) p USING (sku, warehouse, location)
       WHERE (stock.sku, stock.warehouse, stock.location) = (s.sku, s.warehouse, s.location)""",
    """INSERT INTO delivery.stock_moves (id, sku, warehouse, location, quantity, reason, actor, at)
       SELECT 'mov_' || lpad(row_number() OVER ()::text, 26, '0'), s.sku, s.warehouse, s.location, s.on_hand - coalesce(m.moved, 0),
           'received', '{"type": "system"}', (SELECT min(at) FROM delivery.stock_moves)
       FROM delivery.stock s LEFT JOIN (SELECT sku, warehouse, location, sum(quantity) AS moved FROM delivery.stock_moves
           GROUP BY 1, 2, 3) m USING (sku, warehouse, location)
       WHERE s.on_hand <> coalesce(m.moved, 0)""",
    """UPDATE orders.availability SET available = s.free FROM (SELECT sku, sum(on_hand - reserved - held) AS free FROM delivery.stock
       GROUP BY sku) s WHERE s.sku = availability.sku""",
)
"""Stock is there for whatever was promised of it, and came in some day."""


def copy_all(connection: psycopg.Connection[Any], lines: Mapping[TableName, Sequence[str]], services: Collection[str]) -> None:
    """The lines of each table, in one transaction; only those of `services`."""
    with connection.transaction():
        for table, texts in lines.items():
            if table[0] in services:
                copy_in(connection, table, "".join(texts))


def copy_in(connection: psycopg.Connection[Any], table: TableName, text: str) -> None:
    """Lines of COPY into one table."""
    columns = sql.SQL(", ").join(map(sql.Identifier, columns_of(table)))
    with connection.cursor().copy(sql.SQL("COPY {} ({}) FROM STDIN").format(qualified(table), columns)) as copy:
        copy.write(text)


def qualified(table: TableName) -> sql.Identifier:
    """A table with its schema."""
    return sql.Identifier(*table)


def drop_indexes(connection: psycopg.Connection[Any]) -> list[str]:
    """Drops what is no constraint, and the one key that comes in no order; returns how they are made again."""
    found = connection.execute(
        "SELECT schemaname, indexname, indexdef FROM pg_indexes WHERE schemaname = ANY(%s) AND NOT EXISTS "
        "(SELECT FROM pg_constraint WHERE conname = indexname AND connamespace = schemaname::regnamespace) ORDER BY 1, 2",
        (list(ROSTER),),
    ).fetchall()
    for schema, name, _ in found:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(schema, name)))
    connection.execute("ALTER TABLE orders.search_terms DROP CONSTRAINT pk_search_terms")
    return [definition for _, _, definition in found] + [
        "ALTER TABLE orders.search_terms ADD CONSTRAINT pk_search_terms PRIMARY KEY (term, order_id, record_id)"
    ]


def add_up(connection: psycopg.Connection[Any], invoices: Mapping[int, int]) -> None:
    """Stock is what its moves say, and holds what is promised of it; every count goes on where the copies end."""
    for statement in ADD_UP:
        connection.execute(statement)
    connection.execute("DELETE FROM billing.invoice_series")
    for year, number in invoices.items():
        connection.execute("INSERT INTO billing.invoice_series VALUES ('invoice', %s, %s)", (year, number + 1))
    for schema, table, column in connection.execute(
        "SELECT table_schema, table_name, column_name FROM information_schema.columns WHERE is_identity = 'YES'"
    ).fetchall():
        connection.execute(
            sql.SQL("SELECT setval(pg_get_serial_sequence({}, {}), (SELECT max({}) FROM {})) WHERE EXISTS (SELECT FROM {})").format(
                sql.Literal(f"{schema}.{table}"),
                sql.Literal(column),
                sql.Identifier(column),
                sql.Identifier(schema, table),
                sql.Identifier(schema, table),
            )
        )
    connection.execute(
        "SELECT setval(pg_get_serial_sequence('orders.outbox', 'id'), (SELECT max(id) FROM orders.told)) "
        "WHERE EXISTS (SELECT FROM orders.told)"
    )
