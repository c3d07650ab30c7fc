"""The relay: takes told facts out of the outbox, hands them to the broker, and forgets them only when it has them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import bindparam, text

from shared.db.base import Instant, dumps
from shared.db.settings_copy import shop_settings
from shared.db.tx import Database, Tx
from shared.messaging import dead_letters
from shared.messaging.bus import Bus, Message, message_of
from shared.messaging.ears import Ears
from shared.messaging.timeline import Timeline
from shared.observe.logging import logger

BATCH: Final = 200
PROBE: Final = 1
"""Rows that are tried while the broker does not answer: each try that fails leaves as many dead ones behind."""
SHARE_SECONDS: Final = 0.02
"""Wait after a wake-up, so that several facts share a batch."""
POLL_SECONDS: Final = 1.0
"""The fallback, should a notification be lost."""
BUSY_ROUNDS: Final = 200
"""After so many full rounds in a row the relay says that it is awake, and tellers stop to notify."""
BEAT_SECONDS: Final = 20
TOLD_DAYS: Final = 14
INBOX_DAYS: Final = 30
PRUNE_SECONDS: Final = 3600

MOST_TOGETHER: Final = 50
"""Facts in one message: what counts a whole shelf tells thousands in one transaction."""
MOST_NAMED: Final = 5
"""Orders, and hearers, that Flower names of one message."""

_COLUMNS: Final = "id, event_id, fact, name, label, envelope"
_PG_TAKE: Final = text(
    f"WITH taken AS (SELECT id FROM outbox WHERE CAST(:only AS bigint[]) IS NULL OR id = ANY(:only) ORDER BY id LIMIT :most "
    "FOR UPDATE SKIP LOCKED), gone AS (DELETE FROM outbox USING taken WHERE outbox.id = taken.id RETURNING outbox.*), "
    "later AS (INSERT INTO unrecorded (id) SELECT id FROM gone WHERE name = ANY(:recorded)), "
    f"moved AS (INSERT INTO told ({_COLUMNS}, told_at) SELECT {_COLUMNS}, :at FROM gone) "
    f"SELECT {_COLUMNS}, together FROM gone CROSS JOIN set_config('synchronous_commit', 'off', true) ORDER BY id"
)
# The one commit that need not wait for the disk: should PostgreSQL fall before it is there, the rows are in the outbox and told again.
_SQLITE_CLAIM: Final = text(
    f"SELECT {_COLUMNS}, together FROM outbox WHERE :only IS NULL OR id IN (SELECT value FROM json_each(:only)) ORDER BY id LIMIT :most"
)
_SQLITE_TOLD: Final = text(
    f"INSERT INTO told ({_COLUMNS}, told_at) SELECT {_COLUMNS}, :at FROM outbox WHERE id IN (SELECT value FROM json_each(:ids))"
).bindparams(bindparam("at", type_=Instant()))
_SQLITE_LATER: Final = text("INSERT INTO unrecorded (id) SELECT value FROM json_each(:recorded)")
_SQLITE_GONE: Final = text("DELETE FROM outbox WHERE id IN (SELECT value FROM json_each(:ids))")
_STATE: Final = text(
    "INSERT INTO relay (id, sleeping, broker_up, beat_at) VALUES (1, :sleeping, :up, :at) "
    "ON CONFLICT (id) DO UPDATE SET sleeping = excluded.sleeping, broker_up = excluded.broker_up, beat_at = excluded.beat_at"
).bindparams(bindparam("at", type_=Instant()))
_PRUNE: Final = tuple(
    text(statement).bindparams(bindparam("before", type_=Instant()))
    for statement in (
        "DELETE FROM told WHERE told_at < :before AND id NOT IN (SELECT id FROM unrecorded)",
        "DELETE FROM inbox WHERE at < :before",
        "DELETE FROM idempotency WHERE at < :before",
    )
)
log = logger("relay")


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a fact goes: one message per hearing service, one per job."""

    queue: str
    task: str
    key: str
    """What the message's id is made of besides the fact: the service or the job."""
    label: str
    together: str | None = None
    """The task that takes several facts; None: each has a message of its own, as jobs have."""
    orders_apart: bool = True
    """Whether a message holds facts of one order only."""


