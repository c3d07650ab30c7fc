"""The gateway before a real orders service; delivery and billing answer as they are told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from services.gateway.app import make_gateway
from services.gateway.neighbours import Neighbours
from services.orders.service import SERVICE
from shared.values.clock import FixedClock
from tests.support.databases import Databases
from tests.support.driver import Answer, ServiceDriver, call_asgi
from tests.support.neighbour import Neighbour
from tests.support.samples_catalogue import ADMIN_KEY, bearer, open_shop
from tests.support.samples_orders import given_shop


@dataclass
class Front:
    """The front door and what is behind it."""

    orders: ServiceDriver
    delivery: Neighbour = field(default_factory=Neighbour)
    billing: Neighbour = field(default_factory=Neighbour)
    away: set[str] = field(default_factory=set)

    def asks(self, method: str, target: str, body: Any = None, *, headers: dict[str, str] | None = None) -> Answer:
        """A request from outside; without headers of its own by the owner."""
        apps: dict[str, Any] = {"orders": self.orders.app, "delivery": self.delivery, "billing": self.billing}
        here = {name: app for name, app in apps.items() if name not in self.away}
        gateway = make_gateway(Neighbours(here, {}, self.orders.secret), test_mode=True)
        sent = {"content-type": "application/json"} | (bearer(ADMIN_KEY) if headers is None else headers)
        raw = b"" if body is None else orjson.dumps(body)
        return asyncio.run(call_asgi(gateway, method, target, headers=sent, body=raw, scope={}))


@pytest.fixture
def front(databases: Databases, backend: str, clock: FixedClock) -> Front:
    orders = ServiceDriver(SERVICE, databases.open(backend, SERVICE, clock), clock)
    open_shop(orders)
    given_shop(orders)
    return Front(orders)
