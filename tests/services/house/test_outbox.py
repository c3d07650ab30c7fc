"""What the relay takes out of the outbox, leaves in it, and forgets (R-MSG-01, R-MSG-02)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import bindparam, text
from sqlalchemy.engine import make_url

from shared.db import inbox
from shared.db.base import Instant
from shared.db.tx import Database
from shared.messaging.bus import DeadMessage, Message
from shared.messaging.relay import INBOX_DAYS, MOST_TOGETHER, TOLD_DAYS, Relay
from shared.values.clock import FixedClock
from tests.support.databases import BACKENDS
from tests.support.driver import NOON
from tests.support.toy import ROUTES, ThingHappened

_ANSWERED: Final = text("INSERT INTO idempotency (key, body_sha256, at) VALUES ('k', 's', :at)").bindparams(
    bindparam("at", type_=Instant())
)


@dataclass
class TakingBus:
    """Takes for good what `takes` says of each message, and remembers what it was given. `meanwhile` happens while it is publishing."""

    takes: Callable[[Message], bool] = lambda _message: True
    meanwhile: Callable[[], None] = lambda: None
    given: list[Message] = field(default_factory=list)
    up: bool = True

    def publish(self, messages: Sequence[Message]) -> set[int]:
        self.given.extend(messages)
        self.meanwhile()
        return {position for position, message in enumerate(messages) if self.takes(message)}

    def take_dead(self) -> list[DeadMessage]:
        return []

    def settle_dead(self, dead: DeadMessage) -> None:
        raise AssertionError(dead)

    def close(self) -> None:
        pass


def tells(db: Database, *things: str) -> None:
    """One fact per thing, all in one transaction."""
    with db.begin() as tx:
        for thing in things:
            tx.publish(ThingHappened(thing_id=thing))


def things(db: Database, table: str) -> list[str]:
    with db.read() as tx:
        return [row.fact.rpartition(":")[2] for row in tx.execute(text(f"SELECT fact FROM {table} ORDER BY id"))]


def count(db: Database, table: str) -> int:
    with db.read() as tx:
        return int(tx.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_what_the_broker_did_not_take_stays_and_the_rest_is_told(toy_db: Database) -> None:
    for thing in "abc":
        tells(toy_db, thing)
    relay = Relay(toy_db, TakingBus(takes=lambda message: b'"b"' not in message.body), ROUTES)

    assert relay.round() == 2

    assert (things(toy_db, "outbox"), things(toy_db, "told"), count(toy_db, "unrecorded")) == (["b"], ["a", "c"], 2)


def test_a_fact_is_told_only_when_each_of_its_messages_was_taken(toy_db: Database) -> None:
    """Its hearers' message went, its job's did not: both go again, and the hearers have it in their inbox."""
    tells(toy_db, "a")
    relay = Relay(toy_db, TakingBus(takes=lambda message: message.queue == "toy"), ROUTES)

    assert relay.round() == 0

    assert (things(toy_db, "outbox"), things(toy_db, "told"), count(toy_db, "unrecorded")) == (["a"], [], 0)


def test_a_broker_that_is_away_is_tried_with_one_fact(toy_db: Database) -> None:
    """R-MSG-02: a try that fails leaves dead rows behind, as many as it took."""
    tells(toy_db, "a", "b", "c")
    bus = TakingBus(takes=lambda _message: False, up=False)

    assert Relay(toy_db, bus, ROUTES).round() == 0

    assert bus.given
    assert all(b'"a"' in message.body for message in bus.given)
    assert things(toy_db, "outbox") == ["a", "b", "c"]


def test_an_empty_outbox_asks_nothing_of_the_broker(toy_db: Database) -> None:
    bus = TakingBus()

    assert Relay(toy_db, bus, ROUTES).round() == 0
    assert bus.given == []


def test_a_thousand_facts_of_one_transaction_travel_in_messages_of_a_size_that_can_be_heard(toy_db: Database) -> None:
    tells(toy_db, *(f"t{number}" for number in range(MOST_TOGETHER + 1)))
    bus = TakingBus()

    assert Relay(toy_db, bus, ROUTES).round() == MOST_TOGETHER + 1

    bundles = [message.body.count(b'"toy.thing_happened"') for message in bus.given if message.queue == "toy"]
    assert bundles == [MOST_TOGETHER, 1]


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_a_second_relay_neither_waits_for_the_first_nor_tells_the_same(toy_db: Database, clock: FixedClock) -> None:
    """Two of a service for a moment, when the lease of the first is over: each fact is with one of them."""
    tells(toy_db, "a")
    url = make_url(toy_db.url).update_query_dict({"options": "-c lock_timeout=5000"})
    beside = Database("toy", url.render_as_string(hide_password=False), clock, durable=False)
    second = TakingBus()
    told: list[int] = []

    Relay(toy_db, TakingBus(meanwhile=lambda: told.append(Relay(beside, second, ROUTES).round())), ROUTES).round()

    beside.dispose()
    assert (told, second.given) == ([0], [])
    assert things(toy_db, "told") == ["a"]


def test_what_was_told_is_forgotten_after_its_days_unless_the_timeline_still_waits_for_it(toy_db: Database, clock: FixedClock) -> None:
    relay = Relay(toy_db, TakingBus(), ROUTES)
    tells(toy_db, "recorded", "unrecorded")
    relay.round()
    with toy_db.begin() as tx:
        tx.execute(text("DELETE FROM unrecorded WHERE id = (SELECT min(id) FROM unrecorded)"))
    clock.instant += timedelta(days=TOLD_DAYS)
    tells(toy_db, "young")
    relay.round()

    relay.prune()
    assert things(toy_db, "told") == ["recorded", "unrecorded", "young"]
    clock.instant += timedelta(seconds=1)
    relay.prune()

    assert things(toy_db, "told") == ["unrecorded", "young"]


def test_what_was_heard_and_answered_is_remembered_for_its_days(toy_db: Database, clock: FixedClock) -> None:
    """A repeat that comes within them is still one."""
    relay = Relay(toy_db, TakingBus(), ROUTES)
    with toy_db.begin() as tx:
        inbox.claim(tx, [("toy.first", "a")])
        tx.execute(_ANSWERED, {"at": tx.now})

    left: list[tuple[int, int]] = []
    for days in (0, INBOX_DAYS - 1, INBOX_DAYS, 365):
        clock.instant = NOON + timedelta(days=days)
        relay.prune()
        left.append((count(toy_db, "inbox"), count(toy_db, "idempotency")))

    assert left[0] == (1, 1)
    assert [heard for heard, _ in left] == [1, 1, 1, 0]
    assert left[-1] == (0, 0)


def test_a_relay_says_so_when_it_falls_asleep_and_once(toy_db: Database) -> None:
    """Who told something while it was awake notified nobody: it has to look again, and only then."""
    relay = Relay(toy_db, TakingBus(), ROUTES)

    said = [relay.say(sleeping=sleeping) for sleeping in (True, True, False, False, True)]

    assert said == [True, False, False, False, True]


def test_whether_the_broker_answers_is_written_down_when_it_changes(toy_db: Database) -> None:
    bus = TakingBus()
    relay = Relay(toy_db, bus, ROUTES)

    def state() -> tuple[Any, ...]:
        with toy_db.read() as tx:
            return tuple(tx.execute(text("SELECT sleeping, broker_up FROM relay")).one())

    relay.say(sleeping=True)
    bus.up = False
    assert relay.say(sleeping=True) is False
    assert state() == (True, False)
