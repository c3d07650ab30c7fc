"""What has to wait before it is tried again waits a minute at most, also on the broker (R-MSG-05)."""

from __future__ import annotations

import pytest

from services.delivery.service import SERVICE
from shared.messaging.consume import TRIES, hear
from shared.values.clock import FixedClock
from tests.support.databases import Databases
from tests.support.driver import ServiceDriver, envelope_of
from tests.support.samples_delivery import confirmed, goods


@pytest.fixture
def delivery(databases: Databases, backend: str, clock: FixedClock) -> ServiceDriver:
    return ServiceDriver(SERVICE, databases.open(backend, SERVICE, clock), clock)


def test_pauses_grow_to_a_minute_and_end(delivery: ServiceDriver) -> None:
    """R-MSG-03, R-MSG-05: a delivery whose goods were never reserved."""
    fact = envelope_of(confirmed(*goods(mug=1)))

    again = [hear(delivery.hearing, fact, ["delivery.create_delivery"], attempt=attempt) for attempt in range(TRIES + 1)]

    pauses = [one.seconds for one in again if one is not None]
    assert (pauses, pauses[0], max(pauses)) == (sorted(pauses), 1, 60)
    assert [one is None for one in again] == [False] * TRIES + [True]
