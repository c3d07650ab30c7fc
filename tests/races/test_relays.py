"""Two relays on one outbox: no fact is told twice in effect or left out, and facts leave in their order."""

from __future__ import annotations

from functools import partial

import orjson
from sqlalchemy import text

from shared.messaging.bus import message_of
from shared.messaging.ears import Ears
from shared.messaging.embedded.bus import EmbeddedBus
from tests.races.conftest import Toys
from tests.support.eventually import eventually
from tests.support.racing import SEEDS, at_once, interleaved, troubles
from tests.support.toy import Toy


def taken(toy: Toy, queue: str) -> list[str]:
    """What stands in a queue of the toy's bus, in order: the ids of its messages. They are taken out."""
    bus = toy.bus
    assert isinstance(bus, EmbeddedBus)
    found = []
    while (leased := bus.file.take([queue])) is not None:
        found.append(str(orjson.loads(leased.payload)["headers"]["id"]))
        bus.file.delete(leased.id)
    return found


def job_of(fact: str) -> str:
    """The id of the message that brings a fact to the toy's job."""
    return message_of(queue="toy.outside", task="toy.job", key=f"{fact}|toy.job", label="", envelopes=[]).id


def told_in_order(toy: Toy, count: int) -> None:
    """The jobs' queue, where each fact has a message of its own, holds them in the order of their outbox rows, each once."""
    with toy.db.read() as tx:
        facts = [row.fact for row in tx.execute(text("SELECT fact FROM told ORDER BY id"))]
    assert len(facts) == len(set(facts)) == count
    assert taken(toy, "toy.outside") == [job_of(fact) for fact in facts]


@SEEDS
def test_two_relays_that_both_believe_to_lead_tell_each_fact_once(toys: Toys, seed: int) -> None:
    """R-MSG-01, R-MSG-03: rows in the hands of one are passed over by the other."""
    toy = toys.open()
    for thing in "abcd":
        toy.tells(thing)

    with troubles(toy.db) as found:
        sent = interleaved(toy.db, [toy.relay.round, toy.relay.round, lambda: toy.tells("e")], seed=seed)
    toy.relay.round()

    assert found == []
    assert sum(sent[:2]) in (4, 5)
    assert [toy.count(table) for table in ("outbox", "told", "unrecorded")] == [0, 5, 5]
    assert len(set(taken(toy, "toy.outside"))) == 5


def test_two_relays_while_six_tell_leave_nothing_behind(toys: Toys) -> None:
    """R-MSG-01: the rounds of two processes, until all is told."""
    toy, other = toys.open(), toys.open()

    def tell(number: int) -> None:
        for turn in range(10):
            toy.tells(f"{number}-{turn}", f"{number}-{turn}-too")

    def relay(one: Toy) -> None:
        while one.count("told") < 120:
            one.relay.round()

    acts = [*(partial(tell, number) for number in range(6)), partial(relay, toy), partial(relay, other)]
    with troubles(toy.db) as here, troubles(other.db) as there:
        at_once(acts)

    assert (here, there) == ([], [])
    assert (toy.count("outbox"), toy.count("told"), toy.count("unrecorded")) == (0, 120, 120)
    jobs = taken(toy, "toy.outside")
    assert len(jobs) == len(set(jobs)) == 120


def test_of_two_relays_one_leads_and_the_other_goes_on_in_order(toys: Toys) -> None:
    """R-MSG-01, R-MSG-02: the second waits; when the first has ended it tells what follows, and nothing again."""
    first, second, teller = toys.open(), toys.open(), toys.open()
    first.relays()
    second.relays()
    for number in range(30):
        teller.tells(f"before-{number}")
    eventually(lambda: teller.count("outbox") == 0, seconds=60)

    first.stop()
    for number in range(30):
        teller.tells(f"after-{number}")

    eventually(lambda: teller.count("outbox") == 0, seconds=60)
    told_in_order(teller, 60)


def test_one_relay_leads_at_a_time(toys: Toys) -> None:
    """messaging.md, 2: the second one leads when the first has let go. SQLite's is alone by the lock on its data folder."""
    first, second = Ears([toys.open().db]), Ears([toys.open().db])
    alone = toys.url.startswith("sqlite")

    assert [first.lead(), second.lead(), first.lead()] == [True, alone, True]

    first.close()
    eventually(second.lead, seconds=60)
    second.close()
