"""Databases for tests: SQLite files and PostgreSQL databases, migrated once, emptied between tests, worked on as `_app`."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from shared.db.migrate import app_role, migrate
from shared.db.tx import Database
from shared.service import Service
from shared.values.clock import Clock

SERVER: Final = os.environ.get("CARTWRIGHT_TEST_DATABASE_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
IN_CI: Final = os.environ.get("CI") == "true"


def postgresql_reachable() -> bool:
    """In CI it must be; elsewhere its tests are left out when it is not."""
    try:
        with psycopg.connect(make_url(SERVER).set(drivername="postgresql").render_as_string(hide_password=False), connect_timeout=3):
            return True
    except psycopg.OperationalError:
        if IN_CI:
            raise
        return False


BACKENDS: Final = [
    "sqlite",
    pytest.param("postgresql", marks=() if postgresql_reachable() else pytest.mark.skip(reason="no PostgreSQL here")),
]


@contextmanager
def postgresql_database() -> Iterator[str]:
    """The URL of an empty database, dropped at the end."""
    name = f"cartwright_test_{secrets.token_hex(6)}"
    server = make_url(SERVER)
    admin = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


class Databases:
    """One migrated database per backend and service, kept for the session."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cartwright-test-")
        self._postgresql: str | None = None
        self._stack: list[object] = []
        self._migrated: set[tuple[str, str]] = set()
        self._opened: list[Database] = []

    def url(self, backend: str, service: Service) -> str:
        """The URL of the service's migrated database."""
        url = f"sqlite:///{Path(self._folder.name) / (service.name + '.db')}" if backend == "sqlite" else self._server()
        if (backend, service.name) not in self._migrated:
            migrate(service.name, url, service.folder, service.metadata)
            self._migrated.add((backend, service.name))
        return url

    def open(self, backend: str, service: Service, clock: Clock, *, pool_size: int = 8, test_mode: bool = False) -> Database:
        """The service's database, emptied.

        What a former test left in its pool is closed first: hundreds of tests would else use up the server's connections.
        """
        for former in self._opened:
            former.dispose()
        self._opened.clear()
        url = self.url(backend, service)
        empty(url, service)
        role = app_role(service.name) if backend == "postgresql" else None
        database = Database(service.name, url, clock, pool_size=pool_size, test_mode=test_mode, role=role)
        self._opened.append(database)
        return database

    def _server(self) -> str:
        if self._postgresql is None:
            context = postgresql_database()
            self._stack.append(context)
            self._postgresql = context.__enter__()
        return self._postgresql

    def close(self) -> None:
        """Drops all of it."""
        for context in self._stack:
            context.__exit__(None, None, None)  # type: ignore[attr-defined]
        self._folder.cleanup()


def empty(url: str, service: Service) -> None:
    """Deletes every row of the service. Real commits need real clearing: savepoints would hide commit bugs."""
    from sqlalchemy import create_engine

    engine = create_engine(url)
    names = [table.name for table in reversed(service.metadata.sorted_tables)]
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            tables = ", ".join(f"{service.name}.{name}" for name in names)
            connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
        else:
            for name in names:
                connection.execute(text(f"DELETE FROM {name}"))
    engine.dispose()
