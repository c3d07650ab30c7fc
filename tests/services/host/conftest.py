"""A lived shop for all tests here, and a copy of it for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.lived_shop import LivedShop, lived_shop


@pytest.fixture(scope="package")
def stopped_shop() -> Iterator[LivedShop]:
    """Nobody writes to it."""
    with lived_shop() as lived:
        yield lived


@pytest.fixture
def lived(stopped_shop: LivedShop, tmp_path: Path) -> LivedShop:
    """To be spoilt."""
    return stopped_shop.copied_to(tmp_path / "data")
