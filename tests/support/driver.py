"""Drives one service the way its neighbours see it: given, hears, asks, told. Real database, real commits, nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import text

from shared.contracts.base import Actor, Envelope, Event, encode
from shared.contracts.choreography import EVENTS
from shared.db.timers import run_timer
from shared.db.tx import Database, Tx
from shared.messaging.consume import hear, hear_bundle, hear_together, run_job
from shared.messaging.dead_letters import DeadLetter, open_letters
from shared.messaging.hearing import Hearing
from shared.service import Running, Service
from shared.settings import Environment
from shared.values.clock import FixedClock, rfc3339
from shared.values.ids import new_id
from shared.web.app import make_app
from shared.web.caller import HOUSE, PERMISSIONS, Caller

NOON = datetime(2031, 5, 1, 12, 0, tzinfo=UTC)
TEST_MODE = Environment(test_mode=True)
OWNER = Caller(type="api_key", id="key_OWNER", name="owner", permissions=PERMISSIONS)


@dataclass(frozen=True)
class Answer:
    """What came back from a request."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return orjson.loads(self.raw) if self.raw else None

    @property
    def code(self) -> str:
        return str(self.body["code"])


async def call_asgi(app: Any, method: str, target: str, *, headers: Mapping[str, str], body: bytes, scope: Mapping[str, Any]) -> Answer:
    """One request to an ASGI app, without a socket."""
    path, _, query = target.partition("?")
    sent: list[dict[str, Any]] = []
    given = False

    async def receive() -> dict[str, Any]:
        nonlocal given
        if given:
            await asyncio.sleep(3600)
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    full = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 4711),
        "server": ("testserver", 80),
        **scope,
    }
    await app(full, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    raw = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return Answer(start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, raw)


def envelope_of(event: Event, *, seq: int = 1, occurred_at: datetime = NOON, event_id: str | None = None) -> dict[str, Any]:
    """The message body of an event, as its teller's relay would send it."""
    envelope = Envelope(
        id=event_id or new_id("evt"),
        type=event.name,
        version=event.version,
        aggregate_type=event.aggregate,
        aggregate_id=event.aggregate_id,
        aggregate_seq=seq,
        order_id=getattr(event, "order_id", None),
        occurred_at=rfc3339(occurred_at),
        actor=Actor(type="system", name="test"),
        correlation_id="cor_test",
        fact=event.identity(seq),
    )
    body: dict[str, Any] = orjson.loads(encode(event, envelope))
    return body


@dataclass
class ServiceDriver:
    """One service under test. `clock` stands at NOON until it is moved."""

    service: Service
    db: Database
    clock: FixedClock
    environment: Environment = TEST_MODE
    outside: Any = None
    secret: str = "test-secret"

    def __post_init__(self) -> None:
        self.running = Running(service=self.service, db=self.db, environment=self.environment, secret=self.secret, outside=self.outside)
        self.app = make_app(self.running)

    @cached_property
    def hearing(self) -> Hearing:
        """Its ears; made when the first fact arrives, for tests of routes need none."""
        return self.running.hearing()

    # given

    def given(self, act: Callable[[Tx], Any]) -> Any:
        """Runs an action in a transaction of its own."""
        with self.db.begin() as tx:
            return act(tx)

    def at(self, instant: datetime) -> None:
        """Moves business time."""
        self.clock.instant = instant

    def later(self, **delta: float) -> None:
        """Moves business time on, by timedelta's words."""
        self.clock.instant += timedelta(**delta)

    # hears

    def hears(self, event: Event | Mapping[str, Any], *, seq: int = 1, times: int = 1) -> None:
        """A fact arrives, with its handlers and then its jobs. A hearer that fails raises here."""
        body = event if isinstance(event, Mapping) else envelope_of(event, seq=seq, occurred_at=self.clock.now())
        for _ in range(times):
            self._hear(body)

    def _hear(self, body: Mapping[str, Any]) -> None:
        name = body["type"]
        before = len(self.dead_letters())
        if self.hearing.handlers.get(name):
            again = hear(self.hearing, body, None, attempt=0)
            assert again is None, f"{again} has to be tried again"
        for job in self.hearing.job_events.get(name, ()):
            again = run_job(self.hearing, job, body, attempt=0)
            assert again is None, f"{again} has to be tried again"
        letters = self.dead_letters()[before:]
        assert not letters, letters[0].traceback

    def hears_apart(self, event: Event, *, first: str, seq: int = 1) -> None:
        """A fact arrives, and one of its hearers has its turn before all others, as after a failure of the database."""
        body = envelope_of(event, seq=seq, occurred_at=self.clock.now())
        for todo in ([first], None):
            assert hear(self.hearing, body, todo, attempt=0) is None
        assert not self.dead_letters()

    def hears_together(self, *told: tuple[Event, int]) -> None:
        """Facts, each with its record's count, arrive in one message."""
        bodies = [envelope_of(event, seq=seq, occurred_at=self.clock.now()) for event, seq in told]
        assert hear_together(self.hearing, bodies) == []
        assert not self.dead_letters()

    def hears_again_later(self, event: Event, *, seq: int = 1) -> bool:
        """Whether a hearer of this fact asks to be tried again (it is early, or something outside is away)."""
        body = envelope_of(event, seq=seq)
        jobs = [run_job(self.hearing, job, body, attempt=0) for job in self.hearing.job_events.get(event.name, ())]
        handlers = hear(self.hearing, body, None, attempt=0) if self.hearing.handlers.get(event.name) else None
        return handlers is not None or any(jobs)

    def records(self, events: Sequence[Event | Mapping[str, Any]]) -> None:
        """A bundle of facts arrives at the bulk hearer."""
        bodies = [event if isinstance(event, Mapping) else envelope_of(event) for event in events]
        assert hear_bundle(self.hearing, bodies, attempt=0) is None

    def hears_itself(self) -> None:
        """Facts that this service tells and hears itself arrive, until none is new; they stay in `told()`."""
        done: set[str] = set()
        while True:
            fresh = [body for body in self.told_bodies() if body["id"] not in done]
            if not fresh:
                return
            for body in fresh:
                done.add(body["id"])
                self._hear(body)

    def runs_timers(self) -> list[str]:
        """Runs every timer that is due; returns their kinds. One that fails raises here."""
        ran = []
        while (done := run_timer(self.db, self.service.timers)) is not None:
            timer, error = done
            if error is not None:
                raise error
            ran.append(timer.kind)
        return ran

    # asks

    def asks(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        caller: Caller | None = OWNER,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """A request. `caller` as the gateway would pass them on; None: none passed, the service sees the headers only."""
        content = raw if raw is not None else b"" if body is None else orjson.dumps(body)
        sent = {"content-type": "application/json", **(headers or {})}
        scope = {} if caller is None else {"cartwright.caller": caller}
        return asyncio.run(call_asgi(self.app, method, target, headers=sent, body=content, scope=scope))

    def commands(self, method: str, target: str, body: Any = None) -> Answer:
        """An internal command of the gateway."""
        return self.asks(method, target, body, caller=HOUSE)

    # told

    def told_bodies(self) -> list[dict[str, Any]]:
        """Envelopes of all facts told, in order."""
        with self.db.read() as tx:
            return [orjson.loads(row.envelope) for row in tx.execute(text("SELECT envelope FROM outbox ORDER BY id"))]

    def told(self, *names: str) -> list[str]:
        """Names of all facts told, in order; `names` limits it to these."""
        return [body["type"] for body in self.told_bodies() if not names or body["type"] in names]

    def told_events(self, name: str) -> list[Any]:
        """The facts of that name, as hearers would get them."""
        return [EVENTS[name].from_envelope(body) for body in self.told_bodies() if body["type"] == name]

    def dead_letters(self) -> list[DeadLetter]:
        """Hearers that failed for good."""
        with self.db.read() as tx:
            return open_letters(tx)

    def rows(self, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Looks into the service's own tables; for invariants that no answer shows."""
        with self.db.read() as tx:
            return [tuple(row) for row in tx.execute(text(sql), parameters)]
