"""Each service alone on either database, as its own tests have it; and toys, as many processes as a test likes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from shared.messaging.embedded.bus import EmbeddedBus
from tests.services.billing.conftest import billing, confirmed, stripe
from tests.services.delivery.conftest import delivery
from tests.services.notifications.conftest import notifications, shelf, sink
from tests.services.orders.conftest import orders
from tests.support.databases import postgresql_database
from tests.support.toy import QUEUES, Toy, toy_database

__all__ = ["billing", "confirmed", "delivery", "notifications", "orders", "shelf", "sink", "stripe"]


@dataclass
class Toys:
    """Toy services on one database and one bus."""

    url: str
    folder: Path
    opened: list[Toy] = field(default_factory=list)

    def open(self) -> Toy:
        """One with connections of its own, as another process has."""
        toy = Toy(toy_database(self.url), EmbeddedBus(self.folder / "bus.db", QUEUES))
        self.opened.append(toy)
        return toy


@pytest.fixture
def toys(backend: str, tmp_path: Path) -> Iterator[Toys]:
    """An empty database, and no toy yet."""
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'toy.db'}" if backend == "sqlite" else stack.enter_context(postgresql_database())
        made = Toys(url, tmp_path)
        yield made
        for toy in made.opened:
            toy.stop()
