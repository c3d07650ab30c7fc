"""Who is let in where: a seeded shop, all who knock at its doors, and what the document and the table of roles say to each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote

from tests.support.endpoints import Endpoint
from tests.support.permissions import GRANTED
from tests.support.seeded_shop import Record, SeededShop, delivered, seed
from tests.support.shop import Shop
from tests.support.shop_client import Cart, Reply
from tests.support.visitors import FOREIGN_SELLER, STRANGERS_EMAIL, Ask, Visitor, bearer, registered, visitors

IN: Final = "in"
Expected = Literal["in", 400, 401, 403, 404]
WHOLE_SHOP: Final[Mapping[str, Expected]] = {
    "GET /admin/v1/orders/counts": 404,
    "GET /admin/v1/orders/{order_id}/timeline": 403,
    "GET /admin/v1/scan/{code}": 404,
    "GET /admin/v1/stock/moves": 404,
    "GET /admin/v1/reservations": 404,
    "POST /admin/v1/orders/{order_id}/deliveries": 404,
    "GET /admin/v1/tasks/{task_id}": 404,
    "POST /admin/v1/tasks/{task_id}/claim": 404,
    "POST /admin/v1/tasks/{task_id}/close": 404,
}
"""What sellers get although their role has the permission: it tells of the whole shop, or of records that are no seller's."""
SHARED: Final = ("GET /admin/v1/shipping_methods/{code}",)
"""What sellers read although it is the shop's own."""


@dataclass
class Door:
    """The seeded shop, all who come to it, and orders of one customer whose token a guest may hold as well."""

    seeded: SeededShop
    customer: str
    parcel: Cart
    other: Cart
    visitors: Sequence[Visitor] = ()

    def ask(self, endpoint: Endpoint, visitor: Visitor, record: Record) -> Reply:
        """One request of theirs, with the document's own body."""
        target = endpoint.path.format(**{name: quote(value) for name, value in record.values.items()})
        body = b"" if endpoint.body is None else json.dumps(endpoint.body).encode()
        order_id, token = record.values.get("order_id", self.parcel.id), record.token or self.parcel.token
        ask = Ask(method=endpoint.method, target=target, body=body, order_id=order_id, token=token)
        return self.seeded.shop.call(endpoint.method, target, raw=body or None, headers=visitor.credentials(ask))

    def records(self, endpoint: Endpoint) -> list[Record]:
        """All that the shop has for a path, what was made for it first."""
        if endpoint.opens in ("owner", "holder"):
            return [self._own(endpoint.path)]
        found = self.seeded.calls(endpoint.path)
        # What is not there yet can be put there.
        return found[::-1] if "{" not in endpoint.path or endpoint.method == "PUT" else found[-2::-1]

    def _own(self, path: str) -> Record:
        """A record of the customer's: a fresh cart, or for papers the order that was delivered."""
        if "document_id" in path:
            (document,) = self.parcel.call("GET", "/documents").ok()["data"]
            return Record({"order_id": self.parcel.id, "document_id": document["id"]}, self.parcel.token)
        if path.endswith(("/invoices", "/documents", "/returnable")):
            return Record({"order_id": self.parcel.id}, self.parcel.token)
        cart = cart_of(self.seeded, self.customer)
        return Record({"order_id": cart.id, "line_id": cart.made["lines"][0]["id"]}, cart.token)


def cart_of(seeded: SeededShop, customer: str) -> Cart:
    """A cart of theirs, in which another customer's e-mail stands."""
    return seeded.shop.cart(seeded.skus[0], 2, headers=bearer(customer), email=STRANGERS_EMAIL)


def door_of(shop: Shop) -> Door:
    """The shop, filled, and everybody before it."""
    seeded = seed(shop)
    customer = registered(shop, "mona@example.org")
    parcel, other = delivered(shop, cart_of(seeded, customer)), shop.cart(seeded.skus[0])
    cart_of(seeded, customer)
    everybody = visitors(shop, customer=customer, other_order=(other.id, other.token))
    return Door(seeded, customer, parcel, other, everybody)


def expected(endpoint: Endpoint, visitor: Visitor) -> Expected:
    """What the document and api.md, section 4, say."""
    opens, kind = endpoint.opens, visitor.kind
    if opens == "anybody":
        return 401 if kind == "wrong" and 401 in endpoint.statuses else IN
    if opens == "stripe":
        return 400
    if kind == "wrong":
        return 401
    in_the_store = kind in ("storefront", "guest", "customer")
    match opens:
        case "holder":
            return IN if visitor.owns else 404
        case "owner":
            return IN if visitor.owns else 404 if in_the_store else 401
        case "storefront":
            return IN if in_the_store else 401
        case "customer":
            return IN if kind == "customer" else 401
        case "any_staff":
            return IN if kind == "staff" else 401
        case "signed_in":
            return IN if visitor.session else 401
        case "permission":
            return 401 if kind != "staff" else _of_staff(endpoint, visitor)


def _of_staff(endpoint: Endpoint, visitor: Visitor) -> Expected:
    if visitor.role not in GRANTED[str(endpoint.permission)]:
        return 403
    if visitor.seller is None:
        return IN
    others = 404 if "{" in endpoint.path and visitor.seller == FOREIGN_SELLER and endpoint.at not in SHARED else IN
    return WHOLE_SHOP.get(endpoint.at, others)
