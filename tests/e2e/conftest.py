"""One shop per mode, shared by the tests of this folder: each test buys products of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from tests.support.modes import FULL_MODE
from tests.support.shop import Shop, open_shop

EMBEDDED: Final = pytest.mark.parametrize("shared_shop", ["embedded"], indirect=True, scope="package")
"""Marks a test of the embedded shop alone."""
FULL: Final = pytest.mark.parametrize("shared_shop", [FULL_MODE], indirect=True, scope="package")
"""Marks a test of the shop on servers alone."""


@pytest.fixture(scope="package", params=["embedded", FULL_MODE])
def shared_shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """A shop in each mode, one after the other."""
    with open_shop(str(request.param)) as shop:
        yield shop


@pytest.fixture
def shop(shared_shop: Shop) -> Iterator[Shop]:
    """The shop of this mode, running, in real time, with nothing broken; put right again after the test."""
    yield shared_shop
    # Shown when the test has failed.
    print(shared_shop.log())
    shared_shop.mail_cable.mend()
    shared_shop.mail.stalls = False
    if shared_shop.broker_cable is not None:
        shared_shop.broker_cable.mend()
    if not shared_shop.running:
        shared_shop.start()
    shared_shop.set_clock(None)
