"""What delivery reads to change it is its own until its transaction ends, and no more than that (R-STK-13)."""

from __future__ import annotations

import pytest

from services.delivery.store import deliveries, shipping_methods
from shared.db.tx import Database
from tests.services.delivery.conftest import DeliveryDriver
from tests.support.databases import BACKENDS
from tests.support.locked import locked_rows
from tests.support.samples_delivery import ORDER, OTHER, confirmed, goods

pytestmark = pytest.mark.parametrize("backend", BACKENDS[1:])


@pytest.fixture
def db(delivery: DeliveryDriver) -> Database:
    """ORDER has a part of its mugs handed over and the rest waiting; OTHER has its mug, and somebody's tea is ready."""
    delivery.given_stock(mug=2, tea=9)
    delivery.hears(confirmed(*goods(mug=1), order=OTHER))
    delivery.hears(confirmed(*goods(mug=3)))
    assert delivery.hands_over(1, delivery=1).status == 200
    delivery.hears(confirmed(*goods(tea=1), order="ord_01K0000000000000000000000C"))
    assert delivery.states() == ["ready", "done", "waiting_stock", "ready"]
    return delivery.db


def numbers(db: Database, table: str) -> list[int]:
    """Places of the locked rows among all deliveries or reservations, oldest first."""
    with db.read() as tx:
        column = "id" if table == "deliveries" else "reservation_id"
        ids = [row[0] for row in tx.connection.exec_driver_sql(f"SELECT {column} FROM deliveries ORDER BY id")]
    return [ids.index(each) for each in locked_rows(db, table)]


def test_of_an_order_the_deliveries_that_are_still_to_come_are_locked(db: Database) -> None:
    with db.begin() as tx:
        assert [found.state for found in deliveries.lock_open_of_order(tx, ORDER)] == ["waiting_stock"]
        assert (numbers(db, "deliveries"), numbers(db, "reservations")) == ([2], [])


@pytest.mark.parametrize(("also_ready", "those"), [(False, [2]), (True, [0, 2])])
def test_of_a_sku_those_that_wait_for_it_are_locked_with_what_they_have(db: Database, also_ready: bool, those: list[int]) -> None:
    """R-STK-11; `also_ready`: a count that found less takes from them, too (R-STK-12)."""
    with db.begin() as tx:
        deliveries.lock_demands(tx, ["mug"], also_ready=also_ready)
        assert (numbers(db, "deliveries"), numbers(db, "reservations")) == (those, those)


def test_a_shipping_method_that_is_being_changed_is_locked_and_its_neighbours_are_not(delivery: DeliveryDriver) -> None:
    for code in ("express", "standard"):
        delivery.given(lambda tx, code=code: shipping_methods.write(tx, code, 1, {}))

    with delivery.db.begin() as tx:
        assert shipping_methods.lock(tx, "express") == {}
        assert locked_rows(delivery.db, "shipping_methods", "code") == ["express"]
