"""Fixtures of the whole suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.values.clock import FixedClock
from tests.support.databases import BACKENDS, Databases
from tests.support.driver import NOON


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """Migrated databases of this run."""
    found = Databases()
    yield found
    found.close()


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Every test that asks for it runs on both."""
    return str(request.param)


@pytest.fixture
def clock() -> FixedClock:
    """Stands at noon of 2031-05-01 UTC."""
    return FixedClock(NOON)
