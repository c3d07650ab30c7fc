"""Migrations of one service's database: schema and roles, then Alembic, one runner at a time, with time-outs."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection, MetaData, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from shared.db.base import make_engine
from shared.errors import Unavailable

ENVIRONMENT: Final = Path(__file__).parent / "alembic"
LOCK_TIMEOUT_MS: Final = 5_000
STATEMENT_TIMEOUT_MS: Final = 300_000
INSERT_ONLY: Final = ("history",)
"""Tables in which the application's role may neither change nor delete."""


class UnknownRevision(Unavailable):
    """The database stands at a migration that this version does not have; nothing was changed."""

    def __init__(self, service: str) -> None:
        super().__init__(f"the database of {service} was made by another version of Cartwright: start that one, or an empty data dir")
        self.service = service


def owner_role(service: str) -> str:
    """The PostgreSQL role that owns the schema; only migrations use it."""
    return f"cartwright_{service}_owner"


def app_role(service: str) -> str:
    """The PostgreSQL role that processes work as."""
    return f"cartwright_{service}_app"


def config(folder: Path, metadata: MetaData, connection: Connection | None = None) -> Config:
    """Alembic's configuration of a service. `folder` is the service's own."""
    made = Config()
    made.set_main_option("script_location", str(ENVIRONMENT))
    made.set_main_option("version_locations", str(folder / "migrations" / "versions"))
    made.set_main_option("path_separator", "os")
    made.attributes["metadata"] = metadata
    made.attributes["connection"] = connection
    return made


def migrate(service: str, url: str, folder: Path, metadata: MetaData, *, revision: str = "head") -> None:
    """Brings one service's database to `revision`; harmless to repeat, safe to run twice at once.

    Raises Unavailable when the database does not answer, and UnknownRevision.
    """
    with migrating(service, url) as connection:
        made = config(folder, metadata, connection)
        try:
            if revision == "base":
                command.downgrade(made, "base")
            else:
                command.upgrade(made, revision)
        except CommandError as error:
            if isinstance(error.__cause__, ResolutionError):
                raise UnknownRevision(service) from error
            raise
        if connection.dialect.name == "postgresql":
            _restrict(connection, service)


@contextmanager
def migrating(service: str, url: str) -> Iterator[Connection]:
    """A connection on which alone this service's schema may be changed. Commits at the end."""
    try:
        if make_url(url).get_backend_name() == "sqlite":
            with _sqlite(url) as connection:
                yield connection
        else:
            with _postgresql(service, url) as connection:
                yield connection
    except DBAPIError as error:
        if error.connection_invalidated or type(error.orig).__name__ == "OperationalError":
            raise Unavailable(f"the database of {service} cannot be migrated: {str(error.orig).strip().splitlines()[0]}") from error
        raise


@contextmanager
def _sqlite(url: str) -> Iterator[Connection]:
    path = Path(str(make_url(url).database))
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = make_engine(url, schema=None, role=None, pool_size=1)
    with path.with_suffix(".migrate").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with engine.connect() as connection:
            # Batch mode copies tables; their foreign keys would hinder it.
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.rollback()
            with connection.begin():
                yield connection
    engine.dispose()


@contextmanager
def _postgresql(service: str, url: str) -> Iterator[Connection]:
    options = f"-c lock_timeout={LOCK_TIMEOUT_MS} -c statement_timeout={STATEMENT_TIMEOUT_MS} -c search_path={service}"
    engine = create_engine(url, connect_args={"options": options, "connect_timeout": 5})
    try:
        with engine.begin() as connection:
            # Roles belong to the whole cluster: one lock for all services and databases of ours.
            connection.execute(text("SELECT pg_advisory_xact_lock(7203418)"))
            for role in (owner_role(service), app_role(service)):
                connection.exec_driver_sql(_CREATE_ROLE.format(role=role))
                connection.exec_driver_sql(f"GRANT {role} TO CURRENT_USER")
            connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {service} AUTHORIZATION {owner_role(service)}")
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 2))"), {"name": service})
            connection.exec_driver_sql(f"SET LOCAL ROLE {owner_role(service)}")
            yield connection
    finally:
        engine.dispose()


_CREATE_ROLE: Final = """
DO $$ BEGIN
    CREATE ROLE {role} NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""


def _restrict(connection: Connection, service: str) -> None:
    role = app_role(service)
    statements = [
        f"GRANT USAGE ON SCHEMA {service} TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {service} TO {role}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {service} TO {role}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {role}",
        *(f"REVOKE UPDATE, DELETE ON {table} FROM {role}" for table in INSERT_ONLY),
    ]
    existing = {row[0] for row in connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = :name"), {"name": service})}
    for statement in statements:
        table = statement.partition(" ON ")[2].partition(" FROM")[0]
        if not statement.startswith("REVOKE") or table in existing:
            connection.exec_driver_sql(statement)


def revise(folder: Path, metadata: MetaData, connection: Connection, message: str, *, number: str) -> Any:
    """Writes a new migration out of the difference between catalogue and database: for developers."""
    (folder / "migrations" / "versions").mkdir(parents=True, exist_ok=True)
    made = config(folder, metadata, connection)
    return command.revision(made, message, autogenerate=True, rev_id=number, version_path=str(folder / "migrations" / "versions"))