@dataclass(frozen=True, slots=True)
class Route:
    """All destinations of one event. `recorded`: it is also for the timeline."""

    destinations: Sequence[Destination]
    recorded: bool


class Relay:
    """The relay of one service's outbox."""

    def __init__(self, db: Database, bus: Bus, routes: Mapping[str, Route]) -> None:
        self.db = db
        self.bus = bus
        self.routes = routes
        self._recorded = [name for name, route in routes.items() if route.recorded]
        self._state: tuple[bool, bool] | None = None
        self._beat = 0.0

    def round(self) -> int:
        """One batch of this outbox alone; returns how many rows were taken."""
        return sum(tell_all([self]).values())

    def take(self, tx: Tx, only: Sequence[int] | None = None) -> Sequence[Any]:
        """The oldest rows that no other relay has, or those of `only`: from the outbox to what was told.

        What the timeline is to have waits in `unrecorded` (timeline.py).
        """
        most = BATCH if self.bus.up or only is not None else PROBE
        if tx.dialect == "postgresql":
            return tx.execute(_PG_TAKE, {"only": only, "most": most, "recorded": self._recorded, "at": tx.now}).all()
        rows = tx.execute(_SQLITE_CLAIM, {"only": None if only is None else dumps(only), "most": most}).all()
        if rows:
            ids = dumps([row.id for row in rows])
            tx.execute(_SQLITE_TOLD, {"ids": ids, "at": tx.now})
            tx.execute(_SQLITE_LATER, {"recorded": dumps([row.id for row in rows if row.name in self._recorded])})
            tx.execute(_SQLITE_GONE, {"ids": ids})
        return rows

    def say(self, *, sleeping: bool) -> bool:
        """Writes down whether it sleeps (tellers then notify) and whether the broker answers; rarely, it is a commit.

        Returns whether it has just gone to sleep: what was told until then was told to nobody, so it must look again.
        """
        state = (sleeping, self.bus.up)
        if state == self._state and time.monotonic() - self._beat < BEAT_SECONDS:
            return False
        fell_asleep = sleeping and (self._state is None or not self._state[0])
        with self.db.begin() as tx:
            tx.execute(_STATE, {"sleeping": sleeping, "up": state[1], "at": tx.now})
        self._state, self._beat = state, time.monotonic()
        return fell_asleep

    def prune(self) -> None:
        """Forgets what was told 14 and heard 30 days ago, and answers to repeat older than `retention.idempotency_days`."""
        with self.db.begin() as tx:
            kept_days = (TOLD_DAYS, INBOX_DAYS, shop_settings(tx).retention.idempotency_days)
            for statement, days in zip(_PRUNE, kept_days, strict=True):
                tx.execute(statement, {"before": tx.now - timedelta(days=days)})


class _NotAllTaken(Exception):
    """The broker has not confirmed every message: nothing is moved but the rows of those it has."""

    def __init__(self, sent: Mapping[str, Sequence[int]]) -> None:
        super().__init__("not all messages were confirmed")
        self.sent = sent


def tell_all(relays: Sequence[Relay]) -> dict[str, int]:
    """One batch of each outbox, handed over in one go; returns how many rows were taken, by service, where there were any.

    Takes them out, publishes, and commits when all was confirmed. A crash anywhere in it doubles messages at worst: the rows
    are still there.
    """
    try:
        with ExitStack() as open_transactions:
            taken = [(relay, relay.take(open_transactions.enter_context(relay.db.begin()))) for relay in relays]
            _publish(relays[0].bus, taken)
        return {relay.db.service: len(rows) for relay, rows in taken if rows}
    except _NotAllTaken as some:
        for relay in relays:
            if ids := some.sent.get(relay.db.service):
                with relay.db.begin() as tx:
                    relay.take(tx, ids)
        return {service: len(ids) for service, ids in some.sent.items() if ids}


def _publish(bus: Bus, taken: Sequence[tuple[Relay, Sequence[Any]]]) -> None:
    messages, owners = messages_for([(relay, row) for relay, rows in taken for row in rows])
    confirmed = bus.publish(messages) if messages else set()
    unsent = {owner for position, ids in enumerate(owners) if position not in confirmed for owner in ids}
    if unsent:
        raise _NotAllTaken(
            {relay.db.service: [row.id for row in rows if (relay.db.service, row.id) not in unsent] for relay, rows in taken}
        )


