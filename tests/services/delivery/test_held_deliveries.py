"""Goods of a held order stay: held by staff, a payment not looked at, something due again. The facts come in any order."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Literal

import pytest

from services.delivery.service import SERVICE
from shared.contracts.base import Event
from shared.contracts.billing import DueChanged, PaymentReviewed, ReviewRequired
from shared.contracts.orders import OrderHeld, OrderReleased
from shared.values.clock import FixedClock
from tests.services.delivery.conftest import DeliveryDriver
from tests.support.databases import Databases
from tests.support.driver import NOON
from tests.support.samples_delivery import ORDER, OTHER, cancelled, confirmed, goods

PAYMENT = {"order_id": ORDER, "amount": "10.00", "currency": "EUR"}


def held() -> Event:
    return OrderHeld(order_id=ORDER, reason="address looks wrong")


def released() -> Event:
    return OrderReleased(order_id=ORDER)


def due(amount: str) -> Event:
    return DueChanged(order_id=ORDER, due=amount, currency="EUR", held=amount != "0.00")


def review(payment: str = "pay_1") -> Event:
    return ReviewRequired(payment_id=payment, **PAYMENT)


def reviewed(result: Literal["passed", "failed"], payment: str = "pay_1") -> Event:
    return PaymentReviewed(payment_id=payment, result=result, by="Ann", **PAYMENT)


def given_ready(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=2)))


@pytest.mark.parametrize(
    ("holds", "frees", "reason"),
    [
        (held, released, "order"),
        (lambda: due("3.00"), lambda: due("0.00"), "payment_due"),
        (review, lambda: reviewed("passed"), "payment_review"),
    ],
)
def test_what_is_held_is_neither_started_nor_handed_over(
    delivery: DeliveryDriver, holds: Callable[[], Event], frees: Callable[[], Event], reason: str
) -> None:
    """R-DLV-06, R-ORD-50, R-PAY-17, R-PAY-20."""
    given_ready(delivery)
    delivery.hears(holds(), seq=3)

    found = delivery.found()
    assert (found["held"], found["hold_reasons"]) == (True, [reason])
    for command in ("start", "validate"):
        refused = delivery.does(command, {} if command == "validate" else None)
        assert (refused.status, refused.code) == (409, "order_held")
    assert (delivery.stock("mug"), delivery.told("delivery.delivery_started")) == ((2, 2, 0), [])

    delivery.hears(frees(), seq=4)
    assert (delivery.found()["held"], delivery.does("start").status, delivery.validates().status) == (False, 200, 200)


def test_the_hold_of_another_order_holds_nothing_here(delivery: DeliveryDriver) -> None:
    delivery.given_stock(mug=2)
    delivery.hears(confirmed(*goods(mug=2), order=OTHER))
    delivery.hears(held())

    assert delivery.validates().status == 200


def test_a_payment_that_did_not_pass_holds_on(delivery: DeliveryDriver) -> None:
    """R-DLV-06, P13."""
    given_ready(delivery)
    delivery.hears(review(), seq=1)
    delivery.hears(reviewed("failed"), seq=2)

    assert delivery.found()["hold_reasons"] == ["payment_review"]


def test_each_payment_is_looked_at_for_itself(delivery: DeliveryDriver) -> None:
    """R-DLV-06."""
    given_ready(delivery)
    for payment in ("pay_1", "pay_2"):
        delivery.hears(review(payment))
    delivery.hears(reviewed("passed", "pay_2"), seq=2)
    assert delivery.found()["held"] is True

    delivery.hears(reviewed("passed", "pay_1"), seq=2)
    assert delivery.found()["held"] is False


@pytest.mark.parametrize(
    ("numbered", "reasons"),
    [
        ([(held, 3), (released, 5)], []),
        ([(held, 3), (released, 5), (held, 8)], ["order"]),
        ([(lambda: due("3.00"), 1), (lambda: due("0.00"), 2)], []),
        ([(lambda: due("0.00"), 1), (lambda: due("3.00"), 2)], ["payment_due"]),
        ([(review, 2), (lambda: reviewed("passed"), 3)], []),
        ([(review, 2), (lambda: reviewed("failed"), 3)], ["payment_review"]),
        ([(held, 3), (review, 2), (lambda: due("3.00"), 1)], ["order", "payment_review", "payment_due"]),
    ],
)
def test_the_newest_fact_counts_in_whatever_order_they_come(
    databases: Databases, backend: str, numbered: list[tuple[Callable[[], Event], int]], reasons: list[str]
) -> None:
    """R-DLV-06: also when they come before there is a delivery, and twice."""
    facts: list[tuple[Event, int]] = [(confirmed(*goods(mug=1)), 4), *((make(), seq) for make, seq in numbered)]
    for order in permutations(facts):
        clock = FixedClock(NOON)
        driver = DeliveryDriver(SERVICE, databases.open(backend, SERVICE, clock), clock)
        driver.given_stock(mug=1)
        for fact, seq in (*order, *order):
            driver.hears(fact, seq=seq)
        assert driver.found()["hold_reasons"] == reasons, [type(fact).__name__ for fact, _ in order]
        driver.db.dispose()


def test_held_deliveries_are_listed(delivery: DeliveryDriver) -> None:
    given_ready(delivery)
    delivery.hears(confirmed(*goods(mug=1), order=OTHER))
    delivery.hears(held())

    assert [found["order_id"] for found in delivery.deliveries("held=true")] == [ORDER]
    assert [found["order_id"] for found in delivery.deliveries("held=false")] == [OTHER]


def test_goods_of_a_held_order_that_is_cancelled_are_put_back(delivery: DeliveryDriver) -> None:
    """R-DLV-11: what goes back to its place is not on its way out."""
    delivery.given_settings(steps="pick_ship")
    given_ready(delivery)
    delivery.validates()
    delivery.hears(held())
    delivery.hears(cancelled())

    assert (delivery.found(2)["kind"], delivery.found(2)["held"]) == ("put_back", False)
    assert delivery.validates(delivery=2).status == 200
