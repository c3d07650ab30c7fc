"""Customers and staff who sign in, and what they then send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from tests.support.driver import Answer, ServiceDriver
from tests.support.samples_catalogue import PUBLISHABLE_KEY

PASSWORD: Final = "correct horse battery"
VISITOR: Final = {"x-publishable-key": PUBLISHABLE_KEY}


@dataclass(frozen=True)
class Person:
    """Someone who is signed in. `record` is their account as it was answered."""

    orders: ServiceDriver
    record: dict[str, Any]
    headers: dict[str, str]

    @property
    def id(self) -> str:
        return str(self.record["id"])

    def asks(self, method: str, target: str, body: Any = None, **headers: str) -> Answer:
        """A request with nothing but their credentials."""
        return self.orders.asks(method, target, body, caller=None, headers=self.headers | headers)


def visits(orders: ServiceDriver, method: str, target: str, body: Any = None, **headers: str) -> Answer:
    """A request of someone who is not signed in."""
    return orders.asks(method, target, body, caller=None, headers=VISITOR | headers)


def given_customer(orders: ServiceDriver, email: str = "ada@example.org", **fields: Any) -> Person:
    """A customer who has just registered."""
    answer = visits(orders, "POST", "/store/v1/customers", {"email": email, "password": PASSWORD, **fields})
    assert answer.status == 201, answer.body
    return Person(orders, answer.body["customer"], VISITOR | {"authorization": f"Bearer {answer.body['token']}"})


def given_staff(orders: ServiceDriver, *roles: str, email: str | None = None, **fields: Any) -> Person:
    """Someone who works here, signed in."""
    email = email or f"{roles[0]}@shop.example"
    body = {"email": email, "name": roles[0].title(), "roles": list(roles), "password": PASSWORD, **fields}
    made = orders.asks("POST", "/admin/v1/staff", body)
    assert made.status == 201, made.body
    signed_in = orders.asks("POST", "/admin/v1/sessions", {"email": email, "password": PASSWORD}, caller=None)
    assert signed_in.status == 201, signed_in.body
    return Person(orders, made.body, {"authorization": f"Bearer {signed_in.body['token']}"})