def messages_for(told: Sequence[tuple[Relay, Any]]) -> tuple[list[Message], list[list[tuple[str, int]]]]:
    """The messages of these outbox rows, and the rows of each message, as (service, id)."""
    groups: dict[tuple[str, ...], list[tuple[str, Any, Destination]]] = {}
    for relay, row in told:
        service = relay.db.service
        for to in relay.routes[row.name].destinations:
            apart = (service, str(row.id)) if to.together is None else (row.together,) if to.orders_apart else ()
            groups.setdefault((to.key, *apart), []).append((service, row, to))
    messages: list[Message] = []
    owners: list[list[tuple[str, int]]] = []
    for group in groups.values():
        for start in range(0, len(group), MOST_TOGETHER):
            some = group[start : start + MOST_TOGETHER]
            messages.append(_message([(row, to) for _, row, to in some]))
            owners.append([(service, row.id) for service, row, _ in some])
    return messages, owners


def _message(facts: Sequence[tuple[Any, Destination]]) -> Message:
    row, to = facts[0]
    if to.together is None or len(facts) == 1:
        label = f"{row.label}: {to.label}"
        return message_of(queue=to.queue, task=to.task, key=f"{row.fact}|{to.key}", label=label, envelopes=[row.envelope])
    return message_of(
        queue=to.queue,
        task=to.together,
        key="|".join([*(told.fact for told, _ in facts), to.key]),
        label=f"{_some(told.label for told, _ in facts)}: {_some(heard.label for _, heard in facts)}",
        envelopes=[told.envelope for told, _ in facts],
        bundle=True,
    )


def _some(words: Iterable[str]) -> str:
    different = list(dict.fromkeys(words))
    return ", ".join(different[:MOST_NAMED]) + (" …" if len(different) > MOST_NAMED else "")


def run_relays(relays: Sequence[Relay], stop: threading.Event) -> None:
    """The relay process: one thread for all given services, until `stop` is set."""
    ears = Ears([relay.db for relay in relays])
    every = {relay.db.service for relay in relays}
    timeline = Timeline([relay.db for relay in relays], relays[0].bus)
    waiting = set(every)
    full_rounds = 0
    polled = pruned = 0.0
    while not stop.is_set():
        try:
            if not ears.lead():
                stop.wait(POLL_SECONDS)
                continue
            if time.monotonic() - polled > POLL_SECONDS:
                waiting, polled = set(every), time.monotonic()
            asked = [relay for relay in relays if relay.db.service in waiting]
            up = relays[0].bus.up
            taken = tell_all(asked) if asked else {}
            timeline.fill(taken)
            _drain_dead(relays)
            full_rounds = full_rounds + 1 if taken else 0
            woke = [relay.say(sleeping=full_rounds < BUSY_ROUNDS) for relay in relays]
            if any(woke):
                waiting = set(every)
                continue
            if time.monotonic() - pruned > PRUNE_SECONDS:
                pruned = time.monotonic()
                for relay in relays:
                    relay.prune()
            # A full batch has left some behind. Whoever tells while it works here has rung.
            waiting = {service for service, rows in taken.items() if rows == BATCH or not up}
            if not waiting:
                # Awake it is not notified: it looks again when a few facts may have gathered.
                waiting = ears.wait(timeline.patience(POLL_SECONDS)) if full_rounds < BUSY_ROUNDS else set(every)
                stop.wait(SHARE_SECONDS)
                waiting |= ears.wait(0)
        except Exception as error:
            log.warning("relay_tries_again", error=repr(error))
            ears.close()
            waiting = set(every)
            stop.wait(0.5)
    ears.close()


def _drain_dead(relays: Sequence[Relay]) -> None:
    by_service = {relay.db.service: relay for relay in relays}
    for dead in relays[0].bus.take_dead():
        owner = by_service.get(dead.queue.partition(".")[0], relays[0])
        with owner.db.begin() as tx:
            dead_letters.park(
                tx, fact=dead.id, task=dead.task, hearers=[], body=dead.readable_body(), error=f"{dead.reason}: {dead.queue}", trace=""
            )
        owner.bus.settle_dead(dead)
