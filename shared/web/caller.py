"""Who calls, and what they may: roles and permissions of api.md, section 4."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

import orjson
from pydantic import BaseModel, ConfigDict

from shared.contracts.base import Actor
from shared.errors import Forbidden, NotFound, Unauthenticated

SIGNATURE_SECONDS: Final = 60
CALLER_HEADER: Final = "x-cartwright-caller"
SIGNATURE_HEADER: Final = "x-cartwright-signature"

_SALES: Final = (
    "orders.read deliveries.read payments.read invoices.read returns.read customers.read notifications.read reports.read orders.write "
    "orders.confirm calls.write orders.cancel messages.write statuses.set orders.assign orders.price_override customers.write "
    "payments.record returns.write returns.override catalogue.write"
)
_EVERYBODY: Final = "catalogue.read stock.read tasks.read"
ROLES: Final[dict[str, frozenset[str]]] = {
    code: frozenset(f"{permissions} {_EVERYBODY}".split())
    for code, permissions in {
        "sales": _SALES + " tasks.write",
        "warehouse": "orders.read deliveries.read returns.read statuses.set deliveries.write stock.write returns.receive tasks.write",
        "accountant": "orders.read deliveries.read payments.read invoices.read returns.read customers.read notifications.read reports.read "
        "payments.record payments.capture refunds.approve invoices.write templates.write refunds.write tasks.write",
        "support": "orders.read deliveries.read payments.read invoices.read returns.read customers.read notifications.read reports.read "
        "orders.write calls.write orders.cancel messages.write statuses.set refunds.write returns.write tasks.write",
        "seller": "orders.read deliveries.read deliveries.write tasks.write",
        "readonly": "orders.read deliveries.read payments.read invoices.read returns.read customers.read notifications.read reports.read",
    }.items()
}
"""Permissions of the built-in roles; a seller's are narrowed to what is theirs by each service."""
OWNER_ONLY: Final = frozenset(
    "statuses.write settings.write access.write customers.erase webhooks.write ops.read ops.write".split()  # noqa: SIM905
)
OWNER: Final = "owner"
SELLER: Final = "seller"
PERMISSIONS: Final = frozenset().union(*ROLES.values()) | OWNER_ONLY


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """What the roles may together; `owner` may everything. Raises KeyError for an unknown role."""
    granted: frozenset[str] = frozenset()
    for role in roles:
        granted |= PERMISSIONS if role == OWNER else ROLES[role]
    return granted


def granted_to(roles: Iterable[str], seller_id: str | None) -> frozenset[str]:
    """As `permissions_of`; whatever the roles, one with a seller may no more than sellers may (R-ACC-06)."""
    return permissions_of(roles) if seller_id is None else permissions_of(roles) & ROLES[SELLER]


class Caller(BaseModel):
    """The one who makes a request, as the orders service resolved their credentials.

    `order_id` is the order that a guest's token or a customer's account opens to them in this request.
    """

    model_config = ConfigDict(frozen=True)

    type: Literal["staff", "api_key", "customer", "guest", "storefront", "nobody", "house"]
    id: str | None = None
    name: str = "nobody"
    permissions: frozenset[str] = frozenset()
    seller: str | None = None
    customer: str | None = None
    language: str | None = None
    channel: str | None = None
    order_id: str | None = None
    origins: tuple[str, ...] = ()

    @property
    def staff(self) -> bool:
        """Whether admin paths know this caller at all."""
        return self.type in ("staff", "api_key", "house")

    @property
    def actor(self) -> Actor:
        """The caller as history names them."""
        if self.type in ("staff", "api_key"):
            return Actor(type="staff" if self.type == "staff" else "api_key", id=self.id, name=self.name)
        if self.type == "house":
            return Actor(type="system", name="Cartwright")
        # A storefront's key says which shop window it was, not who stood before it.
        return Actor(type="customer", id=self.customer, name=self.name if self.customer is not None else "guest")

    def need(self, permission: str) -> None:
        """Raises Unauthenticated for one who is nobody here, Forbidden with the permission otherwise."""
        self.need_staff()
        if permission not in self.permissions:
            raise Forbidden(permission)

    def need_staff(self) -> None:
        """Raises Unauthenticated for one whom admin paths do not know: for what every member of staff may do."""
        if not self.staff:
            raise Unauthenticated("this needs an Authorization: Bearer with a staff or API key")

    def need_storefront(self) -> None:
        """Raises Unauthenticated unless the request carries a publishable key (or is by a customer or guest)."""
        if self.type not in ("storefront", "guest", "customer"):
            raise Unauthenticated("this needs an X-Publishable-Key")

    def need_order(self, order_id: str) -> None:
        """Raises NotFound unless this order is open to the caller (R-ACC-01)."""
        if self.order_id != order_id:
            raise NotFound(f"there is no order {order_id}")


HOUSE: Final = Caller(type="house", name="Cartwright", permissions=PERMISSIONS)
"""The house itself: timers, the gateway's own commands."""
NOBODY: Final = Caller(type="nobody")


def target_of(scope: Mapping[str, Any]) -> str:
    """Path and query of a request as they stood in its first line, escapes and all: what a hop hands on and what is signed of it."""
    path, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
    return str((path + b"?" + query if query else path).decode("latin-1"))


def sign(secret: str, *, method: str, target: str, body: bytes, caller: str, request_id: str, at: int | None = None) -> str:
    """The value of X-Cartwright-Signature: time and HMAC over all that a hop must not change."""
    at = int(time.time()) if at is None else at
    return f"t={at},v1={_digest(secret, at, method, target, body, caller, request_id)}"


def verify(secret: str, signature: str | None, *, method: str, target: str, body: bytes, caller: str, request_id: str) -> None:
    """Raises Unauthenticated unless the signature is ours and less than a minute old."""
    parts = dict(part.partition("=")[::2] for part in (signature or "").split(","))
    try:
        at = int(parts.get("t", ""))
    except ValueError:
        raise Unauthenticated("the hop is not signed") from None
    expected = _digest(secret, at, method, target, body, caller, request_id)
    # Whole seconds and bytes: a number too large for a float and letters that are none of hex are forgeries, not failures of ours.
    if abs(int(time.time()) - at) > SIGNATURE_SECONDS or not hmac.compare_digest(parts.get("v1", "").encode(), expected.encode()):
        raise Unauthenticated("the hop's signature does not hold")


def _digest(secret: str, at: int, method: str, target: str, body: bytes, caller: str, request_id: str) -> str:
    text = "\n".join((str(at), method, target, hashlib.sha256(body).hexdigest(), caller, request_id))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def encode_caller(caller: Caller) -> str:
    """The value of X-Cartwright-Caller."""
    return base64.urlsafe_b64encode(caller.model_dump_json(exclude_defaults=True).encode()).decode()


def decode_caller(text: str) -> Caller:
    """The caller of a verified header. Raises Unauthenticated."""
    try:
        return Caller.model_validate(orjson.loads(base64.urlsafe_b64decode(text)))
    except ValueError:
        raise Unauthenticated("the hop names no caller") from None
