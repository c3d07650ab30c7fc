"""Whether the shop can be sent customers, by its front door (R-OPS-01)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from services.gateway.app import make_gateway
from services.gateway.neighbours import Neighbours
from shared.settings import SERVICES
from tests.services.gateway.conftest import Front
from tests.support.driver import Answer, call_asgi
from tests.support.neighbour import Neighbour


def asks(path: str, *, away: str | None = None, broker: str = "ok") -> Answer:
    """A front door before five services; the broker is told of by delivery."""
    apps: dict[str, Any] = {}
    for name in SERVICES:
        body = {"services": {name: "ok"}, "broker": broker if name == "delivery" else "ok"}
        apps[name] = Neighbour({"/readyz": (200, body)})
    apps.pop(away or "", None)
    gateway = make_gateway(Neighbours(apps, {}, "secret"), test_mode=True)
    return asyncio.run(call_asgi(gateway, "GET", path, headers={}, body=b"", scope={}))


def test_the_shop_is_ready_when_all_its_services_are() -> None:
    """R-OPS-01"""
    answer = asks("/readyz")

    assert (answer.status, answer.body) == (200, {"services": dict.fromkeys(SERVICES, "ok"), "broker": "ok"})


@pytest.mark.parametrize("away", SERVICES)
def test_a_service_that_is_away_is_named_and_the_shop_lives(away: str) -> None:
    """R-OPS-01, R-MSG-07"""
    answer = asks("/readyz", away=away)

    assert (answer.status, answer.body["services"]) == (503, {name: "down" if name == away else "ok" for name in SERVICES})
    assert asks("/healthz", away=away).status == 200


def test_a_broker_that_is_away_is_named_and_turns_nobody_off() -> None:
    """R-OPS-01, R-MSG-01: what follows waits in the outboxes; the customers need not."""
    answer = asks("/readyz", broker="down")

    assert (answer.status, answer.body["broker"]) == (200, "down")


@pytest.mark.parametrize(("up", "broker"), [(True, "ok"), (False, "down"), (None, "down")], ids=["up", "away", "no_relay_yet"])
def test_a_service_says_what_its_relay_knows_of_the_broker(front: Front, up: bool | None, broker: str) -> None:
    """R-OPS-01"""
    if up is not None:
        row = text("INSERT INTO relay (id, sleeping, broker_up) VALUES (1, false, :up)")
        front.orders.given(lambda tx: tx.execute(row, {"up": up}))

    answer = front.orders.asks("GET", "/readyz", caller=None)

    assert (answer.status, answer.body) == (200, {"services": {"orders": "ok"}, "broker": broker})
