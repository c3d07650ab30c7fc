"""Whom the relay asks in which turn, and when it sleeps (R-MSG-01; messaging.md, 2). No turn here waits for time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from shared.db.tx import Database
from shared.messaging import relay as relays
from shared.messaging.bus import DeadMessage, Message
from shared.messaging.dead_letters import open_letters
from shared.messaging.ears import Ears
from shared.messaging.relay import Relay, run_relays, tell_all
from shared.values.clock import FixedClock
from tests.services.house.test_outbox import TakingBus, count, tells, things
from tests.support.databases import BACKENDS
from tests.support.toy import ROUTES, toy_database

ON_SQLITE = pytest.mark.parametrize("backend", BACKENDS[:1])
NEVER = 1e9


@dataclass
class TurningBus(TakingBus):
    """A bus that takes everything. Once in each turn the relay asks it for dead messages: then the next of `turns` happens.

    The last one stops the relay, and nobody has to wait: what tells something, or does not, has run to its end by then.
    """

    turns: Sequence[Callable[[], object]] = ()
    stop: threading.Event = field(default_factory=threading.Event)
    dead: list[DeadMessage] = field(default_factory=list)
    settled: list[DeadMessage] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._left = list(self.turns)

    def take_dead(self) -> list[DeadMessage]:
        if self._left:
            self._left.pop(0)()
        if not self._left:
            self.stop.set()
        dead, self.dead = self.dead, []
        return dead

    def settle_dead(self, dead: DeadMessage) -> None:
        self.settled.append(dead)


class Unhurried(threading.Event):
    """A stop that notes for how long the relay wanted to wait, and lets it go on at once."""

    def __init__(self, *, after: int | None = None) -> None:
        super().__init__()
        self.waited: list[float] = []
        self._after = after

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout or 0)
        if len(self.waited) == self._after:
            self.set()
        return self.is_set()


def nothing() -> None:
    pass


@pytest.fixture
def poll(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the fallback's pause."""
    return lambda seconds: monkeypatch.setattr(relays, "POLL_SECONDS", seconds)


@pytest.fixture
def silent(toy_db: Database, clock: FixedClock) -> Iterator[Database]:
    """The toy's database in another process: what it tells rings for nobody here."""
    beside = Database("toy", toy_db.url, clock, durable=False)
    yield beside
    beside.dispose()


@pytest.fixture
def ringing(tmp_path: Path, clock: FixedClock) -> Iterator[Database]:
    """Another service, whose facts ring for the relay and so end its waits."""
    url = f"sqlite:///{tmp_path / 'ringing.db'}"
    toy_database(url).dispose()
    db = Database("ringing", url, clock, durable=False)
    yield db
    db.dispose()


def turn(*databases: Database, stop: threading.Event | None = None, turns: Sequence[Callable[[], object]]) -> TurningBus:
    """The relay of these outboxes for so many turns."""
    bus = TurningBus(turns=turns, stop=stop or threading.Event())
    run_relays([Relay(db, bus, ROUTES) for db in databases], bus.stop)
    return bus


@ON_SQLITE
def test_only_an_outbox_that_rang_is_asked_until_the_poll(
    toy_db: Database, silent: Database, ringing: Database, poll: Callable[[float], None]
) -> None:
    """A question to each of five outboxes in every turn is what the bell saves."""
    poll(NEVER)
    seen: list[list[str]] = []

    def told_in_silence() -> None:
        tells(silent, "a")
        tells(ringing, "b")

    def look() -> None:
        seen.append(things(toy_db, "outbox"))
        tells(ringing, "c")

    turn(toy_db, ringing, turns=[lambda: tells(ringing, "0"), lambda: tells(ringing, "1"), told_in_silence, look, look, nothing])

    assert seen == [["a"], ["a"]]
    assert things(ringing, "outbox") == []


@ON_SQLITE
def test_a_fact_whose_bell_was_lost_is_told_at_the_poll(toy_db: Database, silent: Database, poll: Callable[[float], None]) -> None:
    poll(0)

    turn(toy_db, turns=[nothing, nothing, lambda: tells(silent, "a"), nothing])

    assert things(toy_db, "told") == ["a"]


@ON_SQLITE
def test_what_was_told_to_nobody_before_it_slept_is_told_in_the_next_turn(
    toy_db: Database, silent: Database, ringing: Database, poll: Callable[[float], None]
) -> None:
    """Its tellers saw it awake, so they did not ring."""
    poll(NEVER)

    def told_in_silence() -> None:
        tells(silent, "a")
        tells(ringing, "b")

    turn(toy_db, ringing, turns=[told_in_silence, nothing])

    assert things(toy_db, "told") == ["a"]


