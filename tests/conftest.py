"""Fixtures of the whole suite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from shared.values.clock import FixedClock
from tests.support.databases import BACKENDS, Databases
from tests.support.driver import NOON
from tests.support.turns import InGroups, group_of, in_turn


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest groups first; within a group as pytest would have it."""
    places = in_turn(item.nodeid for item in items)
    items.sort(key=lambda item: places[group_of(item.nodeid)])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> InGroups:
    """With several processes: which of them runs what."""
    config.option.loadscopereorder = False  # the order is ours
    return InGroups(config, log)


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
