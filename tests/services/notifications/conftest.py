"""The service with a mail server of its own, and with the documents that billing would have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from services.notifications.adapters.outside import Outside
from services.notifications.adapters.smtp import SmtpTransport
from services.notifications.service import SERVICE
from shared.errors import Unavailable
from shared.settings import Environment
from shared.values.clock import FixedClock
from tests.support.databases import Databases
from tests.support.driver import ServiceDriver
from tests.support.smtp_sink import SmtpSink, smtp_sink

PUBLIC_URL = "https://shop.example.net"
SECRET = "test-secret"


@dataclass
class Shelf:
    """Documents by invoice id; `away`: billing does not answer."""

    documents: dict[str, bytes] = field(default_factory=dict)
    away: bool = False

    def pdf(self, invoice_id: str) -> bytes:
        if self.away:
            raise Unavailable("billing does not answer")
        return self.documents[invoice_id]


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with smtp_sink() as found:
        yield found


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def notifications(databases: Databases, backend: str, clock: FixedClock, sink: SmtpSink, shelf: Shelf) -> Iterator[ServiceDriver]:
    db = databases.open(backend, SERVICE, clock)
    outside = Outside(SmtpTransport(sink.url, timeout_seconds=0.5), PUBLIC_URL, SECRET, shelf)
    yield ServiceDriver(SERVICE, db, clock, environment=Environment(test_mode=True, public_url=PUBLIC_URL), outside=outside, secret=SECRET)
    db.dispose()
