"""The plug of a service: one object that says all it owns, hears and answers, and one that is it, running."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import MetaData

from shared.contracts.base import Event
from shared.contracts.choreography import CHOREOGRAPHY, EVENTS
from shared.db.timers import TimerFunction
from shared.db.tx import Database, Tx
from shared.messaging.hearing import TIMELINE_QUEUE, Handler, HandlerFunction, Hearing, Job, facts_task
from shared.messaging.relay import Destination, Route
from shared.settings import Environment
from shared.web.caller import Caller
from shared.web.limits import Limits


@dataclass(frozen=True, kw_only=True)
class Service:
    """One of the five."""

    name: str
    folder: Path
    metadata: MetaData
    routers: Sequence[APIRouter] = ()
    hears: Mapping[str, HandlerFunction | Job] = field(default_factory=dict)
    """By the short names of the choreography, `reserve_stock`; a Job has a message of its own."""
    orders_apart: bool = True
    """Whether it hears facts of different orders in different transactions: its hearers lock what orders share, stock or a series."""
    timers: Mapping[str, TimerFunction] = field(default_factory=dict)
    record_events: Callable[[Sequence[Mapping[str, Any]], Tx], None] | None = None
    connect: Callable[[Environment], Any] | None = None
    """Makes the service's adapters, `outside` of its jobs."""
    prepare: Callable[[Tx, Environment], None] | None = None
    """Rows that a new installation needs; runs after each migration, so it must be harmless to repeat."""
    identify: Callable[[Request, Tx], Caller] | None = None
    """Resolves credentials; only orders can."""

    def heard_events(self) -> dict[str, type[Event]]:
        """Classes of the events it hears, by name."""
        prefix = self.name + "."
        return {event.name: event for event, hearers in CHOREOGRAPHY.items() if any(name.startswith(prefix) for name in hearers)}


@dataclass(frozen=True, kw_only=True)
class Running:
    """A service in this process: with its database, secret and adapters."""

    service: Service
    db: Database
    environment: Environment
    secret: str
    outside: Any = None
    limits: Limits = field(default_factory=Limits)

    def hearing(self) -> Hearing:
        """Its ears."""
        prefix = self.service.name + "."
        handlers: dict[str, list[Handler]] = {}
        jobs: dict[str, Job] = {}
        job_events: dict[str, list[str]] = {}
        for event, hearers in CHOREOGRAPHY.items():
            for name in hearers:
                if not name.startswith(prefix):
                    continue
                found = self.service.hears[name.removeprefix(prefix)]
                if isinstance(found, Job):
                    jobs[name] = found
                    job_events.setdefault(event.name, []).append(name)
                else:
                    handlers.setdefault(event.name, []).append(Handler(name, found))
        return Hearing(
            service=self.service.name,
            db=self.db,
            events=self.service.heard_events(),
            handlers=handlers,
            jobs=jobs,
            job_events=job_events,
            outside=self.outside,
            bulk=self.service.record_events,
        )


def routes(services: Mapping[str, Service]) -> dict[str, Route]:
    """Where each fact goes, out of the choreography and what each service says is a job."""
    found: dict[str, Route] = {}
    for event in EVENTS.values():
        together: dict[str, list[str]] = {}
        alone: list[Destination] = []
        for full_name in CHOREOGRAPHY.get(event, ()):
            service, _, short = full_name.partition(".")
            hearer = services[service].hears[short]
            if isinstance(hearer, Job):
                alone.append(Destination(hearer.queue, full_name, full_name, short))
            else:
                together.setdefault(service, []).append(short)
        bundles = [
            Destination(
                service,
                f"{service}.on_{event.name.partition('.')[2]}",
                service,
                ", ".join(names),
                facts_task(service),
                services[service].orders_apart,
            )
            for service, names in together.items()
        ]
        found[event.name] = Route((*bundles, *alone), recorded=not event.internal)
    return found


def queues(services: Mapping[str, Service]) -> list[str]:
    """Every queue there is."""
    names = set(services)
    for service in services.values():
        names |= {hearer.queue for hearer in service.hears.values() if isinstance(hearer, Job)}
        if service.record_events is not None:
            names.add(TIMELINE_QUEUE)
    return sorted(names)
