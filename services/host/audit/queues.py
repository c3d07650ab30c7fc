"""Queues: each is there and somebody takes its messages, and nothing unreadable lies around. RabbitMQ, or the embedded bus's file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pika
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import AMQPError, ChannelClosedByBroker

from services.host.audit.invariant import Invariant, Subject
from services.host.audit.look import Look
from services.host.audit.report import Violation
from services.host.roster import ROSTER
from services.host.start import DOCUMENTS
from shared.errors import Unavailable
from shared.messaging.bus import UNROUTED
from shared.messaging.rabbit import dead_queue
from shared.service import queues

THERE: Final = Invariant("queues.there", "messaging.md, section 5", "Each queue of the shop is at the broker.")
TAKEN: Final = Invariant("queues.taken", "R-MSG-06", "A queue with messages has somebody who takes them.")
UNREADABLE: Final = Invariant("queues.unreadable", "messaging.md, section 9", "What could not be read was written down as a dead letter.")


def check(look: Look) -> Iterator[Violation]:
    """See THERE, TAKEN and UNREADABLE. Raises Unavailable."""
    if look.broker_url is None:
        return
    if look.broker_url.startswith("amqp"):
        yield from _check_rabbit(look, look.broker_url)
    else:
        path = Path(look.broker_url.partition("://")[2])
        if path.exists():
            yield from _check_file(look, path)


def _check_rabbit(look: Look, url: str) -> Iterator[Violation]:
    try:
        connection = pika.BlockingConnection(pika.URLParameters(url))
    except (AMQPError, AMQPConnectorException, OSError) as error:  # the second when it takes longer than 15 s to greet
        raise Unavailable(f"the broker cannot be asked: {type(error).__name__}") from error
    with connection:
        for queue in queues(ROSTER):
            yield from _check_queue(look, connection, queue)
            yield from _check_dead(connection, queue.partition(".")[0], dead_queue(queue))
        yield from _check_dead(connection, "host", UNROUTED)


def _check_queue(look: Look, connection: Any, queue: str) -> Iterator[Violation]:
    service = queue.partition(".")[0]
    counts = _counts(connection, queue)
    if counts is None:
        yield THERE.broken(service, queue, f"the broker has no queue {queue}", repair="cartwright topology apply")
        return
    ready, consumers = counts
    look.counted["messages at the broker"] += ready
    if ready and not consumers:
        yield TAKEN.broken(service, queue, f"messages wait in {queue}, and nobody takes them", repair=_worker(queue))


def _check_dead(connection: Any, service: str, queue: str) -> Iterator[Violation]:
    counts = _counts(connection, queue)
    if counts is None:
        yield THERE.broken(service, queue, f"the broker has no queue {queue}", repair="cartwright topology apply")
    elif counts[0]:
        repair = f"cartwright relay {service if service in ROSTER else 'all'}, which writes them down; then cartwright dead-letters"
        yield UNREADABLE.broken(service, queue, f"unreadable messages wait in {queue}", repair=repair)


def _counts(connection: Any, queue: str) -> tuple[int, int] | None:
    """(messages ready, consumers); None: no such queue. Asking closes the channel then, so each has one of its own."""
    channel = connection.channel()
    try:
        found = channel.queue_declare(queue, passive=True).method
    except ChannelClosedByBroker:
        return None
    channel.close()
    return int(found.message_count), int(found.consumer_count)


def _worker(queue: str) -> str:
    return f"cartwright worker {queue if queue == DOCUMENTS else queue.partition('.')[0]}"


def _check_file(look: Look, path: Path) -> Iterator[Violation]:
    """While the shop runs its threads take what is ready: whether they do is seen by what was heard."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        waiting = connection.execute("SELECT queue, count(*) FROM messages GROUP BY queue ORDER BY queue").fetchall()
        unreadable = connection.execute("SELECT id, queue, reason FROM dead ORDER BY id LIMIT 100").fetchall()
    finally:
        connection.close()
    look.counted["messages at the broker"] += sum(count for _, count in waiting)
    if waiting and not _runs(path.with_name("running.lock")):
        for queue, _ in waiting:
            what = f"messages wait in {queue}, and the shop does not run"
            yield TAKEN.broken(queue.partition(".")[0], queue, what, repair="cartwright up")
    for number, queue, reason in unreadable:
        what = f"an unreadable message of {queue}: {reason}"
        repair = "cartwright up, which writes it down; then cartwright dead-letters"
        yield UNREADABLE.broken(queue.partition(".")[0], str(number), what, repair=repair)


def _runs(lock: Path) -> bool:
    """Whether a process holds the embedded shop's lock; the kernel is asked, for trying it could be in a starting shop's way."""
    if not lock.exists():
        return False
    inode = f":{lock.stat().st_ino}"
    return any(" FLOCK " in line and line.split()[5].endswith(inode) for line in Path("/proc/locks").read_text().splitlines())


SUBJECT: Final = Subject((), (THERE, TAKEN, UNREADABLE), check)
