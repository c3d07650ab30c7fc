"""Migrations of every service, up, down and against drift, on both databases; run twice at once they do no harm."""

from __future__ import annotations

import threading
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, create_engine, inspect, text

from services.host.roster import ROSTER
from shared.db.migrate import UnknownRevision, app_role, migrate, migrating
from shared.service import Service
from tests.support.databases import BACKENDS, postgresql_database


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'service.db'}"
        return
    with postgresql_database() as made:
        yield made


@pytest.fixture(params=list(ROSTER))
def service(request: pytest.FixtureRequest) -> Service:
    return ROSTER[request.param]


def _tables(url: str, service: Service) -> set[str]:
    engine = create_engine(url)
    schema = service.name if engine.dialect.name == "postgresql" else None
    names = set(inspect(engine).get_table_names(schema=schema))
    engine.dispose()
    return names


def test_up_gives_the_catalogue_and_down_takes_all_of_it(url: str, service: Service) -> None:
    migrate(service.name, url, service.folder, service.metadata)
    assert _tables(url, service) == set(service.metadata.tables) | {"alembic_version"}

    migrate(service.name, url, service.folder, service.metadata, revision="base")
    assert _tables(url, service) == {"alembic_version"}

    migrate(service.name, url, service.folder, service.metadata)
    assert _tables(url, service) == set(service.metadata.tables) | {"alembic_version"}


def test_a_database_of_another_version_is_left_alone(url: str, service: Service) -> None:
    migrate(service.name, url, service.folder, service.metadata)
    with migrating(service.name, url) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'of_another'")

    with pytest.raises(UnknownRevision, match=f"the database of {service.name} was made by another version"):
        migrate(service.name, url, service.folder, service.metadata)

    assert _tables(url, service) == set(service.metadata.tables) | {"alembic_version"}


def test_the_migrated_database_is_what_the_tables_say(url: str, service: Service) -> None:
    migrate(service.name, url, service.folder, service.metadata)

    with migrating(service.name, url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, service.metadata) == []
        assert _checks_there(connection) == _checks_wanted(service)


def _checks_there(connection: typing.Any) -> set[str]:
    """Alembic does not see CHECK constraints: ask the catalogue of the database."""
    if connection.dialect.name == "postgresql":
        statement = "SELECT conname FROM pg_constraint WHERE contype = 'c' AND connamespace = current_schema()::regnamespace"
        found = connection.execute(text(statement))
        return {row[0] for row in found}
    names: set[str] = set()
    for table in inspect(connection).get_table_names():
        names |= {str(check["name"]) for check in inspect(connection).get_check_constraints(table) if check["name"]}
    return names


def _checks_wanted(service: Service) -> set[str]:
    tables = service.metadata.tables.values()
    return {str(check.name) for table in tables for check in table.constraints if isinstance(check, CheckConstraint) and check.name}


def test_two_at_once_migrate_once(url: str) -> None:
    service = ROSTER["delivery"]
    errors: list[BaseException] = []

    def run() -> None:
        try:
            migrate(service.name, url, service.folder, service.metadata)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert "alembic_version" in _tables(url, service)


@pytest.mark.parametrize("url", BACKENDS[1:], indirect=True)
def test_the_application_may_neither_change_history_nor_the_schema(url: str) -> None:
    service = ROSTER["returns"]
    migrate(service.name, url, service.folder, service.metadata)
    engine = create_engine(url, connect_args={"options": f"-c role={app_role(service.name)} -c search_path={service.name}"})

    for statement in ("DELETE FROM history", "UPDATE history SET command = 'x'", "DROP TABLE history", "CREATE TABLE mine (id int)"):
        with engine.connect() as connection, pytest.raises(Exception, match=r"permission denied|must be owner"):
            connection.execute(text(statement))
    engine.dispose()
