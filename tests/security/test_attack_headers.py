"""What every answer tells a browser: nothing of it is kept, framed, guessed at or run, and nobody learns where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.support.eventually import eventually
from tests.support.shop import Shop
from tests.support.shop_client import Cart, Reply

ALWAYS: Final = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "x-frame-options": "DENY"}
DATA_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
NEVER: Final = ("server", "date", "x-powered-by", "set-cookie", "via", "access-control-allow-credentials")
ORIGIN: Final = {"Origin": "https://tea.example"}


@pytest.fixture(scope="module")
def paid(attacked: Shop) -> Cart:
    """An order with an invoice."""
    cart = attacked.cart(attacked.product())
    attacked.tell("succeeded", cart.submitted()).ok()
    eventually(lambda: pdf(attacked, invoice_of(cart)).status == 200, seconds=90, what="the invoice's PDF")
    return cart


def invoice_of(cart: Cart) -> Any:
    """The one posted document; before there is one, a pro forma is listed in its place."""
    listed = cart.call("GET", "/documents", below="orders").ok()["data"]
    assert [document["type"] for document in listed] == ["invoice"]
    return listed[0]


def pdf(shop: Shop, document: Mapping[str, Any]) -> Reply:
    """By its signed link, as a customer opens it out of a mail."""
    return shop.call("GET", "/store" + document["url"].partition("/store")[2])


def bears(reply: Reply, *, policy: str, cache: str) -> None:
    """The answer has all that it must have, and nothing that it must not."""
    for name, value in ALWAYS.items():
        assert reply.headers[name] == value, (reply.asked, name)
    assert reply.headers["content-security-policy"] == policy, reply.asked
    assert reply.headers["cache-control"] == cache, reply.asked
    assert not [name for name in NEVER if name in reply.headers], reply.asked


def test_data_and_refusals(attacked: Shop, paid: Cart) -> None:
    answers = [
        attacked.call("GET", "/healthz"),
        attacked.call("GET", "/readyz"),
        attacked.call("GET", "/openapi.json"),
        attacked.staff("GET", "/orders"),
        attacked.staff("GET", "/settings"),
        attacked.store("POST", "/carts", {}),
        paid.call("GET"),
        paid.call("GET", below="orders"),
        paid.call("PATCH", "", {"colour": 1}),
        attacked.call("GET", "/"),
        attacked.call("GET", "/admin/v1/orders"),
        attacked.call("DELETE", "/healthz"),
        attacked.call("POST", "/store/v1/carts", raw=b"x", headers={"Content-Type": "text/plain"}),
        attacked.call("POST", "/store/v1/carts", raw=b"{", headers={"Content-Type": "application/json"}),
        attacked.hook(b"{}", signature="t=1,v1=00"),
        attacked.call("OPTIONS", "/store/v1/carts", headers=ORIGIN),
    ]
    assert {reply.status for reply in answers} == {200, 201, 204, 400, 401, 404, 405, 415, 422}
    for reply in answers:
        bears(reply, policy=DATA_POLICY, cache="no-store")


def test_a_document_is_private_and_shown_in_nobodys_frame(attacked: Shop, paid: Cart) -> None:
    link = invoice_of(paid)
    found = pdf(attacked, link)
    again = attacked.call("GET", "/store" + link["url"].partition("/store")[2], headers={"If-None-Match": found.headers["etag"]})

    assert (found.status, again.status, again.raw) == (200, 304, b"")
    assert found.headers["content-type"] == "application/pdf"
    assert found.headers["content-disposition"].startswith('inline; filename="')
    for reply in (found, again):
        bears(reply, policy="frame-ancestors 'none'", cache="private, no-cache")


def test_the_one_page_runs_its_own_scripts_only(attacked: Shop) -> None:
    for path in ("/api", "/api/page.js", "/api/page.css"):
        reply = attacked.call("GET", path)
        policy = reply.headers["content-security-policy"]
        bears(reply, policy=policy, cache="no-cache")
        rules = {words.split()[0]: words.split()[1:] for words in policy.split("; ")}
        assert rules["default-src"] == ["'self'"]
        assert "script-src" not in rules
        assert rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == ["'none'"]


def test_another_sites_scripts_read_the_store_api_alone_and_never_with_cookies(attacked: Shop, paid: Cart) -> None:
    open_to_all = [paid.call("GET", headers=ORIGIN), attacked.call("OPTIONS", f"/store/v1/carts/{paid.id}", headers=ORIGIN)]
    closed = [
        attacked.staff("GET", "/orders", headers=ORIGIN),
        attacked.call("OPTIONS", "/admin/v1/orders", headers=ORIGIN | {"Access-Control-Request-Method": "GET"}),
        attacked.hook(b"{}", signature="t=1,v1=00"),
        attacked.call("GET", "/openapi.json", headers=ORIGIN),
        attacked.call("GET", "/healthz", headers=ORIGIN),
    ]

    assert [reply.headers["access-control-allow-origin"] for reply in open_to_all] == ["*", "*"]
    assert not [reply.asked for reply in closed for name in reply.headers if name.startswith("access-control-")]
