"""A toy service for tests of how messages travel: it hears one event with three hearers and a job, and writes down each effect."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from sqlalchemy import Column, Integer, MetaData, String, Table, bindparam, create_engine, insert, select, text, update
from sqlalchemy.engine import make_url

from shared.contracts.base import Event
from shared.db import inbox
from shared.db.base import metadata
from shared.db.house import house_tables
from shared.db.tx import Database, Tx
from shared.errors import NotFound, Refused, Unavailable
from shared.messaging.bus import Bus
from shared.messaging.hearing import BULK_TASK, TIMELINE_QUEUE, Handler, Hearing, Job, JobContext, facts_task
from shared.messaging.relay import Destination, Relay, Route, run_relays
from shared.values.clock import SystemClock

METADATA: Final[MetaData] = metadata()
house_tables(METADATA)
EFFECTS: Final = Table(
    "effects",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("hearer", String, nullable=False),
    Column("fact", String, nullable=False),
)
FAULTS: Final = Table(
    "faults",
    METADATA,
    Column("hearer", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("left", Integer, nullable=False),
)
QUEUES: Final = ["toy", "toy.outside", TIMELINE_QUEUE]
_EFFECT: Final = insert(EFFECTS)
_FAULT: Final = select(FAULTS.c.kind, FAULTS.c.left).where(FAULTS.c.hearer == bindparam("name"))
_ONE_LESS: Final = update(FAULTS).where(FAULTS.c.hearer == bindparam("name")).values(left=FAULTS.c.left - 1)


class ThingHappened(Event):
    """Something."""

    name = "toy.thing_happened"
    aggregate: ClassVar[str] = "thing"
    aggregate_field: ClassVar[str] = "thing_id"
    once_per = ("thing_id",)
    thing_id: str


ERRORS: Final[dict[str, type[Exception]]] = {"unavailable": Unavailable, "early": NotFound, "refused": Refused, "bug": ZeroDivisionError}


def _hearer(name: str) -> Handler:
    def hear(event: ThingHappened, tx: Tx) -> None:
        tx.execute(_EFFECT, {"hearer": name, "fact": event.fact})
        fail_as_told(name, tx)

    return Handler(f"toy.{name}", hear)


def fail_as_told(name: str, tx: Tx) -> None:
    """Raises what the faults table says for this hearer. The count goes down outside of the transaction that fails."""
    fault = tx.execute(_FAULT, {"name": name}).one_or_none()
    if fault is None or fault.left <= 0:
        return
    _later(tx.database, name)
    raise ERRORS[fault.kind](f"{name} was told to fail")


def _later(db: Database, name: str) -> None:
    def count() -> None:
        with db.begin() as tx:
            tx.execute(_ONE_LESS, {"name": name})

    counting = threading.Thread(target=count)
    counting.start()
    if db.engine.dialect.name == "postgresql":
        counting.join()


def _job(event: ThingHappened, ctx: JobContext) -> None:
    with ctx.begin() as tx:
        fail_as_told("job", tx)
    with ctx.finish() as tx:
        tx.execute(_EFFECT, {"hearer": "job", "fact": event.fact})


def _record(bodies: Sequence[Any], tx: Tx) -> None:
    # In the order of what is unique, as every bulk hearer must: two bundles never wait for each other in a ring.
    for body in sorted(bodies, key=lambda body: str(body["fact"])):
        if inbox.claim(tx, [("toy.timeline", body["fact"])]):
            tx.execute(_EFFECT, {"hearer": "timeline", "fact": body["fact"]})


def toy_database(url: str) -> Database:
    """Opens the toy's database, made when it is new."""
    engine = create_engine(url)
    if make_url(url).get_backend_name() == "postgresql":
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS toy")
            connection.exec_driver_sql("SET LOCAL search_path = toy")
            METADATA.create_all(connection)
    else:
        Path(str(make_url(url).database)).parent.mkdir(parents=True, exist_ok=True)
        METADATA.create_all(engine)
    engine.dispose()
    return Database("toy", url, SystemClock())


def toy_hearing(db: Database) -> Hearing:
    """Its ears: hearers first, second, third, and a job on a queue of its own."""
    return Hearing(
        service="toy",
        db=db,
        events={ThingHappened.name: ThingHappened},
        handlers={ThingHappened.name: [_hearer("first"), _hearer("second"), _hearer("third")]},
        jobs={"toy.job": Job(_job, queue="toy.outside")},
        job_events={ThingHappened.name: ["toy.job"]},
        bulk=_record,
    )


ROUTES: Final = {
    ThingHappened.name: Route(
        (
            Destination("toy", "toy.on_thing_happened", "toy", "first, second, third", facts_task("toy")),
            Destination("toy.outside", "toy.job", "toy.job", "job"),
        ),
        recorded=True,
    )
}
ALL: Final = ["first", "job", "second", "third", "timeline"]


class Toy:
    """The toy with its database and bus, as a test sees it."""

    def __init__(self, db: Database, bus: Bus) -> None:
        self.db = db
        self.bus = bus
        self.relay = Relay(db, bus, ROUTES)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def tells(self, *things: str) -> None:
        """Commits one fact per thing, all in one transaction."""
        with self.db.begin() as tx:
            for thing in things:
                tx.publish(ThingHappened(thing_id=thing))

    def fails(self, hearer: str, kind: str, *, times: int = 1_000_000) -> None:
        """Lets a hearer fail so many times."""
        with self.db.begin() as tx:
            tx.execute(insert(FAULTS), {"hearer": hearer, "kind": kind, "left": times})

    def recovers(self) -> None:
        """No more faults."""
        with self.db.begin() as tx:
            tx.execute(text("DELETE FROM faults"))

    def relays(self) -> None:
        """Starts the relay."""
        self._thread = threading.Thread(target=run_relays, args=([self.relay], self._stop), daemon=True)
        self._thread.start()

    def effects(self, thing: str) -> list[str]:
        """Hearers that have done this thing, sorted; one that did it twice stands twice."""
        with self.db.read() as tx:
            rows = tx.execute(
                text("SELECT hearer FROM effects WHERE fact = :fact ORDER BY hearer"), {"fact": f"toy.thing_happened:{thing}"}
            )
            return [row.hearer for row in rows]

    def count(self, table: str) -> int:
        """Rows of a table."""
        with self.db.read() as tx:
            return int(tx.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())

    def stop(self) -> None:
        """Ends the relay and closes the bus."""
        self._stop.set()
        self.db.wake_relay()
        if self._thread is not None:
            self._thread.join(10)
        self.bus.close()
        self.db.dispose()


__all__ = ["ALL", "BULK_TASK", "QUEUES", "ROUTES", "ThingHappened", "Toy", "toy_database", "toy_hearing"]
