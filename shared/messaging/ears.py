"""What a relay waits on: news that one of its outboxes has something."""

from __future__ import annotations

import select
import threading
from collections.abc import Sequence
from typing import Any

import psycopg

from shared.db.tx import Database


class Ears:
    """Waits until one of some outboxes has something: LISTEN on PostgreSQL, an event in the process on SQLite.

    On PostgreSQL it also holds the advisory lock that makes this relay the one active of its service.
    """

    def __init__(self, databases: Sequence[Database]) -> None:
        self._databases = databases
        self._connections: list[psycopg.Connection[Any]] = []
        self._bell = threading.Event()
        for database in databases:
            database.bell = self._bell

    def lead(self) -> bool:
        """Becomes the active relay of all its services, or stays behind the one that is. Raises psycopg.OperationalError."""
        for connection in self._connections:
            if connection.closed:
                self.close()
                break
        if self._connections or self._databases[0].engine.dialect.name != "postgresql":
            return True
        for database in self._databases:
            connection = psycopg.connect(
                database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False),
                autocommit=True,
                application_name=f"cartwright relay {database.service}",
                keepalives_idle=30,
                keepalives_interval=10,
                keepalives_count=3,
            )
            self._connections.append(connection)
            row = connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (database.channel,)).fetchone()
            if row is None or not row[0]:
                self.close()
                return False
            connection.execute(f'LISTEN "{database.channel}"')
        return True

    def wait(self, seconds: float) -> set[str]:
        """Names of the services that told something; empty when the time is over.

        Raises psycopg.OperationalError when a connection is gone.
        """
        if not self._connections:
            self._bell.wait(seconds)
            self._bell.clear()
            return {database.service for database in self._databases if _rang(database)}
        poll = select.poll()
        for connection in self._connections:
            poll.register(connection.fileno(), select.POLLIN)
        if not poll.poll(seconds * 1000):
            return set()
        return {
            database.service
            for database, connection in zip(self._databases, self._connections, strict=True)
            if list(connection.notifies(timeout=0))
        }

    def close(self) -> None:
        for connection in self._connections:
            connection.close()
        self._connections = []


def _rang(database: Database) -> bool:
    rang = database.told.is_set()
    database.told.clear()
    return rang
