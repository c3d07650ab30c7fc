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
_CLAIM: Final = f"SELECT {_COLUMNS}, together FROM outbox ORDER BY id LIMIT {BATCH}"
_PG_CLAIM: Final = text(_CLAIM + " FOR UPDATE SKIP LOCKED")
_SQLITE_CLAIM: Final = text(_CLAIM)
_PG_MOVE: Final = text(
    f"WITH gone AS (DELETE FROM outbox WHERE id = ANY(CAST(:ids AS bigint[])) RETURNING {_COLUMNS}), "
    "later AS (INSERT INTO unrecorded (id) SELECT unnest(CAST(:recorded AS bigint[]))) "
    f"INSERT INTO told ({_COLUMNS}, told_at) SELECT {_COLUMNS}, :at FROM gone CROSS JOIN set_config('synchronous_commit', 'off', true)"
)
# The one commit that need not wait for the disk: should PostgreSQL fall before it is there, the rows are in the outbox and told again.
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
        self._state: tuple[bool, bool] | None = None
        self._beat = 0.0

    def round(self) -> int:
        """One batch of this outbox alone; returns how many rows were taken."""
        return sum(tell_all([self]).values())

    def claim(self, tx: Tx) -> Sequence[Any]:
        """The oldest rows that no other relay has."""
        return tx.execute(_PG_CLAIM if tx.dialect == "postgresql" else _SQLITE_CLAIM).all()

    def move(self, tx: Tx, rows: Sequence[Any]) -> None:
        """From the outbox to what was told. What the timeline is to have waits in `unrecorded` (timeline.py)."""
        ids = [row.id for row in rows]
        recorded = [row.id for row in rows if self.routes[row.name].recorded]
        if tx.dialect == "postgresql":
            tx.execute(_PG_MOVE, {"ids": ids, "recorded": recorded, "at": tx.now})
            return
        tx.execute(_SQLITE_TOLD, {"ids": dumps(ids), "at": tx.now})
        tx.execute(_SQLITE_LATER, {"recorded": dumps(recorded)})
        tx.execute(_SQLITE_GONE, {"ids": dumps(ids)})

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


def tell_all(relays: Sequence[Relay]) -> dict[str, int]:
    """One batch of each outbox, handed over in one go; returns how many rows were taken, by service, where there were any.

    Claims, publishes, moves what was confirmed. A crash anywhere in it doubles messages at worst: the rows are still there.
    """
    with ExitStack() as open_transactions:
        claimed: list[tuple[Relay, Tx, Sequence[Any]]] = []
        for relay in relays:
            tx = open_transactions.enter_context(relay.db.begin())
            claimed.append((relay, tx, relay.claim(tx)))
        messages, owners = messages_for([(relay, row) for relay, _, rows in claimed for row in rows])
        confirmed = relays[0].bus.publish(messages) if messages else set()
        unsent = {owner for position, ids in enumerate(owners) if position not in confirmed for owner in ids}
        taken: dict[str, int] = {}
        for relay, tx, rows in claimed:
            sent = [row for row in rows if (relay.db.service, row.id) not in unsent]
            if sent:
                relay.move(tx, sent)
                taken[relay.db.service] = len(sent)
        return taken


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
            if full_rounds >= BUSY_ROUNDS or time.monotonic() - polled > POLL_SECONDS:
                waiting, polled = set(every), time.monotonic()
            asked = [relay for relay in relays if relay.db.service in waiting]
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
            # After a batch only briefly: what it causes may be told already, and a full batch has left some behind.
            waiting = ears.wait(SHARE_SECONDS if taken else timeline.patience(POLL_SECONDS)) | set(taken)
            if not taken:
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
