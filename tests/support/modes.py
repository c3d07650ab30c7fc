"""The two ways a shop runs, as parameters of tests."""

from __future__ import annotations

from typing import Final

import pytest

from tests.support.brokers import RABBITMQ_MARK
from tests.support.databases import postgresql_reachable

_NO_POSTGRESQL: Final = () if postgresql_reachable() else pytest.mark.skip(reason="no PostgreSQL here")
FULL_MODE: Final = pytest.param("full", marks=[mark for mark in (RABBITMQ_MARK, _NO_POSTGRESQL) if mark])
"""The mode on servers; left out where there are none, which in CI is a failure."""
