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
from sqlalchemy import Engine, create_engine, text
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
        # What a power cut would take is no matter of these tests; the order of commits is the same.
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
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
        self._opened: dict[tuple[str, str], Database] = {}
        self._emptying: dict[str, Engine] = {}

    def url(self, backend: str, service: Service) -> str:
        """The URL of the service's migrated database."""
        url = f"sqlite:///{Path(self._folder.name) / (service.name + '.db')}" if backend == "sqlite" else self._server()
        if (backend, service.name) not in self._migrated:
            migrate(service.name, url, service.folder, service.metadata)
            self._migrated.add((backend, service.name))
        return url

    def open(self, backend: str, service: Service, clock: Clock, *, pool_size: int = 8, test_mode: bool = False) -> Database:
        """The service's database, emptied. Whoever opened it before has done with it: a server has only so many connections."""
        url = self.url(backend, service)
        if earlier := self._opened.pop((backend, service.name), None):
            earlier.dispose()
        self.empty(backend, service)
        role = app_role(service.name) if backend == "postgresql" else None
        database = Database(service.name, url, clock, pool_size=pool_size, test_mode=test_mode, role=role, durable=False)
        self._opened[backend, service.name] = database
        return database

    def empty(self, backend: str, service: Service) -> None:
        """Deletes every row of the service. Real commits need real clearing: savepoints would hide commit bugs."""
        url = self.url(backend, service)
        if url not in self._emptying:
            self._emptying[url] = create_engine(url, pool_size=1)  # kept: to connect takes as long as to delete
        tables = list(reversed(service.metadata.sorted_tables))
        with self._emptying[url].begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA synchronous=OFF")
                for table in tables:
                    connection.execute(text(f"DELETE FROM {table.name}"))
            else:
                # TRUNCATE would make new files for each table: ten times as slow on small ones.
                connection.exec_driver_sql(f"SET LOCAL search_path = {service.name}")
                connection.exec_driver_sql("; ".join(f"DELETE FROM {table.name}" for table in tables))
                connection.execute(_RESTART, {"schema": service.name})

    def _server(self) -> str:
        if self._postgresql is None:
            context = postgresql_database()
            self._stack.append(context)
            self._postgresql = context.__enter__()
        return self._postgresql

    def close(self) -> None:
        """Drops all of it."""
        for database in self._opened.values():
            database.dispose()
        for engine in self._emptying.values():
            engine.dispose()
        for context in self._stack:
            context.__exit__(None, None, None)  # type: ignore[attr-defined]
        self._folder.cleanup()


_RESTART: Final = text(
    "SELECT setval(quote_ident(sequence_schema) || '.' || quote_ident(sequence_name), 1, false) "
    "FROM information_schema.sequences WHERE sequence_schema = :schema"
)
