"""Products, sellers and keys as a shop would send them, and who may do what with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.orders.service import SERVICE
from shared.web.caller import HOUSE
from tests.support.driver import TEST_MODE, Answer, ServiceDriver

ADMIN_KEY: Final = "sk_the-bootstrap-key-of-the-tests"
PUBLISHABLE_KEY: Final = "pk_the-bootstrap-key-of-the-tests"
STAFF_ROLES: Final = ("sales", "warehouse", "accountant", "support", "seller", "readonly", "owner")


def product(sku: str | None = None, **changes: Any) -> dict[str, Any]:
    """A mug at 12.50 euros and 20 % tax. A change to `...` leaves the field out."""
    body: dict[str, Any] = {"names": {"en": "Mug"}, "price": "12.50", "currency": "EUR", "tax_rate": "20"}
    if sku is not None:
        body["sku"] = sku
    return {name: value for name, value in (body | changes).items() if value is not ...}


def seller(**changes: Any) -> dict[str, Any]:
    """A seller with one address."""
    return {"name": "Leaf & Steam", "emails": ["orders@leaf.example.org"], **changes}


def open_shop(orders: ServiceDriver, *, admin_key: str | None = ADMIN_KEY, publishable_key: str | None = PUBLISHABLE_KEY) -> None:
    """Stores the bootstrap keys, as the host does after each migration."""
    environment = TEST_MODE.model_copy(update={"admin_key": admin_key, "publishable_key": publishable_key})
    prepare = SERVICE.prepare
    assert prepare is not None
    orders.given(lambda tx: prepare(tx, environment))


def bearer(secret: str) -> dict[str, str]:
    """The header of an API key."""
    return {"authorization": f"Bearer {secret}"}


def key_with(orders: ServiceDriver, role: str, **fields: Any) -> str:
    """The secret of a new key with this role, given out by the owner; a seller's is leaf's."""
    body = {"name": role, "roles": [role], **({"seller_id": "leaf"} if role == "seller" else {}), **fields}
    answer = asks_with(orders, ADMIN_KEY, "POST", "/admin/v1/api_keys", body)
    assert answer.status == 201, answer.body
    return str(answer.body["secret"])


def asks_with(orders: ServiceDriver, secret: str, method: str, target: str, body: Any = None) -> Answer:
    """A request with nothing but a Bearer."""
    return orders.asks(method, target, body, caller=None, headers=bearer(secret))


def resolves(orders: ServiceDriver, headers: Mapping[str, str], order_id: str | None = None) -> Answer:
    """The gateway asks who it is that sent these credentials."""
    return orders.asks("POST", "/internal/v1/caller", {"order_id": order_id}, caller=HOUSE, headers=headers)