@ON_SQLITE
def test_a_busy_relay_says_that_it_is_awake_and_asks_all(
    toy_db: Database, silent: Database, ringing: Database, poll: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of so many full turns in a row the third is the first in which nobody has to ring."""
    monkeypatch.setattr(relays, "BUSY_ROUNDS", 3)
    poll(NEVER)
    seen: list[tuple[bool, list[str]]] = []

    def look() -> None:
        with toy_db.read() as tx:
            sleeping = bool(tx.execute(text("SELECT sleeping FROM relay")).scalar_one())
        seen.append((sleeping, things(toy_db, "outbox")))
        tells(ringing, f"b{len(seen)}")

    def told_in_silence() -> None:
        look()
        tells(silent, "a")

    turn(toy_db, ringing, turns=[nothing, lambda: tells(ringing, "b"), told_in_silence, look, look, look, nothing])

    assert seen == [(True, []), (True, ["a"]), (True, ["a"]), (False, [])]


@pytest.mark.parametrize(("batch", "waits"), [(1, 0), (2, 2)])
def test_it_lets_facts_gather_unless_a_full_batch_has_left_some(
    ringing: Database, monkeypatch: pytest.MonkeyPatch, batch: int, waits: int
) -> None:
    monkeypatch.setattr(relays, "BATCH", batch)
    tells(ringing, "0")
    stop = Unhurried()

    turn(ringing, stop=stop, turns=[lambda: tells(ringing, "1"), lambda: tells(ringing, "2"), lambda: tells(ringing, "3")])

    assert stop.waited == [relays.SHARE_SECONDS] * waits


@ON_SQLITE
@pytest.mark.parametrize(("pause", "left"), [(NEVER, ["old"]), (-1, [])])
def test_it_forgets_what_is_old_once_in_its_pause(
    toy_db: Database, clock: FixedClock, poll: Callable[[float], None], monkeypatch: pytest.MonkeyPatch, pause: float, left: list[str]
) -> None:
    monkeypatch.setattr(relays, "PRUNE_SECONDS", pause)
    poll(0)
    tells(toy_db, "old")
    Relay(toy_db, TakingBus(), ROUTES).round()
    with toy_db.begin() as tx:
        tx.execute(text("DELETE FROM unrecorded"))
    clock.instant += timedelta(days=365)

    turn(toy_db, turns=[nothing, nothing, nothing])

    assert things(toy_db, "told") == left


@ON_SQLITE
def test_a_broker_that_went_away_ends_a_turn_and_not_the_relay(toy_db: Database) -> None:
    """R-MSG-02: what it had in its hands is told in the turn after."""
    tells(toy_db, "a")

    class Leaving(TurningBus):
        def publish(self, messages: Sequence[Message]) -> set[int]:
            if not self.given:
                self.given.extend(messages)
                raise ConnectionError("the broker is gone")
            return super().publish(messages)

    stop = Unhurried()
    bus = Leaving(turns=[nothing], stop=stop)

    run_relays([Relay(toy_db, bus, ROUTES)], stop)

    assert stop.waited == [0.5]
    assert things(toy_db, "told") == ["a"]


@ON_SQLITE
def test_a_broker_that_is_back_is_told_the_rest_at_once(toy_db: Database) -> None:
    """One fact is tried while it is away; nobody rings for the others."""
    tells(toy_db, "a", "b", "c")
    stop = Unhurried()
    bus = TurningBus(stop=stop, up=False, turns=[nothing, lambda: setattr(bus, "up", True), nothing])

    run_relays([Relay(toy_db, bus, ROUTES)], stop)

    assert things(toy_db, "told") == ["a", "b", "c"]
    assert stop.waited == [relays.SHARE_SECONDS]


@ON_SQLITE
def test_a_message_nobody_could_read_is_parked_with_the_service_of_its_queue(toy_db: Database, ringing: Database) -> None:
    """R-MSG-03: and what bears no service's name with the first."""
    lost = [DeadMessage(queue, "t", f"id of {queue}", b"{", "rejected", None) for queue in ("ringing.outside", "nobodys")]
    bus = TurningBus(turns=[nothing], dead=list(lost))

    run_relays([Relay(db, bus, ROUTES) for db in (toy_db, ringing)], bus.stop)

    def parked(db: Database) -> list[str]:
        with db.read() as tx:
            return [letter.fact for letter in open_letters(tx)]

    assert (parked(toy_db), parked(ringing)) == (["id of nobodys"], ["id of ringing.outside"])
    assert bus.settled == lost


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_who_does_not_lead_tells_nothing(toy_db: Database) -> None:
    """R-MSG-01: the relay that leads holds the lock of its services."""
    leading = Ears([toy_db])
    assert leading.lead()
    tells(toy_db, "a")
    stop = Unhurried(after=2)
    bus = TurningBus(stop=stop)

    run_relays([Relay(toy_db, bus, ROUTES)], stop)

    leading.close()
    assert (bus.given, things(toy_db, "outbox")) == ([], ["a"])
    assert stop.waited == [relays.POLL_SECONDS] * 2


@ON_SQLITE
def test_an_outbox_with_nothing_in_it_is_not_among_those_that_told(toy_db: Database, ringing: Database) -> None:
    tells(toy_db, "a")
    bus = TakingBus()

    assert tell_all([Relay(db, bus, ROUTES) for db in (toy_db, ringing)]) == {"toy": 1}
    assert tell_all([Relay(toy_db, bus, ROUTES)]) == {}

    tells(toy_db, "b")
    tells(ringing, "c")
    refusing = TakingBus(takes=lambda message: b'"c"' not in message.body)
    assert tell_all([Relay(db, refusing, ROUTES) for db in (toy_db, ringing)]) == {"toy": 1}


@ON_SQLITE
def test_its_state_is_written_when_it_changes_and_otherwise_as_a_sign_of_life(
    toy_db: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readiness asks how old it is, and each writing is a commit."""
    relay = Relay(toy_db, TakingBus(), ROUTES)

    def beat() -> str:
        with toy_db.read() as tx:
            return str(tx.execute(text("SELECT beat_at FROM relay")).scalar_one())

    relay.say(sleeping=True)
    first = beat()
    clock.instant += timedelta(seconds=1)
    relay.say(sleeping=True)
    assert beat() == first

    monkeypatch.setattr(relays, "BEAT_SECONDS", 0)
    assert relay.say(sleeping=True) is False
    assert beat() > first
    assert count(toy_db, "relay") == 1


@ON_SQLITE
def test_one_that_begins_awake_has_not_fallen_asleep(toy_db: Database) -> None:
    relay = Relay(toy_db, TakingBus(), ROUTES)

    assert [relay.say(sleeping=sleeping) for sleeping in (False, True)] == [False, True]


def test_what_is_not_for_the_timeline_does_not_wait_for_it(toy_db: Database) -> None:
    tells(toy_db, "a")

    Relay(toy_db, TakingBus(), {name: replace(route, recorded=False) for name, route in ROUTES.items()}).round()

    assert (things(toy_db, "told"), count(toy_db, "unrecorded")) == (["a"], 0)


def test_what_a_broker_had_taken_when_it_went_away_is_told(toy_db: Database) -> None:
    """R-MSG-02: it is tried with one fact only by a relay that has not handed over any."""
    bus = TakingBus(takes=lambda message: b'"c"' not in message.body)
    bus.meanwhile = lambda: setattr(bus, "up", False)
    tells(toy_db, "a", "b")
    tells(toy_db, "c")

    assert Relay(toy_db, bus, ROUTES).round() == 2

    assert (things(toy_db, "told"), things(toy_db, "outbox")) == (["a", "b"], ["c"])


@pytest.mark.parametrize("up", [True, False])
def test_facts_leave_in_the_order_in_which_they_were_told(toy_db: Database, up: bool) -> None:
    """R-MSG-01: wherever PostgreSQL has put their rows since. A broker that is away is tried with the oldest."""
    for thing in "abc":
        tells(toy_db, thing)
    with toy_db.begin() as tx:
        tx.execute(text("UPDATE outbox SET label = label || '!' WHERE id < (SELECT max(id) FROM outbox)"))
        tx.execute(text("UPDATE outbox SET label = label || '!' WHERE id = (SELECT min(id) FROM outbox)"))
    bus = TakingBus(up=up)

    Relay(toy_db, bus, ROUTES).round()

    jobs = [message.body for message in bus.given if message.queue == "toy.outside"]
    left = [fact for body in jobs for fact in "abc" if f'"{fact}"'.encode() in body]
    assert left == (["a", "b", "c"] if up else ["a"])
