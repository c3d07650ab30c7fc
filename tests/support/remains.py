"""What a shop leaves behind: rows, files, messages, mails."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson
import pika
import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from shared.messaging.bus import EXCHANGE
from tests.support.shop import Shop
from tests.support.smtp_sink import Taken

TAP: Final = "tap"
"""A queue beside all others that gets a copy of each message."""
_TABLES: Final = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"


@contextmanager
def postgresql(shop: Shop) -> Iterator[psycopg.Connection[Any]]:
    """Into the database of a shop in full mode, as its owner."""
    url = make_url(shop.environment["CARTWRIGHT_DATABASE_URL"]).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        yield connection


def rows_of(shop: Shop) -> dict[str, bytes]:
    """All that is in its databases: every row of every table, or every byte of the files, with what was deleted and is still there."""
    if shop.mode == "embedded":
        return {path.name: path.read_bytes() for path in files_of(shop) if ".db" in path.name}
    found = {}
    with postgresql(shop) as connection:
        for schema, table in connection.execute(_TABLES).fetchall():
            rows = connection.execute(
                sql.SQL("SELECT found::text FROM {}.{} AS found").format(sql.Identifier(schema), sql.Identifier(table))
            )
            found[f"{schema}.{table}"] = "\n".join(row[0] for row in rows).encode()
    return found


def files_of(shop: Shop) -> list[Path]:
    """Of its data dir."""
    return [path for path in sorted((shop.folder / "data").rglob("*")) if path.is_file()]


def open_to_others(shop: Shop) -> list[str]:
    """Files and folders of the data dir that anybody but their owner may touch in any way."""
    everything = [shop.folder / "data", *(shop.folder / "data").rglob("*")]
    return [f"{path}: {stat.filemode(path.stat().st_mode)}" for path in everything if path.stat().st_mode & 0o077]


def lay_the_tap(shop: Shop) -> None:
    """From now on each message is kept, also when somebody has heard it."""
    with _broker(shop) as connection:
        channel = connection.channel()
        channel.queue_declare(TAP, durable=True)
        channel.queue_bind(TAP, EXCHANGE, routing_key="#")


def messages_of(shop: Shop) -> list[tuple[str, bytes]]:
    """Headers and body of each message; of an embedded shop as they lie in the bus's file, of which no more can be told apart."""
    if shop.mode == "embedded":
        return []
    found = []
    with _broker(shop) as connection:
        channel = connection.channel()
        while (taken := channel.basic_get(TAP, auto_ack=True))[0] is not None:
            method, properties, body = taken
            headers = orjson.dumps(properties.headers, default=str).decode()
            found.append((f"{method.routing_key} {headers} {properties.correlation_id}", bytes(body)))
    return found


@contextmanager
def _broker(shop: Shop) -> Iterator[Any]:
    connection = pika.BlockingConnection(pika.URLParameters(shop.environment["CARTWRIGHT_BROKER_URL"]))
    with connection:
        yield connection


def said_in(mail: Taken) -> str:
    """Headers, text and HTML of a mail, decoded."""
    parts = [part.get_content() for part in mail.message.walk() if part.get_content_maintype() == "text"]
    return "\n".join([*(f"{name}: {value}" for name, value in mail.message.items()), *parts])
