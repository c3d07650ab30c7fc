"""Customers, staff and sellers in a whole shop: who sees what, who may do what, and what is written down of it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest

from tests.support.eventually import eventually
from tests.support.shop import Shop
from tests.support.shop_client import GERMANY, Reply, found

PASSWORD: Final = "correct horse battery"


@dataclass(frozen=True)
class Customer:
    """Someone who is signed in."""

    shop: Shop
    email: str
    account: Any
    token: str

    def call(self, method: str, path: str, body: Any = None) -> Reply:
        """A request with nothing but their Bearer and the storefront's key."""
        return self.shop.store(method, path, body, headers={"Authorization": f"Bearer {self.token}"})

    def fills(self, sku: str, quantity: int = 1) -> Any:
        """A cart that lacks nothing."""
        body = {"lines": [{"sku": sku, "quantity": quantity}], "shipping_address": GERMANY, "shipping_method": "standard"}
        return self.call("POST", "/carts", body).ok(201)

    def buys(self, sku: str) -> Any:
        """Checks out and pays by card; the confirmed order."""
        cart = self.fills(sku)
        submitted = self.call("POST", f"/carts/{cart['id']}/submit", {"payment_method": "card"}).ok(200)
        self.shop.bank(submitted["payment"], "succeed")
        path = f"/orders/{cart['id']}"
        return eventually(lambda: self._confirmed(path), what="the confirmed order")

    def _confirmed(self, path: str) -> Any:
        order = self.call("GET", path).ok()
        return order if order["state"] == "confirmed" and order["documents"] else None


def registers(shop: Shop, **fields: Any) -> Customer:
    """A new customer."""
    email = f"ada-{secrets.token_hex(4)}@example.org"
    made = shop.store("POST", "/customers", {"email": email, "password": PASSWORD, "name": "Ada", **fields}).ok(201)
    return Customer(shop, email, made["customer"], made["token"])


def takes_on(shop: Shop, *roles: str, **fields: Any) -> tuple[str, str]:
    """Id and token of a new member of staff, signed in."""
    email = f"{roles[0]}-{secrets.token_hex(4)}@shop.example"
    body = {"email": email, "name": roles[0].title(), "roles": list(roles), "password": PASSWORD, **fields}
    made = shop.staff("POST", "/staff", body).ok(201)
    signed_in = shop.call("POST", "/admin/v1/sessions", {"email": email, "password": PASSWORD}).ok(201)
    return made["id"], signed_in["token"]


@pytest.fixture
def strict_logins(shop: Shop) -> Iterator[None]:
    """Two failed logins a minute, for this test."""
    shop.staff("PATCH", "/settings", {"limits": {"failed_logins_per_minute": 2}}).ok()
    yield
    shop.staff("PATCH", "/settings", {"limits": {"failed_logins_per_minute": None}}).ok()


def test_a_customer_buys_signed_in_and_finds_the_order_in_their_account(shop: Shop) -> None:
    """R-ACC-01: without any order token, over all services; another's is 404 everywhere, and a forged token 401."""
    ada, eve = registers(shop), registers(shop)
    order = ada.buys(shop.product())

    assert order["customer"]["id"] == ada.account["id"]
    assert (order["customer"]["email"], order["customer"]["name"]) == (ada.email, "Ada")
    assert [own["id"] for own in ada.call("GET", "/orders").ok()["data"]] == [order["id"]]
    paths = [f"/orders/{order['id']}{rest}" for rest in ("", "/documents", f"/documents/{order['documents'][0]['id']}/pdf", "/returnable")]
    assert [ada.call("GET", path).status for path in paths[:2]] == [200, 200]
    for path in paths:
        assert (eve.call("GET", path).status, eve.call("GET", path).code) == (404, "not_found"), path
        forged = shop.store("GET", path, headers={"Authorization": f"Bearer {ada.token}x"})
        assert (forged.status, forged.code) == (401, "unauthenticated"), path
    assert eve.call("GET", "/orders").ok()["data"] == []
    assert eve.call("POST", f"/carts/{order['id']}/submit", {"payment_method": "card"}).status == 404
    ada.call("DELETE", "/sessions")
    assert ada.call("GET", "/orders").code == "unauthenticated"
    again = shop.store("POST", "/sessions", {"email": ada.email, "password": PASSWORD}).ok(201)
    assert Customer(shop, ada.email, again["customer"], again["token"]).call("GET", f"/orders/{order['id']}").status == 200


