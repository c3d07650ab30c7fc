"""What orders reads to change it is its own until its transaction ends, and no more than that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from services.orders.store import access, customers, sessions, settings, staff
from services.orders.store import orders as purchases
from shared.db.tx import Tx
from tests.services.orders.conftest import makes
from tests.support.databases import BACKENDS
from tests.support.driver import ServiceDriver
from tests.support.locked import locked_rows
from tests.support.samples_orders import given_shop
from tests.support.samples_people import given_customer, given_staff

pytestmark = pytest.mark.parametrize("backend", BACKENDS[1:])


def key_of(orders: ServiceDriver) -> str:
    """The id of the one API key of a new shop."""
    return str(orders.rows("SELECT id FROM api_keys")[0][0])


def test_an_order_that_is_being_changed_is_locked(orders: ServiceDriver) -> None:
    """R-ORD-03: two edits of one order follow each other."""
    given_shop(orders)
    made = [makes(orders)["id"] for _ in range(2)]

    with orders.db.begin() as tx:
        purchases.lock_purchase(tx, made[0])
        assert locked_rows(orders.db, "orders") == [made[0]]


def test_an_account_that_is_being_changed_or_signed_in_to_is_locked(orders: ServiceDriver) -> None:
    """Of a changed password and a sign-in with the old one, one is first."""
    customer, member = given_customer(orders).id, given_staff(orders, "sales").id
    locks: list[tuple[str, str, Callable[[Tx], Any]]] = [
        ("customers", customer, lambda tx: customers.get_customer(tx, customer, lock=True)),
        ("customers", customer, lambda tx: sessions.lock_password(tx, "customer", customer)),
        ("staff", member, lambda tx: staff.get_member(tx, member, lock=True)),
        ("staff", member, lambda tx: sessions.lock_password(tx, "staff", member)),
    ]

    for table, person, lock in locks:
        with orders.db.begin() as tx:
            lock(tx)
            assert locked_rows(orders.db, table) == [person]


def test_the_settings_are_locked_before_there_are_any(orders: ServiceDriver) -> None:
    orders.given(settings.lock_settings)

    with orders.db.begin() as tx:
        assert settings.lock_settings(tx) == (0, {})
        assert locked_rows(orders.db, "settings") == [1]


def test_a_key_that_is_being_deleted_is_locked_and_its_use_is_not_waited_for(orders: ServiceDriver) -> None:
    """Another request with the same key goes on; it is noted with the next one."""
    key = key_of(orders)

    with orders.db.begin() as tx:
        assert access.lock_api_key(tx, key) is True
        assert locked_rows(orders.db, "api_keys") == [key]
        with orders.db.begin() as beside:
            beside.execute(text("SET LOCAL lock_timeout = '200ms'"))
            access.note_use(beside, key)

    assert orders.rows("SELECT last_used_at FROM api_keys") == [(None,)]


def test_two_that_note_the_use_of_a_key_at_once_do_not_wait_for_each_other(orders: ServiceDriver) -> None:
    key = key_of(orders)

    with orders.db.begin() as tx:
        access.note_use(tx, key)
        assert locked_rows(orders.db, "api_keys") == [key]

    assert orders.rows("SELECT last_used_at FROM api_keys WHERE last_used_at IS NOT NULL") != []
