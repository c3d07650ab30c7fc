"""The same fact in the hands of several workers: heard once in effect, and nobody waits in a ring (R-MSG-03)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import orjson
from sqlalchemy import text

from shared.messaging.consume import hear, hear_bundle, hear_together, run_job
from tests.races.conftest import Toys
from tests.services.delivery.conftest import DeliveryDriver, assert_promises_are_there
from tests.support.driver import ServiceDriver, envelope_of
from tests.support.racing import SEEDS, beside, interleaved, troubles
from tests.support.samples_delivery import confirmed, goods, order
from tests.support.samples_notifications import order_confirmed
from tests.support.smtp_sink import SmtpSink
from tests.support.toy import Toy, toy_hearing

HANDLERS = ["first", "second", "third"]


def bodies_of(toy: Toy) -> list[dict[str, object]]:
    """The envelopes that wait in its outbox."""
    with toy.db.read() as tx:
        return [orjson.loads(row.envelope) for row in tx.execute(text("SELECT envelope FROM outbox ORDER BY id"))]


@SEEDS
def test_the_same_fact_in_four_workers_has_one_effect_per_hearer(toys: Toys, seed: int) -> None:
    """R-MSG-03: the inbox row is the lock; the second worker waits on it and then finds nothing left to do."""
    toy, other = toys.open(), toys.open()
    toy.tells("a")
    (body,) = bodies_of(toy)
    workers = [toy_hearing(db) for db in (toy.db, toy.db, toy.db, other.db)]

    with troubles(toy.db) as found:
        left = interleaved(toy.db, [partial(hear, worker, body, None, attempt=0) for worker in workers], seed=seed)

    assert (found, left) == ([], [None] * 4)
    assert toy.effects("a") == HANDLERS


@SEEDS
def test_the_same_job_in_three_workers_is_finished_once(toys: Toys, seed: int) -> None:
    """R-MSG-03, R-MSG-04: its second half claims it; another run ends there without a trace."""
    toy = toys.open()
    toy.tells("a")
    (body,) = bodies_of(toy)
    hearing = toy_hearing(toy.db)

    with troubles(toy.db) as found:
        left = interleaved(toy.db, [partial(run_job, hearing, "toy.job", body, attempt=0)] * 3, seed=seed)

    assert (found, left) == ([], [None] * 3)
    assert toy.effects("a") == ["job"]


@SEEDS
def test_bundles_and_single_facts_in_opposite_order_are_heard_once_each(toys: Toys, seed: int) -> None:
    """R-MSG-03, messaging.md, cost 9: told together, told again in another order, and told alone."""
    toy = toys.open()
    toy.tells("a", "b", "c")
    bodies = bodies_of(toy)
    hearing = toy_hearing(toy.db)
    acts: list[Callable[[], object]] = [
        partial(hear_together, hearing, bodies),
        partial(hear_together, hearing, bodies[::-1]),
        partial(hear, hearing, bodies[1], None, attempt=0),
        partial(hear_bundle, hearing, bodies, attempt=0),
        partial(hear_bundle, hearing, bodies[::-1], attempt=0),
    ]

    with troubles(toy.db) as found:
        interleaved(toy.db, acts, seed=seed)

    assert found == []
    assert [toy.effects(thing) for thing in "abc"] == [[*HANDLERS, "timeline"]] * 3


@SEEDS
def test_confirmations_of_two_orders_in_opposite_bundles_make_no_ring(delivery: DeliveryDriver, seed: int) -> None:
    """R-STK-13, R-DLV-01, R-MSG-03: bundles of a real service, and one of their facts told a third time."""
    delivery.given_stock(cup=9, mug=9)
    facts = [confirmed(*goods(cup=1, mug=1), order=order(1)), confirmed(*goods(mug=1, cup=1), order=order(2))]
    bodies = [envelope_of(fact) for fact in facts]
    acts: list[Callable[[], object]] = [
        partial(hear_together, delivery.hearing, bodies),
        partial(hear_together, delivery.hearing, bodies[::-1]),
        partial(hear, delivery.hearing, bodies[1], None, attempt=0),
    ]

    with troubles(delivery.db) as found:
        interleaved(delivery.db, acts, seed=seed)

    assert found == []
    assert [len(delivery.deliveries(f"order_id={order(number)}")) for number in (1, 2)] == [1, 1]
    assert [delivery.stock(sku) for sku in ("cup", "mug")] == [(9, 2, 0)] * 2
    assert_promises_are_there(delivery)


@SEEDS
def test_one_mail_in_the_hands_of_many_workers_is_sent_once(notifications: ServiceDriver, sink: SmtpSink, seed: int) -> None:
    """R-NOT-01, R-NOT-02: the fact that causes it told twice at once, then its job in two processes."""
    fact = order_confirmed("ord_01J00000000000000000000001", sellers=())
    interleaved(notifications.db, [partial(notifications.hears, fact, seq=seq) for seq in (1, 1, 2)], seed=seed)
    (body,) = (told for told in notifications.told_bodies() if told["type"] == "notifications.mail_queued")

    with beside(notifications) as other, troubles(notifications.db) as found:
        workers = [notifications, notifications, other]
        sends = [partial(run_job, worker.hearing, "notifications.send_mail", body, attempt=0) for worker in workers]
        left = interleaved(notifications.db, sends, seed=seed)

    assert (found, left) == ([], [None] * 3)
    assert sink.recipients == ["ada@example.com"]
    assert notifications.told("notifications.mail_sent", "notifications.mail_failed") == ["notifications.mail_sent"]
