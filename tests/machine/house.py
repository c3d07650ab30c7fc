"""All five services and the gateway in one process, without a relay, worker or beat of their own: a test does their work, step by step."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import orjson

from services.gateway.app import make_gateway
from services.gateway.neighbours import Neighbours
from services.host.documents import connect_documents
from services.host.roster import ROSTER
from shared.db.timers import next_due, run_timer
from shared.language.formats import Formats
from shared.service import Running, Service
from shared.settings import SERVICES, Environment
from shared.values.clock import FixedClock
from shared.web.app import make_app
from tests.machine.picture import LOOKED_AT, ORDERED, Picture, Row
from tests.machine.post import Post
from tests.support.databases import Databases
from tests.support.driver import NOON, Answer, call_asgi
from tests.support.stripe_double import StripeDouble

ADMIN_KEY: Final = "sk_" + "a" * 40
PUBLISHABLE_KEY: Final = "pk_" + "b" * 40
SECRET: Final = "a secret of the state machine, long enough"
PATIENCE: Final = 1000
"""Timers that may run at one instant before it is said that they never end."""


def draw_nothing(folder: Path, template: str, *, variables: Mapping[str, Any], language: str, options: Formats) -> bytes:
    """Stands in for the renderer, which is outside of the house: drawing costs more than all the rest, and has tests of its own."""
    return b"%PDF-1.7 " + template.encode()


@contextmanager
def machine_time(clock: FixedClock) -> Iterator[None]:
    """The machine's time is the shop's, as it is in production: events of the provider and our answers are compared by it."""
    real = time.time
    time.time = lambda: clock.now().timestamp()
    try:
        yield
    finally:
        time.time = real


class House:
    """A shop over databases of its own. Business time stands still unless it is moved."""

    def __init__(self, databases: Databases, backend: str, stripe: StripeDouble) -> None:
        self.clock = FixedClock(NOON)
        self._databases, self._backend = databases, backend
        self._environment = Environment(
            test_mode=True, public_url="https://shop.example", admin_key=ADMIN_KEY, publishable_key=PUBLISHABLE_KEY, secret=SECRET
        )
        self.services = {name: self._start(ROSTER[name], stripe) for name in SERVICES}
        connect_documents(self.services, self._environment, SECRET)
        self._loop = asyncio.new_event_loop()
        apps = {name: make_app(running) for name, running in self.services.items()}
        self._gateway = make_gateway(Neighbours(apps, {}, SECRET), test_mode=True)
        self.post = Post(self.services)

    def _start(self, service: Service, stripe: StripeDouble) -> Running:
        database = self._databases.open(self._backend, service, self.clock, pool_size=4)
        outside: Any = service.connect(self._environment) if service.connect is not None else None
        if service.name == "billing":
            outside = stripe.outside(render=draw_nothing)
        return Running(service=service, db=database, environment=self._environment, secret=SECRET, outside=outside)

    def begin_anew(self) -> None:
        """Empties it: a new shop, at noon."""
        self.clock.instant = NOON
        for running in self.services.values():
            self._databases.empty(self._backend, running.service)
            if running.service.prepare is not None:
                with running.db.begin() as tx:
                    running.service.prepare(tx, self._environment)
        self.post.forget()

    def close(self) -> None:
        """Ends its connections and its loop."""
        for running in self.services.values():
            running.db.dispose()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    # asked

    def asks(self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, headers: Mapping[str, str]) -> Answer:
        """A request to the gateway; what it told is on its way when this returns."""
        content = raw if raw is not None else b"" if body is None else orjson.dumps(body)
        sent = {"content-type": "application/json", **headers}
        answer = self._loop.run_until_complete(call_asgi(self._gateway, method, path, headers=sent, body=content, scope={}))
        self.post.collect()
        return answer

    def staff(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """As staff, below /admin/v1."""
        return self.asks(method, "/admin/v1" + path, body, headers={"authorization": f"Bearer {ADMIN_KEY}", **headers})

    def store(self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str) -> Answer:
        """As a storefront with a guest's token, below /store/v1."""
        credentials = {"x-publishable-key": PUBLISHABLE_KEY} | ({"x-order-token": token} if token else {})
        return self.asks(method, "/store/v1" + path, body, headers=credentials | headers)

    # time

    def later(self, *, seconds: float) -> None:
        """Business time goes on; what is due by then waits for `beat`."""
        self.clock.instant += timedelta(seconds=seconds)

    def beat(self) -> list[str]:
        """Runs every timer that is due, in due order; returns their kinds. Raises what one of them raised."""
        ran: list[str] = []
        while (service := self._most_overdue()) is not None:
            done = run_timer(service.db, service.service.timers)
            assert done is not None
            timer, error = done
            if error is not None:
                raise error
            ran.append(timer.kind)
            assert len(ran) < PATIENCE, ran[-20:]
        self.post.collect()
        return ran

    def _most_overdue(self) -> Running | None:
        found = []
        for running in self.services.values():
            with running.db.read() as tx:
                due = next_due(tx)
                if due is not None and due <= tx.now:
                    found.append((due, running.service.name))
        return self.services[min(found)[1]] if found else None

    # looked into

    def look(self) -> Picture:
        """All rows of the tables that the checks are about, as they are committed now."""
        return Picture({service: self._look(self.services[service], tables) for service, tables in LOOKED_AT.items()})

    def look_at(self, service: str, table: str) -> list[Row]:
        """All rows of one table."""
        return Picture({service: self._look(self.services[service], [table])}).of(service, table)

    def _look(self, running: Running, tables: Sequence[str]) -> dict[str, list[Row]]:
        with running.db.read() as tx:
            found = {}
            for table in tables:
                order = " ORDER BY id" if table in ORDERED else ""
                # The driver's own cursor: a step looks at some thirty tables.
                cursor = tx.connection.connection.cursor()
                cursor.execute(f"SELECT * FROM {table}{order}")
                names = [column[0] for column in cursor.description]
                found[table] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
                cursor.close()
            return found
