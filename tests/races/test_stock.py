"""Many at once, with real threads: the last unit goes to one, and nobody waits in a ring."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.services.delivery.conftest import DeliveryDriver, assert_promises_are_there
from tests.support.driver import Answer
from tests.support.racing import SEEDS, at_once, interleaved, troubles
from tests.support.samples_delivery import cancelled, closed, confirmed, goods, hold, line, order, reopened


def test_the_last_unit_is_given_to_one_of_twenty(delivery: DeliveryDriver) -> None:
    """R-STK-02."""
    delivery.given_stock(mug=1)

    answers: list[Answer] = at_once([partial(delivery.holds, hold(*goods(mug=1), order=order(number))) for number in range(20)])

    assert sorted(answer.status for answer in answers) == [200] + [409] * 19
    refused = [answer.body for answer in answers if answer.status == 409]
    assert {body["code"] for body in refused} == {"out_of_stock"}
    assert all(body["errors"][0]["meta"] == {"sku": "mug", "requested": 1, "available": 0} for body in refused)
    assert delivery.reservations() == [("hold", "active", 1)]
    assert_promises_are_there(delivery)


@SEEDS
def test_the_last_unit_is_given_to_one_wherever_the_others_stand(delivery: DeliveryDriver, seed: int) -> None:
    """R-STK-01, R-STK-02: statement by statement, through the checkout and through a confirmation without a hold."""
    delivery.given_stock(mug=1)
    buyers: list[Callable[[], object]] = [partial(delivery.holds, hold(*goods(mug=1), order=order(number))) for number in range(3)]
    buyers += [partial(delivery.hears, confirmed(*goods(mug=1), order=order(number))) for number in (10, 11)]

    interleaved(delivery.db, buyers, seed=seed)

    assert sum(delivery.stock("mug")[1:]) == 1
    assert sum(units for _, _, units in delivery.reservations()) == 1
    assert_promises_are_there(delivery)


def test_opposite_line_orders_never_deadlock(delivery: DeliveryDriver) -> None:
    """R-STK-13: holding, reserving, releasing and handing over, by orders that name the goods in opposite order."""
    delivery.given_stock(cup=100, mug=100, tea=100)
    ways = (("cup", "mug", "tea"), ("tea", "mug", "cup"), ("mug", "tea", "cup"))

    def sell(number: int) -> None:
        lines = [line(sku, 1, number=at) for at, sku in enumerate(ways[number % 3], start=1)]
        for turn in range(3):
            this = order(number * 10 + turn)
            assert delivery.holds(hold(*lines, order=this)).status == 200
            if turn == 0:
                delivery.hears(reopened(order=this))
                continue
            delivery.hears(confirmed(*lines, order=this))
            if turn == 1:
                delivery.hears(cancelled(order=this))
                continue
            (found,) = delivery.deliveries(f"order_id={this}")
            assert delivery.asks("POST", f"/admin/v1/deliveries/{found['id']}/validate", {}).status == 200

    with troubles(delivery.db) as found:
        at_once([partial(sell, number) for number in range(6)])

    assert found == []
    assert [delivery.stock(sku) for sku in ("cup", "mug", "tea")] == [(94, 0, 0)] * 3
    assert_promises_are_there(delivery)


@SEEDS
def test_opposite_line_orders_make_no_ring_wherever_they_stand(delivery: DeliveryDriver, seed: int) -> None:
    """R-STK-13: the same, statement by statement."""
    delivery.given_settings(split_by="seller")
    delivery.given_stock(cup=9, mug=9)
    there = [line("cup", 1, number=1, seller_id="a"), line("mug", 1, number=2, seller_id="b")]
    back = [line("mug", 1, number=1, seller_id="b"), line("cup", 1, number=2, seller_id="a")]
    for number, lines in ((1, there), (2, back)):
        delivery.hears(confirmed(*lines, order=order(number)))
    ready = delivery.deliveries(f"order_id={order(1)}")[0]["id"]
    acts: list[Callable[[], object]] = [
        partial(delivery.holds, hold(*there, order=order(3))),
        partial(delivery.hears, confirmed(*back, order=order(4))),
        partial(delivery.asks, "POST", f"/admin/v1/deliveries/{ready}/validate", {}),
        partial(delivery.hears, cancelled(order=order(2))),
    ]

    with troubles(delivery.db) as found:
        interleaved(delivery.db, acts, seed=seed)

    assert found == []
    assert sorted(delivery.stock(sku) for sku in ("cup", "mug")) == [(8, 1, 1), (9, 2, 1)]
    assert_promises_are_there(delivery)


def test_one_submit_sent_twenty_times_holds_once(delivery: DeliveryDriver) -> None:
    """R-STK-04."""
    delivery.given_stock(mug=50)

    answers = at_once([partial(delivery.holds, hold(*goods(mug=2)))] * 20)

    assert {answer.raw for answer in answers} == {answers[0].raw}
    assert delivery.stock("mug") == (50, 0, 2)


def test_counts_up_and_down_while_orders_come_and_go_keep_every_promise(delivery: DeliveryDriver) -> None:
    """R-STK-01, R-STK-11, R-STK-12: in the end nobody waits while there is something free."""
    delivery.given_stock(mug=6, tea=6)

    def shop(number: int) -> None:
        for turn in range(3):
            this = order(number * 10 + turn)
            lines = (
                [line("mug", 2, number=1), line("tea", 1, number=2)] if turn % 2 else [line("tea", 2, number=1), line("mug", 1, number=2)]
            )
            delivery.holds(hold(*lines, order=this))
            delivery.hears(confirmed(*lines, order=this, minutes=number))
            if turn == 1:
                delivery.hears(cancelled(order=this))

    def count(sku: str) -> None:
        for units in (3, 9, 2, 7, 12):
            assert delivery.asks("PUT", f"/admin/v1/stock/{sku}", {"on_hand": units}).status == 200

    at_once([*(partial(shop, number) for number in range(5)), partial(count, "mug"), partial(count, "tea")])

    assert_promises_are_there(delivery)
    for found in delivery.deliveries("state=waiting_stock&limit=100"):
        missing = [item["sku"] for item in found["lines"] if item["reserved"] < item["quantity"]]
        free = {sku: delivery.stock(sku) for sku in missing}
        assert missing
        assert all(on_hand == reserved + held for on_hand, reserved, held in free.values())


@SEEDS
def test_a_hold_that_ends_while_its_order_is_confirmed_leaves_the_goods_to_one(delivery: DeliveryDriver, seed: int) -> None:
    """R-STK-03, R-STK-05, R-ORD-54: the timer, its answer, the confirmation, and another buyer of the last unit at the same moment."""
    delivery.given_stock(mug=1)
    held = delivery.holds(hold(*goods(mug=1), order=order(1))).body["reservation"]["id"]
    delivery.later(minutes=16)
    acts: list[Callable[[], object]] = [
        delivery.runs_timers,
        partial(delivery.hears, closed(held, "cancelled", order=order(1))),
        partial(delivery.hears, confirmed(*goods(mug=1), order=order(1))),
        partial(delivery.holds, hold(*goods(mug=1), order=order(2))),
    ]

    with troubles(delivery.db) as found:
        interleaved(delivery.db, acts, seed=seed)

    assert found == []
    active = {(kind, units) for kind, state, units in delivery.reservations() if state == "active" and units}
    assert active in ({("firm", 1)}, {("hold", 1)})
    assert len(delivery.told_events("delivery.hold_due")) <= 1
    assert len(delivery.deliveries(f"order_id={order(1)}")) == 1
    assert_promises_are_there(delivery)


@SEEDS
def test_goods_that_are_lost_while_they_are_sold_are_promised_to_nobody(delivery: DeliveryDriver, seed: int) -> None:
    """R-STK-01, R-STK-10, R-STK-12: moves and counts against a checkout and a confirmation of the same goods."""
    delivery.given_stock(mug=2)
    lost = {"sku": "mug", "quantity": -1, "reason": "lost"}
    acts: list[Callable[[], object]] = [
        partial(delivery.asks, "POST", "/admin/v1/stock/moves", lost),
        partial(delivery.asks, "POST", "/admin/v1/stock/moves", lost),
        partial(delivery.holds, hold(*goods(mug=1), order=order(1))),
        partial(delivery.hears, confirmed(*goods(mug=1), order=order(2))),
    ]

    with troubles(delivery.db) as found:
        interleaved(delivery.db, acts, seed=seed)

    assert found == []
    assert delivery.stock("mug") == (0, 0, 0)
    assert_promises_are_there(delivery)


@SEEDS
def test_a_reopened_cart_and_its_late_confirmation_hold_nothing_twice(delivery: DeliveryDriver, seed: int) -> None:
    """R-STK-04, R-ORD-09: the end of a submission, its confirmation, and the next submission's hold, in any order."""
    delivery.given_stock(mug=5)
    delivery.holds(hold(*goods(mug=2)))
    acts: list[Callable[[], object]] = [
        partial(delivery.hears, reopened()),
        partial(delivery.hears, confirmed(*goods(mug=2))),
        partial(delivery.holds, hold(*goods(mug=3), submission=2)),
        partial(delivery.hears, reopened()),
    ]

    with troubles(delivery.db) as found:
        interleaved(delivery.db, acts, seed=seed)

    assert found == []
    assert_promises_are_there(delivery)
