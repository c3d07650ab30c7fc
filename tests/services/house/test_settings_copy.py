"""Each service keeps a copy of the settings and takes only a higher version."""

from __future__ import annotations

import pytest

from services.returns.service import SERVICE
from shared.db.settings_copy import shop_settings
from shared.values.clock import FixedClock
from tests.support.databases import Databases
from tests.support.driver import ServiceDriver


@pytest.fixture
def returns(databases: Databases, backend: str, clock: FixedClock) -> ServiceDriver:
    return ServiceDriver(SERVICE, databases.open(backend, SERVICE, clock), clock)


def test_a_lower_version_arriving_later_changes_nothing(returns: ServiceDriver) -> None:
    returns.commands("PUT", "/internal/v1/settings", {"version": 2, "values": {"store": {"name": "New"}}})
    returns.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"store": {"name": "Old"}}})

    assert returns.given(shop_settings).store.name == "New"


def test_internal_paths_do_not_exist_for_a_stranger(returns: ServiceDriver) -> None:
    answer = returns.asks("PUT", "/internal/v1/settings", {"version": 2, "values": {}}, caller=None)

    assert (answer.status, answer.code) == (404, "not_found")
