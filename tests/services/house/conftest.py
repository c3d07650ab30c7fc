"""The toy service on a database of its own, without any broker: what the house does with facts, seen from inside one process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from shared.db.tx import Database
from shared.values.clock import FixedClock
from tests.support.databases import postgresql_database
from tests.support.toy import METADATA, toy_database


@pytest.fixture(scope="session")
def toy_urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Of the toy's databases, by backend; made when first asked for."""
    with ExitStack() as stack:
        made: dict[str, str] = _Urls(stack, tmp_path_factory.mktemp("toy"))
        yield made


class _Urls(dict[str, str]):
    def __init__(self, stack: ExitStack, folder: Path) -> None:
        super().__init__()
        self._stack, self._folder = stack, folder

    def __missing__(self, backend: str) -> str:
        url = f"sqlite:///{self._folder / 'toy.db'}" if backend == "sqlite" else self._stack.enter_context(postgresql_database())
        toy_database(url).dispose()
        self[backend] = url
        return url


@pytest.fixture
def toy_db(toy_urls: dict[str, str], backend: str, clock: FixedClock) -> Iterator[Database]:
    """The toy's database, empty, at noon."""
    db = Database("toy", toy_urls[backend], clock, durable=False)
    with db.begin() as tx:
        for table in reversed(METADATA.sorted_tables):
            tx.execute(text(f"DELETE FROM {table.name}"))
    yield db
    db.dispose()
