"""What staff and keys did is written down where it was done, with it, and nothing more than that (R-ACC-09)."""

from __future__ import annotations

from typing import Any

import pytest

from services.delivery.service import SERVICE as DELIVERY
from services.orders.service import SERVICE as ORDERS
from shared.values.clock import FixedClock
from shared.web.caller import Caller
from tests.support.databases import Databases
from tests.support.driver import OWNER, ServiceDriver
from tests.support.samples_catalogue import open_shop, product
from tests.support.samples_orders import STOREFRONT, given_shop
from tests.support.samples_people import PASSWORD, given_customer, given_staff


@pytest.fixture
def orders(databases: Databases, backend: str, clock: FixedClock) -> ServiceDriver:
    driver = ServiceDriver(ORDERS, databases.open(backend, ORDERS, clock), clock)
    open_shop(driver)
    return driver


@pytest.fixture
def delivery(databases: Databases, backend: str, clock: FixedClock) -> ServiceDriver:
    return ServiceDriver(DELIVERY, databases.open(backend, DELIVERY, clock), clock)


def log(service: ServiceDriver, query: str = "rows=100") -> list[dict[str, Any]]:
    """The entries that the gateway would read here, newest first."""
    answer = service.commands("GET", f"/internal/v1/audit_log?{query}")
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.body["data"]
    return found


def actions(service: ServiceDriver) -> list[str]:
    return [entry["action"] for entry in log(service)]


def test_a_command_of_a_key_is_written_down(orders: ServiceDriver) -> None:
    orders.asks("PUT", "/admin/v1/products/MUG", product(), headers={"x-request-id": "req-7"})

    assert log(orders) == [
        {
            "id": log(orders)[0]["id"],
            "at": "2031-05-01T12:00:00.000000Z",
            "actor": {"type": "api_key", "id": "key_OWNER"},
            "action": "PUT /admin/v1/products/{sku}",
            "path": "/admin/v1/products/MUG",
            "order_id": None,
            "record_id": "MUG",
            "status": 201,
            "request_id": "req-7",
        }
    ]


def test_the_record_that_a_command_made_is_named(orders: ServiceDriver) -> None:
    given_shop(orders)

    made = orders.asks("POST", "/admin/v1/orders", {"lines": [{"sku": "mug", "quantity": 1}]}).body

    entry = log(orders)[0]
    assert (entry["action"], entry["order_id"], entry["record_id"]) == ("POST /admin/v1/orders", made["id"], made["id"])


def test_what_staff_do_is_written_down_from_their_signing_in_on(orders: ServiceDriver) -> None:
    member = given_staff(orders, "owner")

    member.asks("POST", "/admin/v1/api_keys", {"name": "ERP", "roles": ["sales"]})
    member.asks("DELETE", "/admin/v1/sessions")

    by_them = [entry for entry in log(orders) if entry["actor"] == {"type": "staff", "id": member.id}]
    assert [entry["action"] for entry in by_them] == ["DELETE /admin/v1/sessions", "POST /admin/v1/api_keys", "POST /admin/v1/sessions"]


def test_a_command_over_several_services_is_written_down_once_by_its_public_name(orders: ServiceDriver) -> None:
    orders.asks("PATCH", "/internal/v1/settings", {"patch": {"store": {"name": "Tea"}}})

    [entry] = log(orders)
    assert (entry["action"], entry["path"], entry["status"]) == ("PATCH /admin/v1/settings", "/admin/v1/settings", 200)


def test_every_service_keeps_its_own(delivery: ServiceDriver) -> None:
    delivery.asks("PUT", "/admin/v1/stock/MUG", {"on_hand": 5})

    assert actions(delivery) == ["PUT /admin/v1/stock/{sku}"]


def test_what_was_refused_or_only_looked_at_is_not_written_down(orders: ServiceDriver) -> None:
    """The row is part of the effect: no effect, no row."""
    orders.asks("PUT", "/admin/v1/products/MUG", product(price="-1.00"))
    orders.asks("PUT", "/admin/v1/products/MUG", product(sku="CUP"))
    orders.asks("PUT", "/admin/v1/products/MUG", product(), caller=Caller(type="staff", id="usr_1"))
    orders.asks("DELETE", "/admin/v1/api_keys/key_none")
    orders.asks("PATCH", "/internal/v1/settings", {"patch": {"store": {"colour": "red"}}})
    orders.asks("GET", "/admin/v1/products")

    assert log(orders) == []


def test_a_repeat_that_is_answered_from_store_is_written_down_once(orders: ServiceDriver) -> None:
    """R-API-01"""
    for _ in range(2):
        orders.asks("POST", "/admin/v1/api_keys", {"name": "ERP", "roles": ["sales"]}, headers={"idempotency-key": "k"})

    assert actions(orders) == ["POST /admin/v1/api_keys"]


def test_customers_guests_and_the_house_are_not_in_it(orders: ServiceDriver) -> None:
    given_customer(orders)
    orders.asks("POST", "/store/v1/carts", {"email": "ada@example.org"}, caller=STOREFRONT)
    orders.commands("PATCH", "/internal/v1/settings", {"patch": {"store": {"name": "Tea"}}})

    assert log(orders) == []


def test_neither_secrets_nor_personal_data_are_in_it(orders: ServiceDriver) -> None:
    """R-ACC-08 has nothing to blank here."""
    member = given_staff(orders, "owner", email="ida@shop.example")
    made = member.asks("POST", "/admin/v1/customers", {"email": "ada@example.org", "name": "Ada", "phone": "+4930901820"})
    secret = member.asks("POST", "/admin/v1/api_keys", {"name": "ERP", "roles": ["sales"]}).body["secret"]
    token = member.headers["authorization"].removeprefix("Bearer ")

    rows = str(orders.rows("SELECT * FROM audit_log"))

    assert made.body["id"] in rows
    for word in (PASSWORD, secret, token, "ida@", "ada@", "Ada", "+49", "Owner"):
        assert word not in rows, word


def test_it_is_read_by_actor_action_and_time_in_pages(orders: ServiceDriver) -> None:
    other = Caller(type="staff", id="usr_1", permissions=OWNER.permissions)
    for sku, caller in (("A", OWNER), ("B", other), ("C", OWNER)):
        orders.asks("PUT", f"/admin/v1/products/{sku}", product(), caller=caller)
        orders.later(minutes=1)
    orders.asks("PUT", "/admin/v1/sellers/leaf", {"name": "Leaf", "emails": ["leaf@example.org"]})

    def found(query: str) -> list[str]:
        return [entry["record_id"] for entry in log(orders, f"rows=100&{query}")]

    assert found("actor=key_OWNER") == ["leaf", "C", "A"]
    assert found("actor=usr_1") == ["B"]
    assert found("action=PUT%20/admin/v1/products/%7Bsku%7D") == ["C", "B", "A"]
    assert found("from=2031-05-01T12:01:00Z&to=2031-05-01T12:03:00Z") == ["C", "B"]
    first = log(orders, "rows=2")
    after = f"after_at={first[-1]['at']}&after_id={first[-1]['id']}"
    assert [entry["record_id"] for entry in first] == ["leaf", "C"]
    assert found(after) == ["B", "A"]
    assert orders.commands("GET", "/internal/v1/audit_log?rows=1&from=yesterday").status == 422


def test_it_is_read_by_the_gateway_alone(orders: ServiceDriver) -> None:
    """R-ACC-04"""
    assert orders.asks("GET", "/internal/v1/audit_log?rows=1", caller=None).status == 404
