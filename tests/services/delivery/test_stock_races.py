"""Many at once, with real threads: the last unit goes to one, and nobody waits in a ring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import TypeVar

from tests.services.delivery.conftest import DeliveryDriver, assert_promises_are_there
from tests.support.driver import Answer
from tests.support.samples_delivery import cancelled, confirmed, goods, hold, line

T = TypeVar("T")


def order(number: int) -> str:
    """One of many orders."""
    return f"ord_01K0000000000000000000{number:04}"


def at_once(acts: Sequence[Callable[[], T]]) -> list[T]:
    """What each of them came to, all begun at one moment."""
    start = Barrier(len(acts))

    def run(act: Callable[[], T]) -> T:
        start.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


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


def test_opposite_line_orders_never_deadlock(delivery: DeliveryDriver) -> None:
    """R-STK-13."""
    delivery.given_stock(cup=100, mug=100, tea=100)
    ways = (("cup", "mug", "tea"), ("tea", "mug", "cup"), ("mug", "tea", "cup"))

    def submit(number: int) -> list[int]:
        lines = [line(sku, 1, number=at) for at, sku in enumerate(ways[number % 3], start=1)]
        return [delivery.holds(hold(*lines, order=order(number * 10 + turn))).status for turn in range(3)]

    statuses = at_once([partial(submit, number) for number in range(8)])

    assert statuses == [[200] * 3] * 8
    assert [delivery.stock(sku) for sku in ("cup", "mug", "tea")] == [(100, 0, 24)] * 3
    assert_promises_are_there(delivery)


def test_one_submit_sent_twenty_times_holds_once(delivery: DeliveryDriver) -> None:
    """R-STK-04."""
    delivery.given_stock(mug=50)

    answers = at_once([partial(delivery.holds, hold(*goods(mug=2)))] * 20)

    assert {answer.raw for answer in answers} == {answers[0].raw}
    assert delivery.stock("mug") == (50, 0, 2)


def test_one_delivery_handed_over_by_many_leaves_once(delivery: DeliveryDriver) -> None:
    """R-STK-10, R-DLV-12."""
    delivery.given_stock(mug=5)
    delivery.hears(confirmed(*goods(mug=2)))
    target = f"/admin/v1/deliveries/{delivery.deliveries()[0]['id']}/validate"

    answers = at_once([partial(delivery.asks, "POST", target, {})] * 8)

    assert {answer.status for answer in answers} == {200}
    assert (delivery.stock("mug"), len(delivery.told_events("delivery.delivery_done"))) == ((3, 0, 0), 1)
    assert_promises_are_there(delivery)


def test_handing_over_and_cancelling_at_once_end_in_one_of_the_two(delivery: DeliveryDriver) -> None:
    for number in range(5):
        delivery.given_stock(mug=5)
        delivery.hears(confirmed(*goods(mug=2), order=order(number)))
        both: list[Callable[[], object]] = [
            partial(delivery.validates, delivery=number),
            partial(delivery.hears, cancelled(order=order(number))),
        ]
        at_once(both)

        assert (delivery.states()[-1], delivery.stock("mug")) in (("done", (3, 0, 0)), ("cancelled", (5, 0, 0)))
    assert_promises_are_there(delivery)


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


def test_a_part_handed_over_by_many_leaves_once_with_one_backorder(delivery: DeliveryDriver) -> None:
    """R-STK-10, A8: who comes second finds it done."""
    delivery.given_stock(mug=5)
    delivery.hears(confirmed(*goods(mug=5)))
    found = delivery.found()
    body = {"lines": [{"line_id": found["lines"][0]["id"], "quantity": 2}]}

    answers = at_once([partial(delivery.asks, "POST", f"/admin/v1/deliveries/{found['id']}/validate", body)] * 8)

    assert {answer.status for answer in answers} == {200}
    assert (delivery.states(), delivery.stock("mug")) == (["done", "ready"], (3, 3, 0))
    assert_promises_are_there(delivery)


def test_chains_of_one_order_handed_over_at_once_while_stock_moves(delivery: DeliveryDriver) -> None:
    """R-STK-13, R-ORD-68."""
    delivery.given_settings(split_by="seller", steps="pick_ship")
    delivery.given_stock(cup=9, mug=9, tea=9)
    skus = ("tea", "cup", "mug")
    delivery.hears(confirmed(*(line(sku, 2, number=at, seller_id=f"seller-{at}") for at, sku in enumerate(skus, start=1))))
    ids = [found["id"] for found in delivery.deliveries() if found["step"] == "pick"]

    def count(sku: str) -> None:
        for units in (3, 1, 9):
            assert delivery.asks("PUT", f"/admin/v1/stock/{sku}", {"on_hand": units}).status == 200

    def hand_over(key: str) -> None:
        assert delivery.asks("POST", f"/admin/v1/deliveries/{key}/validate", {}).status == 200

    at_once([*(partial(hand_over, key) for key in ids), *(partial(count, sku) for sku in skus)])

    assert sum(found["state"] == "done" for found in delivery.deliveries()) == 3
    assert_promises_are_there(delivery)


def test_calling_off_and_handing_over_at_once_end_in_one_of_the_two(delivery: DeliveryDriver) -> None:
    """A7, A9."""
    for number in range(4):
        delivery.given_stock(mug=2)
        delivery.hears(confirmed(*goods(mug=2), order=order(number)))
        target = f"/admin/v1/deliveries/{delivery.found(number)['id']}"

        answers = at_once([partial(delivery.asks, "POST", f"{target}/{command}", {}) for command in ("cancel", "validate")])

        assert sorted(answer.status for answer in answers) == [200, 409]
        assert (delivery.states()[-1], delivery.stock("mug")) in (("done", (0, 0, 0)), ("cancelled", (2, 0, 0)))
    assert_promises_are_there(delivery)
