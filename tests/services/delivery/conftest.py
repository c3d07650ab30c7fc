"""Delivery alone, and what its tests look at."""

from __future__ import annotations

from typing import Any

import pytest

from services.delivery.service import SERVICE
from shared.contracts.base import SYSTEM
from shared.contracts.orders import SettingsChanged
from shared.values.clock import FixedClock
from shared.web.caller import Caller
from tests.support.databases import Databases
from tests.support.driver import OWNER, Answer, ServiceDriver


class DeliveryDriver(ServiceDriver):
    """Delivery, in the words of the warehouse."""

    def given_stock(self, **on_hand: int) -> None:
        """Counts of the shelf."""
        for sku, units in on_hand.items():
            assert self.asks("PUT", f"/admin/v1/stock/{sku}", {"on_hand": units}).status == 200

    def given_settings(self, **delivery: Any) -> None:
        """The shop's settings of delivery, as orders tells them."""
        self.settings_version = getattr(self, "settings_version", 0) + 1
        self.hears(SettingsChanged(settings_version=self.settings_version, values={"delivery": delivery}, by=SYSTEM))

    def stock(self, sku: str) -> tuple[int, int, int]:
        """on_hand, reserved, held."""
        body = self.asks("GET", f"/admin/v1/stock/{sku}").body
        return body["on_hand"], body["reserved"], body["held"]

    def holds(self, body: dict[str, Any]) -> Answer:
        """The gateway's step 3 of a submit."""
        return self.commands("POST", "/internal/v1/holds", body)

    def reservations(self, query: str = "") -> list[tuple[str, str, int]]:
        """(kind, state, units) of each, oldest first."""
        found = self.asks("GET", f"/admin/v1/reservations?{query}").body["data"]
        return [(item["kind"], item["state"], sum(line["quantity"] for line in item["lines"])) for item in reversed(found)]

    def deliveries(self, query: str = "") -> list[dict[str, Any]]:
        """Oldest first."""
        found: list[dict[str, Any]] = self.asks("GET", f"/admin/v1/deliveries?{query}").body["data"]
        return found[::-1]

    def found(self, delivery: int = 0) -> dict[str, Any]:
        """One delivery, by its place among all, oldest first."""
        return self.deliveries()[delivery]

    def does(self, command: str, body: dict[str, Any] | None = None, *, delivery: int = 0, caller: Caller = OWNER) -> Answer:
        """Somebody does something with a delivery."""
        return self.asks("POST", f"/admin/v1/deliveries/{self.found(delivery)['id']}/{command}", body, caller=caller)

    def hands_over(self, *units: int, delivery: int = 0, **more: Any) -> Answer:
        """So many units of the delivery's lines, in their order; 0: none of it."""
        lines = [
            {"line_id": line["id"], "quantity": quantity}
            for line, quantity in zip(self.found(delivery)["lines"], units, strict=True)
            if quantity
        ]
        return self.does("validate", {"lines": lines, **more}, delivery=delivery)

    def states(self) -> list[str]:
        """States of all deliveries, oldest first."""
        return [found["state"] for found in self.deliveries()]

    def validates(self, body: dict[str, Any] | None = None, *, delivery: int = 0) -> Answer:
        """Somebody hands a delivery over."""
        return self.does("validate", body or {}, delivery=delivery)


@pytest.fixture
def delivery(databases: Databases, backend: str, clock: FixedClock) -> DeliveryDriver:
    return DeliveryDriver(SERVICE, databases.open(backend, SERVICE, clock), clock)


def assert_promises_are_there(driver: ServiceDriver) -> None:
    """R-STK-01: 0 <= reserved + held <= on_hand at every place, and all three are what moves and reservations add up to."""
    places = driver.rows("SELECT sku, warehouse, location, on_hand, reserved, held FROM stock")
    moved = {tuple(row[:3]): row[3] for row in driver.rows(_MOVED)}
    promised = {tuple(row[:4]): row[4] for row in driver.rows(_PROMISED)}
    for *key, on_hand, reserved, held in places:
        assert min(reserved, held, on_hand - reserved - held) >= 0, key
        assert on_hand == moved.get(tuple(key), 0), key
        assert reserved == promised.pop((*key, "firm"), 0), key
        assert held == promised.pop((*key, "hold"), 0), key
    assert not promised


_MOVED = "SELECT sku, warehouse, location, sum(quantity) FROM stock_moves GROUP BY sku, warehouse, location"
_PROMISED = (
    "SELECT l.sku, l.warehouse, l.location, r.kind, sum(l.quantity) FROM reservation_lines l "
    "JOIN reservations r ON r.id = l.reservation_id "
    "WHERE r.state = 'active' GROUP BY l.sku, l.warehouse, l.location, r.kind"
)
