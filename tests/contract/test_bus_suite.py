"""One suite for both buses: what is committed is done by every hearer, once in effect, whatever dies at whatever moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pika
import pytest
from kombu.transport.native_delayed_delivery import MAX_LEVEL, level_name
from sqlalchemy import text

from shared.messaging.bus import Bus, Message, message_of
from shared.messaging.dead_letters import DeadLetter, open_letters
from shared.messaging.embedded.bus import EmbeddedBus
from shared.messaging.embedded.store import BusFile
from shared.messaging.embedded.transport import SCHEME
from shared.messaging.rabbit import UNROUTED, RabbitBus, apply_topology, dead_queue
from shared.messaging.relay import messages_for
from tests.support.brokers import BROKERS, RABBITMQ_MARK, SERVER, Cable, virtual_host
from tests.support.databases import postgresql_database
from tests.support.eventually import eventually
from tests.support.toy import ALL, QUEUES, Toy, toy_database


@dataclass
class House:
    """A toy shop on one kind of bus, with worker processes that a test may kill."""

    toy: Toy
    broker_url: str
    database_url: str
    folder: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def starts_worker(self, *, flag: Path | None = None) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "tests.support.toy_worker", self.broker_url, self.database_url, *([str(flag)] if flag else [])]
        worker = subprocess.Popen(words, cwd=Path(__file__).parents[2], env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})
        self.workers.append(worker)
        return worker

    def letters(self) -> list[DeadLetter]:
        with self.toy.db.read() as tx:
            return open_letters(tx)

    def stop(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait()
        self.toy.stop()


def _bus(kind: str, url: str, folder: Path) -> Bus:
    if kind == "embedded":
        return EmbeddedBus(folder / "bus.db", QUEUES)
    return RabbitBus(url, dead_of=QUEUES)


@pytest.fixture(scope="module")
def rabbit() -> Iterator[str]:
    """A virtual host of this file: to make one, with the delays' thirty queues, takes longer than most of its tests."""
    with virtual_host() as url:
        yield url


@contextmanager
def _fresh(url: str) -> Iterator[None]:
    """Its queues, with nothing in them; what is left at the end is thrown away."""
    apply_topology(url, QUEUES)
    try:
        yield
    finally:
        with pika.BlockingConnection(pika.URLParameters(url)) as connection:
            channel = connection.channel()
            for queue in (UNROUTED, *QUEUES, *(dead_queue(queue) for queue in QUEUES)):
                channel.queue_delete(queue)
            for level in range(MAX_LEVEL + 1):
                channel.queue_purge(level_name(level))


