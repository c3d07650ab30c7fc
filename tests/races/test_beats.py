"""Two beats on one table of timers: what is due is done once, whoever comes first (foundations.md, "Timers")."""

from __future__ import annotations

import threading
from functools import partial

from services.host.beat import run_beat
from shared.db.timers import run_timer
from tests.services.delivery.conftest import DeliveryDriver
from tests.support.driver import ServiceDriver
from tests.support.eventually import eventually
from tests.support.racing import SEEDS, beside, interleaved, troubles
from tests.support.samples_delivery import confirmed, goods, hold, order

HOLDS = 12


def given_holds(delivery: DeliveryDriver) -> None:
    """So many orders hold a mug each, and their time is over."""
    delivery.given_stock(mug=HOLDS)
    for number in range(HOLDS):
        assert delivery.holds(hold(*goods(mug=1), order=order(number))).status == 200
    delivery.later(minutes=16)


def due_orders(delivery: ServiceDriver) -> list[str]:
    """Orders whose hold was told to be due, in their order."""
    return sorted(fact.order_id for fact in delivery.told_events("delivery.hold_due"))


def test_two_beats_run_each_timer_once(delivery: DeliveryDriver) -> None:
    """R-ORD-54, lifecycles.md, section 7."""
    given_holds(delivery)
    stop = threading.Event()

    with beside(delivery) as other, troubles(delivery.db) as here, troubles(other.db) as there:
        beats = [threading.Thread(target=run_beat, args=([one.running], stop)) for one in (delivery, other)]
        for beat in beats:
            beat.start()
        try:
            eventually(lambda: delivery.rows("SELECT count(*) FROM timers") == [(0,)], seconds=60)
        finally:
            stop.set()
            for beat in beats:
                beat.join(60)

    assert (here, there) == ([], [])
    assert due_orders(delivery) == [order(number) for number in range(HOLDS)]


@SEEDS
def test_beats_pass_over_what_is_in_the_hands_of_another(delivery: DeliveryDriver, seed: int) -> None:
    """Statement by statement: no timer twice, and none of the beats waits for another."""
    given_holds(delivery)

    with troubles(delivery.db) as found:
        ran = interleaved(delivery.db, [partial(run_timer, delivery.db, delivery.service.timers)] * 4, seed=seed)

    assert found == []
    timers = [done[0].record_id for done in ran if done is not None]
    assert len(timers) == len(set(timers)) == 4
    assert len(due_orders(delivery)) == 4


@SEEDS
def test_a_timer_and_what_takes_it_away_at_once(delivery: DeliveryDriver, seed: int) -> None:
    """R-STK-03, R-STK-05: two beats against the confirmation that consumes the hold; the timer is gone, the goods are firm."""
    delivery.given_stock(mug=1)
    delivery.holds(hold(*goods(mug=1)))
    delivery.later(minutes=16)
    timers = partial(run_timer, delivery.db, delivery.service.timers)

    with troubles(delivery.db) as found:
        interleaved(delivery.db, [timers, timers, partial(delivery.hears, confirmed(*goods(mug=1)))], seed=seed)

    assert found == []
    assert delivery.rows("SELECT count(*) FROM timers") == [(0,)]
    assert len(due_orders(delivery)) <= 1
    assert delivery.stock("mug") == (1, 1, 0)
