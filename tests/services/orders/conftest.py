"""Orders alone, on either database, with the bootstrap keys of a new shop."""

from __future__ import annotations

from typing import Any

import pytest

from services.orders.service import SERVICE
from services.orders.store.orders import lock_purchase, save_purchase
from shared.db.tx import Tx
from shared.values.clock import FixedClock
from tests.support.databases import Databases
from tests.support.driver import ServiceDriver
from tests.support.samples_catalogue import open_shop


@pytest.fixture
def orders(databases: Databases, backend: str, clock: FixedClock) -> ServiceDriver:
    driver = ServiceDriver(SERVICE, databases.open(backend, SERVICE, clock), clock)
    open_shop(driver)
    return driver


def makes(orders: ServiceDriver, **body: Any) -> dict[str, Any]:
    """An order of two mugs made by staff, unless `body` says otherwise."""
    answer = orders.asks("POST", "/admin/v1/orders", {"lines": [{"sku": "mug", "quantity": 2}]} | body)
    assert answer.status == 201, answer.body
    made: dict[str, Any] = answer.body
    return made


def marks(orders: ServiceDriver, order: dict[str, Any], **values: Any) -> str:
    """The order with these values, which other commands give."""

    def mark(tx: Tx) -> None:
        purchase = lock_purchase(tx, order["id"])
        for name, value in values.items():
            setattr(purchase.order, name, value)
        save_purchase(tx, purchase)

    orders.given(mark)
    return str(order["id"])