def test_a_guest_order_with_the_same_e_mail_stays_the_guests(shop: Shop) -> None:
    """R-ACC-01"""
    ada = registers(shop)
    cart = shop.cart(shop.product(), email=ada.email)

    assert ada.call("GET", f"/orders/{cart.id}").status == 404
    assert cart.call("GET").status == 200
    assert ada.call("GET", "/carts/current").status == 404


def test_a_blocked_customer_cannot_check_out(shop: Shop) -> None:
    """R-ORD-17: nothing is held and nothing asked of the provider."""
    ada = registers(shop)
    sku = shop.product(on_hand=1)
    cart = ada.fills(sku)
    shop.staff("PATCH", f"/customers/{ada.account['id']}", {"blocked": True}).ok()

    refused = ada.call("POST", f"/carts/{cart['id']}/submit", {"payment_method": "card"})

    assert (refused.status, refused.code) == (409, "customer_blocked")
    assert shop.listed("/payments", order_id=cart["id"]) == []
    assert shop.staff("GET", f"/stock/{sku}").ok()["available"] == 1
    shop.staff("PATCH", f"/customers/{ada.account['id']}", {"blocked": False}).ok()
    assert ada.call("POST", f"/carts/{cart['id']}/submit", {"payment_method": "card"}).status == 200


def test_an_order_made_by_staff_for_an_account_is_the_customers(shop: Shop) -> None:
    """R-ACC-01, R-MON-25"""
    ada = registers(shop)
    shop.staff("PATCH", f"/customers/{ada.account['id']}", {"tax_exempt": True}).ok()

    made = shop.staff("POST", "/orders", {"customer_id": ada.account["id"], "lines": [{"sku": shop.product(), "quantity": 1}]}).ok(201)

    assert made["totals"]["tax"] == "0.00"
    assert ada.call("GET", f"/orders/{made['id']}").ok()["id"] == made["id"]


def test_staff_do_what_their_roles_say_over_all_services(shop: Shop) -> None:
    """R-ACC-04, R-ACC-05"""
    _, warehouse = takes_on(shop, "warehouse")
    _, readonly = takes_on(shop, "readonly")
    sku = shop.product(on_hand=None)

    assert shop.staff("PUT", f"/stock/{sku}", {"on_hand": 3}, key=warehouse).status == 200
    assert shop.staff("GET", "/me", key=warehouse).ok()["roles"] == ["warehouse"]
    for token, method, path, body, permission in (
        (warehouse, "GET", "/payments", None, "payments.read"),
        (warehouse, "PATCH", "/settings", {"store": {"name": "Mine"}}, "settings.write"),
        (warehouse, "GET", "/audit_log", None, "access.write"),
        (warehouse, "GET", "/customers", None, "customers.read"),
        (readonly, "PUT", f"/stock/{sku}", {"on_hand": 0}, "stock.write"),
        (readonly, "PATCH", "/payment_methods/card", {"active": False}, "settings.write"),
        (readonly, "POST", "/test_clock", {"now": "2031-05-01T12:00:00Z"}, "ops.write"),
    ):
        reply = shop.staff(method, path, body, key=token)
        assert (reply.status, reply.code, reply.body["required_permission"]) == (403, "forbidden", permission), reply.asked
    assert shop.staff("GET", f"/stock/{sku}").ok()["on_hand"] == 3


