"""Orders alone, on either database, with the bootstrap keys of a new shop."""

from __future__ import annotations

import pytest

from services.orders.service import SERVICE
from shared.values.clock import FixedClock
from tests.support.databases import Databases
from tests.support.driver import ServiceDriver
from tests.support.samples_catalogue import open_shop


@pytest.fixture
def orders(databases: Databases, backend: str, clock: FixedClock) -> ServiceDriver:
    driver = ServiceDriver(SERVICE, databases.open(backend, SERVICE, clock), clock)
    open_shop(driver)
    return driver
