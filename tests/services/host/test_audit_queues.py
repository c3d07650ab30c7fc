"""The audit asks RabbitMQ whether the shop's queues are there, taken from, and free of what nobody can read."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pika
import pytest

from services.host.audit.look import Look
from services.host.audit.queues import check
from services.host.roster import ROSTER
from shared.errors import Unavailable
from shared.messaging.bus import EXCHANGE
from shared.messaging.rabbit import apply_topology, dead_queue
from shared.service import queues
from tests.support.brokers import RABBITMQ_MARK, virtual_host
from tests.support.eventually import eventually

pytestmark = [RABBITMQ_MARK] if RABBITMQ_MARK else []


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    with virtual_host() as url:
        apply_topology(url, queues(ROSTER))
        yield url


def _named(url: str) -> list[tuple[str, str, str]]:
    look = Look({}, settle_seconds=0, days=None, broker_url=url)
    return [(violation.invariant, violation.record_id, violation.repair) for violation in check(look)]


def test_queues_without_messages_need_nobody(broker: str) -> None:
    assert _named(broker) == []


def test_messages_that_nobody_takes_are_named_with_the_worker_that_would(broker: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(broker)) as connection:
        channel = connection.channel()
        for queue in ("delivery", "billing.documents"):
            channel.basic_publish(EXCHANGE, queue, b"{}")

        eventually(lambda: len(_named(broker)) == 2, what="the two queues")
        assert _named(broker) == [
            ("queues.taken", "billing.documents", "cartwright worker billing.documents"),
            ("queues.taken", "delivery", "cartwright worker delivery"),
        ]

        channel.queue_purge("delivery")
        channel.queue_purge("billing.documents")
    eventually(lambda: _named(broker) == [], what="empty queues")


def test_unreadable_messages_and_missing_queues_are_named(broker: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(broker)) as connection:
        channel = connection.channel()
        channel.basic_publish("", dead_queue("orders"), b"?")
        channel.queue_delete("returns")

    eventually(lambda: len(_named(broker)) == 2, what="both")
    assert sorted(name for name, _, _ in _named(broker)) == ["queues.there", "queues.unreadable"]
    assert ("queues.there", "returns", "cartwright topology apply") in _named(broker)
    apply_topology(broker, queues(ROSTER))


def test_a_broker_that_is_away_cannot_be_asked() -> None:
    with pytest.raises(Unavailable):
        _named("amqp://guest:guest@127.0.0.1:1/")


def test_a_broker_that_does_not_greet_cannot_be_asked() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(Unavailable):
        _named(f"amqp://guest:guest@127.0.0.1:{mute.getsockname()[1]}/%2F?stack_timeout=0.5&connection_attempts=1")