def test_the_audit_log_tells_what_staff_did_in_every_service(shop: Shop) -> None:
    """R-ACC-09"""
    staff_id, owner = takes_on(shop, "owner")
    sku = shop.product(on_hand=None)
    shop.staff("PATCH", "/settings", {"store": {"phone": "+4930901820"}}, key=owner).ok()
    shop.staff("PUT", f"/stock/{sku}", {"on_hand": 3}, key=owner).ok()
    shop.staff("PATCH", "/payment_methods/card", {"active": True}, key=owner).ok()
    shop.staff("PUT", f"/stock/{sku}", {"on_hand": -3}, key=owner)
    shop.staff("GET", "/orders", key=owner).ok()

    entries = shop.listed("/audit_log", actor=staff_id)

    assert [(entry["service"], entry["action"], entry["path"]) for entry in entries] == [
        ("billing", "PATCH /admin/v1/payment_methods/{code}", "/admin/v1/payment_methods/card"),
        ("delivery", "PUT /admin/v1/stock/{sku}", f"/admin/v1/stock/{sku}"),
        ("orders", "PATCH /admin/v1/settings", "/admin/v1/settings"),
        ("orders", "POST /admin/v1/sessions", "/admin/v1/sessions"),
    ]
    first = shop.staff("GET", f"/audit_log?actor={staff_id}&limit=3").ok()
    rest = shop.staff("GET", f"/audit_log?actor={staff_id}&limit=3&after={first['page']['next']}").ok()
    assert [*first["data"], *rest["data"]] == entries
    assert (first["page"]["has_more"], rest["page"]["has_more"]) == (True, False)
    assert shop.listed("/audit_log", actor=staff_id, action="PATCH /admin/v1/settings") == [entries[2]]
    assert shop.staff("GET", "/audit_log?from=yesterday").status == 422
    assert shop.staff("GET", "/audit_log?colour=red").status == 422


def test_a_seller_sees_the_order_reduced_to_their_lines(shop: Shop) -> None:
    """R-ACC-06: by a key and as staff; nothing of payments, invoices, timeline, other sellers, other orders."""
    own, other = shop.product(seller_id="leaf"), shop.product(seller_id="loom", price="3.33")
    cart = shop.cart(own, phone="+4930901820", customer_note="ring twice")
    cart.call("POST", "/lines", {"sku": other, "quantity": 1}).ok()
    key = shop.staff("POST", "/api_keys", {"name": "leaf", "roles": ["seller"], "seller_id": "leaf"}).ok(201)["secret"]
    _, token = takes_on(shop, "owner", seller_id="leaf")
    assert shop.staff("GET", f"/orders/{cart.id}", key=key).status == 404
    shop.bank(cart.submitted(), "succeed")
    eventually(lambda: cart.order()["state"] == "confirmed", what="the confirmed order")

    for credential in (key, token):
        eventually(lambda: cart.order()["lines"][0]["quantity_reserved"] == 1, what="the reserved goods")
        shown = shop.staff("GET", f"/orders/{cart.id}", key=credential).ok()
        assert [line["sku"] for line in shown["lines"]] == [own]
        assert not {"customer", "discounts", "payment_status", "customer_note", "billing_address", "payment_method"} & set(shown)
        assert found(shop.staff("GET", "/orders?limit=100", key=credential).ok()["data"], id=cart.id) == [shown]
        for path in (
            f"/orders/{cart.id}/timeline",
            f"/orders/{cart.id}?include=payments",
            f"/orders/{cart.id}?include=invoices",
            "/payments",
        ):
            refused = shop.staff("GET", path, key=credential)
            assert (refused.status, refused.code) == (403, "forbidden"), path
        included = shop.staff("GET", f"/orders/{cart.id}?include=deliveries", key=credential).ok()
        assert other not in str(included)
    stranger = shop.staff("POST", "/api_keys", {"name": "fern", "roles": ["seller"], "seller_id": "fern"}).ok(201)["secret"]
    assert shop.staff("GET", f"/orders/{cart.id}", key=stranger).status == 404


@pytest.mark.usefixtures("strict_logins")
def test_guessing_passwords_is_too_often_soon(shop: Shop) -> None:
    """R-ORD-21; api.md, section 2: 429 with Retry-After and RateLimit-*, readable by a storefront's browser."""
    ada = registers(shop)
    wrong, right = ({"email": ada.email, "password": password} for password in ("wrong", PASSWORD))

    guesses = [shop.store("POST", "/sessions", wrong) for _ in range(2)]
    beyond = shop.store("POST", "/sessions", right)

    assert [(reply.status, reply.code) for reply in guesses] == [(401, "bad_credentials")] * 2
    assert (beyond.status, beyond.code) == (429, "rate_limited")
    assert 1 <= int(beyond.headers["retry-after"]) <= 60
    assert [reply.headers["ratelimit-remaining"] for reply in (*guesses, beyond)] == ["1", "0", "0"]
    assert beyond.headers["ratelimit-limit"] == "2"
    assert "RateLimit-Limit" in beyond.headers["access-control-expose-headers"]
    assert ada.call("GET", "/orders").status == 200
