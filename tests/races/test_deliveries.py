"""Many hands on one delivery: it leaves once, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.services.delivery.conftest import DeliveryDriver, assert_promises_are_there
from tests.support.racing import SEEDS, at_once, interleaved, troubles
from tests.support.samples_delivery import cancelled, confirmed, goods, line, order


def test_one_delivery_handed_over_by_many_leaves_once(delivery: DeliveryDriver) -> None:
    """R-STK-10, R-DLV-12."""
    delivery.given_stock(mug=5)
    delivery.hears(confirmed(*goods(mug=2)))
    target = f"/admin/v1/deliveries/{delivery.deliveries()[0]['id']}/validate"

    answers = at_once([partial(delivery.asks, "POST", target, {})] * 8)

    assert {answer.status for answer in answers} == {200}
    assert (delivery.stock("mug"), len(delivery.told_events("delivery.delivery_done"))) == ((3, 0, 0), 1)
    assert_promises_are_there(delivery)


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


@SEEDS
def test_two_of_the_warehouse_and_a_cancel_at_one_delivery_end_in_one_state(delivery: DeliveryDriver, seed: int) -> None:
    """A7, A9, R-STK-08, R-DLV-12: statement by statement; who hands it over second finds it done, or cancelled."""
    delivery.given_stock(mug=3)
    delivery.hears(confirmed(*goods(mug=2)))
    target = f"/admin/v1/deliveries/{delivery.found()['id']}/validate"
    acts: list[Callable[[], object]] = [
        lambda: delivery.asks("POST", target, {}).status,
        lambda: delivery.asks("POST", target, {}).status,
        partial(delivery.hears, cancelled()),
    ]

    with troubles(delivery.db) as found:
        first, second, _ = interleaved(delivery.db, acts, seed=seed)

    assert found == []
    done = delivery.states() == ["done"]
    assert (first, second) == ((200, 200) if done else (409, 409))
    assert delivery.stock("mug") == ((1, 0, 0) if done else (3, 0, 0))
    assert len(delivery.told_events("delivery.delivery_done")) == int(done)
    assert len(delivery.told_events("delivery.delivery_cancelled")) == int(not done)
    assert_promises_are_there(delivery)