@pytest.fixture(params=BROKERS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    if request.param == "embedded":
        url = f"sqlite:///{tmp_path / 'toy.db'}"
        made = House(Toy(toy_database(url), _bus("embedded", "", tmp_path)), f"{SCHEME}://{tmp_path / 'bus.db'}", url, tmp_path)
        yield made
        made.stop()
        return
    broker_url = request.getfixturevalue("rabbit")
    with postgresql_database() as url, _fresh(broker_url):
        made = House(Toy(toy_database(url), _bus("rabbitmq", broker_url, tmp_path)), broker_url, url, tmp_path)
        yield made
        made.stop()


def test_facts_told_after_the_outbox_was_empty_are_told_as_well(house: House) -> None:
    """R-MSG-01"""
    house.toy.relays()
    house.toy.tells("a")
    eventually(lambda: house.toy.count("outbox") == 0)

    house.toy.tells("b")

    eventually(lambda: house.toy.count("outbox") == 0)
    assert house.toy.count("told") == 2


def test_a_fact_reaches_every_hearer_once(house: House) -> None:
    """R-MSG-01"""
    house.starts_worker()
    house.toy.relays()

    house.toy.tells("a", "b", "c")

    for thing in "abc":
        eventually(lambda thing=thing: house.toy.effects(thing) == ALL)
    assert house.toy.count("outbox") == 0
    assert house.toy.count("told") == 3


def test_a_fact_committed_before_the_relay_died_is_published_after_its_restart(house: House) -> None:
    """R-MSG-02: killed between commit and publish."""
    teller = "import sys, os; from tests.support.toy import *\nToy(toy_database(sys.argv[1]), None).tells('a')\nos.kill(os.getpid(), 9)"
    died = subprocess.run([sys.executable, "-c", teller, house.database_url], cwd=Path(__file__).parents[2], check=False)
    assert died.returncode == -signal.SIGKILL
    assert house.toy.count("outbox") == 1

    house.starts_worker()
    house.toy.relays()

    eventually(lambda: house.toy.effects("a") == ALL)


def test_what_a_dead_relay_has_told_reaches_the_timeline(house: House) -> None:
    """R-MSG-02: killed after the hearers' messages, before the timeline's bundle."""
    house.toy.tells("a", "b")
    house.toy.relay.round()
    assert (house.toy.count("outbox"), house.toy.count("unrecorded")) == (0, 2)

    house.starts_worker()
    house.toy.relays()

    eventually(lambda: house.toy.effects("a") == ALL and house.toy.effects("b") == ALL)
    eventually(lambda: house.toy.count("unrecorded") == 0)


def test_a_worker_killed_between_effect_and_acknowledgement_does_it_once(house: House) -> None:
    """R-MSG-04"""
    flag = house.folder / "die"
    flag.touch()
    first = house.starts_worker(flag=flag)
    house.toy.relays()
    house.toy.tells("a")
    first.wait(30)
    assert first.returncode == -signal.SIGKILL

    house.starts_worker()

    eventually(lambda: house.toy.effects("a") == ALL)


def test_a_fact_told_twice_has_one_effect(house: House) -> None:
    """R-MSG-03"""
    house.toy.tells("a")
    with house.toy.db.begin() as tx:
        rows = tx.execute(text("SELECT * FROM outbox")).all()
    messages, _ = messages_for([(house.toy.relay, row) for row in rows])

    assert house.toy.bus.publish([*messages, *messages]) == set(range(4))
    house.toy.relays()
    house.starts_worker()

    for thing in "bc":
        house.toy.tells(thing)
        eventually(lambda thing=thing: house.toy.effects(thing) == ALL)
    eventually(lambda: house.toy.effects("a") == ALL)


def test_one_hearer_failing_for_good_does_not_hold_its_neighbours_back(house: House) -> None:
    """R-MSG-03: the one that fails is parked with its error; the rest of the bundle is done."""
    house.toy.fails("second", "bug")
    house.starts_worker()
    house.toy.relays()

    house.toy.tells("a")

    eventually(lambda: house.toy.effects("a") == ["first", "job", "third", "timeline"])
    letter = eventually(house.letters)[0]
    assert list(letter.hearers) == ["toy.second"]
    assert "ZeroDivisionError" in letter.error
    assert "was told to fail" in letter.traceback


def test_facts_of_one_transaction_travel_together_and_their_jobs_alone(house: House) -> None:
    """messaging.md, cost 9: one message and one transaction for the three; what another told of no order is not among them."""
    house.toy.tells("a", "b", "c")
    house.toy.tells("d")
    with house.toy.db.begin() as tx:
        rows = tx.execute(text("SELECT * FROM outbox ORDER BY id")).all()
    messages, _ = messages_for([(house.toy.relay, row) for row in rows])
    assert sorted(message.task for message in messages) == ["toy.job"] * 4 + ["toy.on_facts", "toy.on_thing_happened"]

    house.starts_worker()
    house.toy.relays()

    for thing in "abcd":
        eventually(lambda thing=thing: house.toy.effects(thing) == ALL)


@pytest.mark.parametrize("kind", ["early", "bug"])
def test_of_facts_told_together_only_what_fails_is_left_behind(house: House, kind: str) -> None:
    """R-MSG-03: all is undone and each fact heard alone; the failing hearer is tried again, or parked with its error."""
    house.toy.fails("second", kind, times=3)  # together, with its neighbours, alone
    house.starts_worker()
    house.toy.relays()

    house.toy.tells("a", "b", "c")

    for thing in "bc":
        eventually(lambda thing=thing: house.toy.effects(thing) == ALL)
    if kind == "early":
        eventually(lambda: house.toy.effects("a") == ALL, seconds=40)
        assert house.letters() == []
    else:
        letter = eventually(house.letters)[0]
        assert (letter.fact, list(letter.hearers)) == ("toy.thing_happened:a", ["toy.second"])
        assert house.toy.effects("a") == ["first", "job", "third", "timeline"]


def test_a_fact_nobody_can_read_holds_back_none_that_were_told_with_it(house: House) -> None:
    house.toy.tells("a")
    with house.toy.db.begin() as tx:
        readable = tx.execute(text("SELECT envelope FROM outbox")).scalar_one()
    house.starts_worker()

    poisoned = message_of(
        queue="toy", task="toy.on_facts", key="x", label="x", envelopes=['{"type": "toy.nothing"}', readable], bundle=True
    )
    house.toy.bus.publish([poisoned, Message("toy", "toy.on_facts", "poison", "poison", b'[[["no fact"]],{},{}]')])
    house.toy.relays()

    eventually(lambda: house.toy.effects("a") == ALL)
    eventually(lambda: {letter.task for letter in house.letters()} == {"toy", "toy.on_facts"})


def test_a_refusal_is_never_tried_again(house: House) -> None:
    house.toy.fails("job", "refused")
    house.starts_worker()
    house.toy.relays()

    house.toy.tells("a")

    assert [list(letter.hearers) for letter in eventually(house.letters)] == [["toy.job"]]


@pytest.mark.parametrize(("hearer", "kind"), [("second", "early"), ("job", "unavailable")])
def test_what_may_pass_later_is_tried_again_alone_and_stays_home(house: House, hearer: str, kind: str) -> None:
    """R-MSG-03: growing pauses; a retry goes to its own queue and its neighbours do not hear twice."""
    house.toy.fails(hearer, kind, times=2)
    house.starts_worker()
    house.toy.relays()

    house.toy.tells("a")

    eventually(lambda: house.toy.effects("a") == ALL, seconds=40)
    assert house.letters() == []


def test_an_unknown_task_goes_to_the_dead_letters(house: House) -> None:
    house.starts_worker()
    house.toy.relays()

    house.toy.bus.publish([message_of(queue="toy", task="toy.on_nothing", key="x", label="x", envelopes=["{}"])])

    letter = eventually(house.letters)[0]
    assert letter.task == "toy.on_nothing"


@pytest.mark.parametrize("body", [b'[["no envelope"],{},{}]', b"not json at all", b'[[{"type": "toy.thing_happened"}],{},{}]'])
def test_a_message_nobody_can_read_goes_to_the_dead_letters(house: House, body: bytes) -> None:
    house.starts_worker()
    house.toy.relays()

    house.toy.bus.publish([Message("toy", "toy.on_thing_happened", "poison", "poison", body)])
    house.toy.tells("a")

    assert eventually(house.letters)[0].task == "toy.on_thing_happened"
    eventually(lambda: house.toy.effects("a") == ALL)


def test_a_message_for_no_queue_is_kept(house: House) -> None:
    house.toy.relays()

    assert house.toy.bus.publish([message_of(queue="nowhere", task="nowhere.on_x", key="x", label="x", envelopes=["{}"])]) == {0}

    assert "nowhere" in eventually(house.letters)[0].error


def test_killed_workers_lose_nothing(house: House) -> None:
    """R-MSG-04, R-MSG-06: kill -9 again and again while facts arrive."""
    house.toy.relays()
    things = [f"t{number}" for number in range(60)]
    for start in range(0, 60, 20):
        worker = house.starts_worker()
        house.toy.tells(*things[start : start + 20])
        eventually(lambda start=start: any(house.toy.effects(thing) for thing in things[start : start + 20]))
        worker.kill()
    house.starts_worker()

    for thing in things:
        eventually(lambda thing=thing: house.toy.effects(thing) == ALL, what=thing)
    assert house.letters() == []


@pytest.mark.parametrize("kind", [pytest.param("rabbitmq", marks=RABBITMQ_MARK)])
def test_a_broker_that_is_away_gets_everything_when_it_is_back(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """R-MSG-01: told while the broker is away; the outbox keeps it."""
    broker_url = request.getfixturevalue("rabbit")
    with postgresql_database() as url, _fresh(broker_url):
        parts = urlsplit(SERVER)
        cable = Cable(parts.hostname or "127.0.0.1", parts.port or 5672)
        behind = urlsplit(broker_url)
        netloc = f"{behind.username}:{behind.password}@127.0.0.1:{cable.port}"
        cable_url = urlunsplit(behind._replace(netloc=netloc))
        toy = Toy(toy_database(url), RabbitBus(cable_url, dead_of=QUEUES))
        made = House(toy, cable_url, url, tmp_path)
        try:
            toy.relays()
            made.starts_worker()
            toy.tells("before")
            eventually(lambda: toy.effects("before") == ALL)

            cable.cut()
            eventually(lambda: not toy.bus.up)
            toy.tells("while away")
            assert toy.count("outbox") == 1
            cable.mend()

            eventually(lambda: toy.effects("while away") == ALL, seconds=40)
            eventually(lambda: toy.count("outbox") == 0)
        finally:
            made.stop()
            cable.close()


def test_a_lease_of_a_dead_process_is_void_at_once(tmp_path: Path) -> None:
    """Embedded only: no time-out is waited for."""
    taker = (
        "import sys, os, pathlib; from shared.messaging.embedded.store import BusFile\n"
        "file = BusFile.at(pathlib.Path(sys.argv[1])); assert file.take(['toy']); os.kill(os.getpid(), 9)"
    )
    path = tmp_path / "bus.db"
    BusFile.at(path).put([("toy", "{}", 0.0)])
    subprocess.run([sys.executable, "-c", taker, str(path)], cwd=Path(__file__).parents[2], check=False)
    assert BusFile.at(path).take(["toy"]) is None

    BusFile.at(path).void_dead_leases()

    assert BusFile.at(path).take(["toy"]) is not None
