"""The shop that the tests of this folder attack: embedded, on SQLite, as a newcomer runs it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.shop import Shop, open_shop


@pytest.fixture(scope="package")
def attacked() -> Iterator[Shop]:
    """A running shop, and at the end its last words."""
    with open_shop("embedded") as shop:
        yield shop
        print(shop.log())
