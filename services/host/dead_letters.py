"""Dead letters on the command line: seen, told again to those who failed, or put away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from services.host.roster import ROSTER
from services.host.start import bus_of, database_of
from shared.errors import NotFound, Unavailable
from shared.messaging.bus import Message
from shared.messaging.dead_letters import DeadLetter, open_letters
from shared.messaging.dead_letters import settle as settle_letter
from shared.messaging.hearing import Job
from shared.settings import Environment
from shared.values.ids import new_id


def show(environment: Environment, services: Sequence[str]) -> int:
    """Prints the open ones: service, number, time, hearers, fact, error."""
    found = False
    for service in services:
        with database_of(service, environment, pool_size=1).read() as tx:
            for letter in open_letters(tx):
                found = True
                print(f"{service} {letter.id}  {letter.at:%Y-%m-%d %H:%M:%S}  {', '.join(letter.hearers) or letter.task}  {letter.fact}")
                print(f"    {letter.error}")
    if not found:
        print("none")
    return 0


def settle(environment: Environment, service: str, number: int, *, replay: bool) -> int:
    """Replays or discards one. Raises NotFound when it is not open, Unavailable when the broker does not take it."""
    with database_of(service, environment, pool_size=1).begin() as tx:
        letter = next((letter for letter in open_letters(tx) if letter.id == number), None)
        if letter is None:
            raise NotFound(f"{service} has no open dead letter {number}")
        if replay:
            bus = bus_of(environment, [])
            taken = bus.publish([_message(service, letter)])
            bus.close()
            if not taken:
                raise Unavailable("the broker did not take the message; the dead letter stays open")
        settle_letter(tx, number, state="replayed" if replay else "discarded")
    print(f"{service} {number}: {'replayed' if replay else 'discarded'}")
    return 0


def _message(service: str, letter: DeadLetter) -> Message:
    """For its failed hearers only; one that could not be read goes out as it came."""
    if not letter.hearers:
        return Message(_queue_of(service, letter.task), letter.task, new_id("rpl"), f"{letter.fact}: again", orjson.dumps(letter.body))
    hearer = ROSTER[service].hears.get(letter.hearers[0].partition(".")[2])
    event = str(letter.body["type"]) if isinstance(letter.body, dict) else ""
    task = letter.hearers[0] if isinstance(hearer, Job) or hearer is None else f"{service}.on_{event.partition('.')[2]}"
    embed: dict[str, Any] = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
    label = f"{letter.fact.rpartition(':')[2]}: {', '.join(letter.hearers)}, replayed"
    return Message(_queue_of(service, task), task, new_id("rpl"), label, orjson.dumps([[letter.body, list(letter.hearers)], {}, embed]))


def _queue_of(service: str, task: str) -> str:
    hearer = ROSTER[service].hears.get(task.partition(".")[2])
    if isinstance(hearer, Job):
        return hearer.queue
    return f"{service}.timeline" if task.endswith(".record_events") else service
