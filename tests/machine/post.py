"""A bus in a test's hands: what the services tell waits here until the test delivers it: late, twice, in any order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from services.host.roster import ROSTER
from shared.messaging.bus import DeadMessage, Message
from shared.messaging.consume import hear, hear_bundle, hear_together, run_job
from shared.messaging.hearing import BULK_TASK, Hearing, facts_task
from shared.messaging.relay import Relay
from shared.messaging.timeline import Timeline
from shared.service import Running, routes

MOST_FAILURES: Final = 3
"""Tries stand for minutes, and no minute passes here: whoever is early is never given up, only counted by `deliver_all`."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message on its way: a task and its arguments. `failures`: how often it was too early, or its hearer in vain."""

    task: str
    arguments: tuple[Any, ...]
    failures: int = 0

    @property
    def service(self) -> str:
        """Whose it is."""
        return self.task.partition(".")[0]

    def __str__(self) -> str:
        bodies = self.arguments[0] if isinstance(self.arguments[0], list) else [self.arguments[0]]
        return f"{self.task}: {', '.join(body['type'] for body in bodies)}"


class Post:
    """All letters of the house that are not delivered yet, oldest first. It is the relay's bus, and the only worker."""

    def __init__(self, services: Mapping[str, Running]) -> None:
        self.letters: list[Letter] = []
        self._hearings: dict[str, Hearing] = {name: running.hearing() for name, running in services.items()}
        where = routes(ROSTER)
        self._relays = [Relay(running.db, self, where) for running in services.values()]

    def collect(self) -> None:
        """Takes what was told out of the outboxes, by the real relays, of those services that have told something."""
        told = [relay for relay in self._relays if relay.db.told.is_set()]
        if not told:
            return
        for relay in told:
            relay.db.told.clear()
            while relay.round():
                pass
        # A new one sends at once; one that goes on would fill its bundle for a while.
        Timeline([relay.db for relay in told], self).fill(())

    def forget(self) -> None:
        """For an emptied house."""
        self.letters.clear()
        for relay in self._relays:
            relay.db.told.clear()

    def deliver(self, number: int, *, keep: bool = False) -> None:
        """Hands over one letter, counted round. `keep`: a copy of it stays, and comes again. Then takes what it has caused."""
        if not self.letters:
            return
        number %= len(self.letters)
        letter = self.letters[number] if keep else self.letters.pop(number)
        self.letters += self._read(letter)
        self.collect()

    def deliver_all(self) -> None:
        """All letters and what follows from them, oldest first. Raises AssertionError when some are always too early."""
        self.collect()
        in_vain = 0
        while self.letters:
            waiting = len(self.letters)
            letter = self.letters[0]
            self.deliver(0)
            came_back = (
                len(self.letters) == waiting and self.letters[-1].task == letter.task and self.letters[-1].failures > letter.failures
            )
            in_vain = in_vain + 1 if came_back else 0
            assert in_vain <= 3 * len(self.letters), f"never heard: {[str(left) for left in self.letters]}"

    def _read(self, letter: Letter) -> list[Letter]:
        """What a worker does with it; returns what has to come again."""
        hearing, attempt = self._hearings[letter.service], min(letter.failures, MOST_FAILURES)
        if letter.task == facts_task(letter.service):
            left = hear_together(hearing, letter.arguments[0])
            return [Letter(f"{letter.service}.on_{body['type'].partition('.')[2]}", (body, again.hearers), 1) for body, again in left]
        if letter.task == BULK_TASK:
            again = hear_bundle(hearing, letter.arguments[0], attempt=attempt)
        elif letter.task in hearing.jobs:
            again = run_job(hearing, letter.task, letter.arguments[0], attempt=attempt)
        else:
            todo = letter.arguments[1] if len(letter.arguments) > 1 else None
            again = hear(hearing, letter.arguments[0], todo, attempt=attempt)
            letter = replace(letter, arguments=(letter.arguments[0], again.hearers if again else None))
        return [] if again is None else [replace(letter, failures=letter.failures + 1)]

    # The relay's side: shared.messaging.bus.Bus.

    @property
    def up(self) -> bool:
        """Always."""
        return True

    def publish(self, messages: Sequence[Message]) -> set[int]:
        """Takes all of them."""
        self.letters += [Letter(message.task, tuple(orjson.loads(message.body)[0])) for message in messages]
        return set(range(len(messages)))

    def take_dead(self) -> list[DeadMessage]:
        """Nothing is unreadable: what could not be heard is in its service's dead letters."""
        return []

    def settle_dead(self, dead: DeadMessage) -> None:
        """Never called."""

    def close(self) -> None:
        """There is no connection."""
