"""Starts services in this process: the same way for one of them or all five."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from services.host.documents import connect_documents
from services.host.roster import ROSTER
from shared.db.migrate import app_role, migrate
from shared.db.tx import Database
from shared.errors import Unavailable
from shared.messaging.bus import Bus
from shared.service import Running, Service, queues
from shared.settings import Environment
from shared.values.clock import Clock, SystemClock

DOCUMENTS: Final = "billing.documents"
"""The one queue with workers of its own: PDFs cost much and may lag."""


def database_of(service: str, environment: Environment, *, clock: Clock | None = None, pool_size: int = 8) -> Database:
    """A service's database, as its application's role."""
    role = None if environment.embedded else app_role(service)
    return Database(
        service,
        environment.database_url_of(service),
        clock or SystemClock(),
        pool_size=pool_size,
        test_mode=environment.test_mode,
        role=role,
    )


def start(
    names: Sequence[str],
    environment: Environment,
    secret: str,
    *,
    clock: Clock | None = None,
    pool_size: int = 8,
    roster: Mapping[str, Service] = ROSTER,
) -> dict[str, Running]:
    """These services, running in this process: with database and adapters, which know the secret even when it was generated."""
    environment = environment.model_copy(update={"secret": secret})
    found = {}
    for name in names:
        service = roster[name]
        outside: Any = service.connect(environment) if service.connect is not None else None
        db = database_of(name, environment, clock=clock, pool_size=pool_size)
        found[name] = Running(service=service, db=db, environment=environment, secret=secret, outside=outside)
    connect_documents(found, environment, secret)
    return found


def broker_url(environment: Environment) -> str:
    """Celery's broker: the given one, or the embedded bus's file."""
    if environment.broker_url is not None:
        return environment.broker_url
    from shared.messaging.embedded.transport import SCHEME, register

    register()
    return f"{SCHEME}://{_bus_path(environment)}"


def _bus_path(environment: Environment) -> Path:
    return environment.data_dir.absolute() / "bus.db"


def bus_of(environment: Environment, services: Sequence[str]) -> Bus:
    """The relay's side of the broker; it also brings the dead messages of these services' queues."""
    every = queues(ROSTER)
    if environment.broker_url is None:
        from shared.messaging.embedded.bus import EmbeddedBus

        return EmbeddedBus(_bus_path(environment), every)
    from shared.messaging.rabbit import RabbitBus

    return RabbitBus(environment.broker_url, dead_of=[queue for queue in every if queue.partition(".")[0] in services])


def apply_topology(environment: Environment) -> None:
    """Declares the broker's queues; the embedded bus needs none. Raises Unavailable."""
    if environment.broker_url is not None:
        from shared.messaging.rabbit import apply_topology as declare

        declare(environment.broker_url, queues(ROSTER))


def migrate_all(environment: Environment, names: Sequence[str]) -> None:
    """Schema, roles, migrations and first rows of these services. Raises Unavailable."""
    for name in names:
        service = ROSTER[name]
        migrate(name, environment.database_url_of(name), service.folder, service.metadata)
        if service.prepare is not None:
            db = database_of(name, environment, pool_size=1)
            with db.begin() as tx:
                service.prepare(tx, environment)
            db.dispose()


def check_database(name: str, environment: Environment) -> None:
    """One query. Raises Unavailable with a sentence that says what is wrong."""
    db = database_of(name, environment, pool_size=1)
    try:
        with db.read():
            pass
    except Exception as error:
        raise Unavailable(f"the database of {name} does not answer: {str(getattr(error, 'orig', error)).strip().splitlines()[0]}") from None
    finally:
        db.dispose()
