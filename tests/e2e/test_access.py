"""Who may do what, and what is answered to those who may not, or who ask wrongly."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.support.following import eventually
from tests.support.shop import Shop
from tests.support.shop_client import Cart

NO_ORDER: Final = "ord_01ARZ3NDEKTSV4RRFFQ69G5FAV"
PRODUCT: Final = {"names": {"en": "Mug"}, "price": "1.00", "currency": "EUR", "tax_rate": "19"}
METHOD: Final = {"names": {"en": "Slow"}, "price": "1.00", "currency": "EUR", "tax_rate": "19", "position": 9, "active": False}
REFUSED: Final[list[tuple[str, str, str, Any, str]]] = [
    ("readonly", "PUT", "/products/forbidden", PRODUCT, "catalogue.write"),
    ("support", "PUT", "/products", {"data": []}, "catalogue.write"),
    ("warehouse", "PUT", "/sellers/forbidden", {"name": "Hana", "emails": ["hana@example.org"]}, "catalogue.write"),
    ("warehouse", "POST", "/orders", {"customer": {"name": "Sara"}, "lines": []}, "orders.write"),
    ("sales", "PUT", "/stock/forbidden", {"on_hand": 1}, "stock.write"),
    ("accountant", "PUT", "/stock", {"data": []}, "stock.write"),
    ("sales", "PUT", "/shipping_methods/forbidden", METHOD, "settings.write"),
    ("sales", "PATCH", "/settings", {"store": {"name": "Forbidden"}}, "settings.write"),
    ("accountant", "PATCH", "/payment_methods/card", {"active": False}, "settings.write"),
    ("readonly", "GET", "/payment_methods", None, "settings.write"),
    ("sales", "POST", "/api_keys", {"name": "forbidden", "roles": ["owner"]}, "access.write"),
    ("sales", "POST", "/deliveries/dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV/validate", {}, "deliveries.write"),
    ("readonly", "POST", "/parcels/pcl_01ARZ3NDEKTSV4RRFFQ69G5FAV/events", {"state": "lost"}, "deliveries.write"),
    ("warehouse", "GET", "/payments", None, "payments.read"),
    ("warehouse", "GET", "/provider_events", None, "payments.read"),
    ("warehouse", "GET", "/invoices", None, "invoices.read"),
    ("warehouse", "GET", "/notifications", None, "notifications.read"),
    ("warehouse", "GET", "/orders/{order}?include=payments", None, "payments.read"),
    ("warehouse", "GET", "/orders/{order}?include=deliveries,invoices", None, "invoices.read"),
    ("sales", "GET", "/events", None, "ops.read"),
    ("sales", "POST", "/test_clock", {"now": "2031-05-01T12:00:00Z"}, "ops.write"),
    ("accountant", "POST", "/simulators/stripe/pi_1/succeed", {}, "ops.write"),
]
STORE_CALLS: Final[list[tuple[str, str, Any]]] = [
    ("POST", "/carts", {}),
    ("GET", "/carts/{order}", None),
    ("PATCH", "/carts/{order}", {"name": "Mallory"}),
    ("GET", "/orders/{order}", None),
    ("GET", "/orders/{order}/documents", None),
    ("POST", "/carts/{order}/submit", {"payment_method": "card"}),
]


@pytest.fixture(scope="package")
def keys(shared_shop: Shop) -> dict[str, str]:
    """A key of each role that is refused something."""
    return {role: shared_shop.key(role) for role in sorted({line[0] for line in REFUSED})}


@pytest.fixture(scope="package")
def cart(shared_shop: Shop) -> Cart:
    """A cart that these tests look at and fail to change."""
    return shared_shop.cart(shared_shop.product(sku="access-mug"))


def test_a_role_without_the_permission_gets_403_that_names_it(shop: Shop, keys: dict[str, str], cart: Cart) -> None:
    """api.md, section 4: one line for each command and list; nothing has happened."""
    before = shop.staff("GET", "/settings").ok()
    for role, method, path, body, permission in REFUSED:
        reply = shop.staff(method, path.format(order=cart.id), body, key=keys[role])
        assert (reply.status, reply.code) == (403, "forbidden"), (role, reply.asked, reply.status, reply.code)
        assert reply.body["required_permission"] == permission, reply.asked
    assert shop.staff("GET", "/settings").ok() == before
    assert shop.staff("GET", "/products/forbidden").status == 404
    assert shop.staff("GET", "/stock/forbidden").ok()["on_hand"] == 0


def test_without_a_key_or_with_a_forged_one_everything_is_401(shop: Shop, cart: Cart) -> None:
    """api.md, section 4: staff by Bearer, storefronts by X-Publishable-Key; an order token alone opens nothing."""
    forged = [{}, {"Authorization": "Bearer sk_forged"}, {"Authorization": f"Basic {shop.admin_key}"}, {"Authorization": "Bearer "}]
    for _, method, path, body, _ in REFUSED:
        for headers in forged:
            reply = shop.call(method, "/admin/v1" + path.format(order=cart.id), body, headers=headers)
            assert (reply.status, reply.code) == (401, "unauthenticated"), (reply.asked, reply.status, headers)
    for method, path, body in STORE_CALLS:
        for headers in ({}, {"X-Publishable-Key": "pk_forged"}, {"X-Order-Token": cart.token}):
            reply = shop.call(method, "/store/v1" + path.format(order=cart.id), body, headers=headers)
            assert (reply.status, reply.code) == (401, "unauthenticated"), (reply.asked, reply.status, headers)


def test_what_is_not_there_is_404_and_says_so_in_problem_json(shop: Shop) -> None:
    """R-API-03: unknown paths, ids and methods, each with code and request id, never HTML."""
    asked = [
        ("GET", f"/orders/{NO_ORDER}"),
        ("GET", f"/orders/{NO_ORDER}/timeline"),
        ("GET", "/products/no-such"),
        ("GET", "/payments/pay_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ("GET", "/invoices/inv_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ("GET", "/invoices/inv_01ARZ3NDEKTSV4RRFFQ69G5FAV/pdf"),
        ("GET", "/deliveries/dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ("POST", "/deliveries/dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV/validate"),
        ("GET", "/parcels/pcl_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ("GET", "/notifications/ntf_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ("GET", "/no/such/path"),
        ("GET", "/orders/not-an-id"),
    ]
    replies = [shop.staff(method, path, {} if method == "POST" else None) for method, path in asked]
    replies += [shop.call("GET", path) for path in ("/", "/internal/v1/quiet", "/admin", "/store/v1/nothing")]
    replies += [shop.call("POST", "/internal/v1/caller", {"order_id": None}), shop.store("GET", f"/orders/{NO_ORDER}", token="x")]
    for reply in replies:
        assert (reply.status, reply.code) == (404, "not_found"), (reply.asked, reply.status)
        assert reply.headers["content-type"] == "application/problem+json"
        assert reply.body["request_id"] == reply.headers["x-request-id"]
    wrong_verb = shop.staff("DELETE", "/products/no-such")
    assert (wrong_verb.status, wrong_verb.code) == (405, "method_not_allowed")


def test_every_answer_of_the_store_api_may_be_read_by_any_storefront(shop: Shop, cart: Cart) -> None:
    """CORS (api.md, section 2): also errors and preflights; the admin API has none."""
    origin = {"Origin": "https://tea.example"}
    answers = [
        cart.call("GET", headers=origin),
        shop.store("GET", f"/carts/{cart.id}", headers=origin),
        shop.call("POST", "/store/v1/carts", {}, headers=origin),
        shop.call("POST", "/store/v1/carts", raw=b"{", headers=origin),
        shop.call("POST", "/store/v1/carts", raw=b"a=1", headers={"Content-Type": "text/plain", **origin}),
    ]
    assert [reply.status for reply in answers] == [200, 404, 401, 400, 415]
    for reply in answers:
        assert reply.headers.get("access-control-allow-origin") in ("*", "https://tea.example"), (reply.asked, reply.status)
        assert "access-control-allow-credentials" not in reply.headers
        exposed = {name.strip().lower() for name in reply.headers["access-control-expose-headers"].split(",")}
        assert {"etag", "location", "retry-after", "idempotent-replayed", "x-request-id"} <= exposed

    asked = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "x-order-token,if-match,idempotency-key"}
    preflight = shop.call("OPTIONS", f"/store/v1/carts/{cart.id}", headers=origin | asked)
    assert preflight.status in (200, 204)
    assert preflight.headers["access-control-allow-origin"] in ("*", "https://tea.example")
    assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(preflight.headers["access-control-allow-methods"].replace(" ", "").split(","))
    allowed = set(preflight.headers["access-control-allow-headers"].lower().replace(" ", "").split(","))
    assert {"content-type", "authorization", "x-publishable-key", "x-order-token", "if-match", "idempotency-key"} <= allowed
    assert "access-control-allow-origin" not in shop.call("GET", "/admin/v1/orders", headers=origin).headers


def test_an_edit_meant_for_another_version_is_412_and_changes_nothing(shop: Shop) -> None:
    """R-ORD-46: two tabs, nothing lost; the problem names the version that is."""
    sku = shop.product()
    cart = shop.cart(sku)
    seen = cart.call("GET").headers["etag"]
    edited = cart.call("POST", "/lines", {"sku": sku, "quantity": 1}, headers={"If-Match": seen})
    assert edited.ok()["lines"][0]["quantity"] == 2
    assert edited.headers["etag"] == f'"{edited.body["version"]}"' != seen

    late = [
        cart.call("PATCH", "", {"name": "Sarah"}, headers={"If-Match": seen}),
        cart.call("DELETE", f"/lines/{cart.made['lines'][0]['id']}", headers={"If-Match": seen}),
        cart.call("POST", "/submit", {"payment_method": "card"}, headers={"If-Match": seen}),
    ]
    for reply in late:
        assert (reply.status, reply.code, reply.body["version"]) == (412, "version_mismatch", edited.body["version"]), reply.asked
    order = cart.order()
    assert (order["version"], order["customer"]["name"], order["submitted_at"]) == (edited.body["version"], "Sara", None)


def test_what_is_sent_wrongly_is_named_and_changes_nothing(shop: Shop, cart: Cart) -> None:
    """api.md, sections 2 and 3, R-MON-23: unknown fields, wrong types, too many decimals, unknown filters; pointers say where."""
    # The cart hears of the stock by a message.
    order = eventually(lambda: not (found := cart.order())["warnings"] and found, what="the stock in the cart")
    product = shop.staff("GET", "/products/access-mug").ok()
    body = {"names": {"en": "Mug"}, "price": "12.50", "currency": "EUR", "tax_rate": "19"}
    line = {"sku": "access-mug", "quantity": 1}
    cases: list[tuple[Any, str, str]] = [
        (cart.call("PATCH", "", {"colour": "red"}), "validation_failed", "/colour"),
        (cart.call("PATCH", "", {"name": 7}), "validation_failed", "/name"),
        (
            cart.call("PATCH", "", {"shipping_address": {"line1": "x", "city": "y", "country": "Germany"}}),
            "validation_failed",
            "/shipping_address",
        ),
        (cart.call("POST", "/lines", line | {"quantity": "1"}), "validation_failed", "/quantity"),
        (cart.call("POST", "/lines", line | {"quantity": 0}), "validation_failed", "/quantity"),
        (cart.call("POST", "/lines", line | {"quantity": 1.0}), "validation_failed", "/quantity"),
        (cart.call("POST", "/lines", line | {"sku": "no-such"}), "unknown_sku", "/sku"),
        (cart.call("POST", "/submit", {"payment_method": "card", "amount": "1.00"}), "validation_failed", "/amount"),
        (cart.call("POST", "/submit", {}), "validation_failed", "/payment_method"),
        (cart.call("POST", "/submit", {"payment_method": "barter"}), "payment_method_unavailable", ""),
        (cart.call("PATCH", "", {"shipping_method": "no-such"}), "shipping_method_unavailable", ""),
        (shop.staff("PUT", "/products/access-mug", body | {"price": "12.505"}), "money_precision", "/price"),
        (shop.staff("PUT", "/products/access-mug", body | {"price": 12.5}), "validation_failed", "/price"),
        (shop.staff("PUT", "/products/access-mug", body | {"price": "-1.00"}), "validation_failed", "/price"),
        (shop.staff("PUT", "/products/access-mug", body | {"sku": "another"}), "validation_failed", "/sku"),
        (shop.staff("PUT", "/stock/access-mug", {"on_hand": -1}), "validation_failed", "/on_hand"),
        (shop.staff("GET", "/orders?colour=red"), "validation_failed", "/colour"),
        (shop.staff("GET", "/orders?limit=101"), "validation_failed", "/limit"),
        (shop.staff("GET", f"/orders/{cart.id}?include=tea"), "validation_failed", "/include"),
        (shop.staff("GET", "/payments?state=lost"), "validation_failed", "/state"),
        (shop.staff("GET", "/deliveries?colour=red"), "validation_failed", "/colour"),
        (shop.staff("GET", "/notifications?limit=0"), "validation_failed", "/limit"),
    ]
    for reply, code, pointer in cases:
        assert (reply.status, reply.code) == (422, code), (reply.asked, reply.status, reply.code)
        pointers = [error["pointer"] for error in reply.body.get("errors", [])]
        assert not pointer or any(found.startswith(pointer) for found in pointers), (reply.asked, pointers)
    assert cart.order() == order
    assert shop.staff("GET", "/products/access-mug").ok() == product
    assert shop.staff("GET", "/stock/access-mug").ok()["on_hand"] == 100


def test_a_body_that_cannot_be_read_is_refused_before_anything_is_done(shop: Shop, cart: Cart) -> None:
    """api.md, section 3: 413 file_too_large, 415 unsupported_media_type, 400 malformed_request; on every service and on the gateway."""
    order = cart.order()
    staff = {"Authorization": f"Bearer {shop.admin_key}"}
    guest = {"X-Publishable-Key": shop.publishable_key, "X-Order-Token": cart.token}
    doors = [
        ("PUT", "/admin/v1/products/access-mug", staff),
        ("PUT", "/admin/v1/stock/access-mug", staff),
        ("PATCH", "/admin/v1/payment_methods/card", staff),
        ("PATCH", "/admin/v1/settings", staff),
        ("PATCH", f"/store/v1/carts/{cart.id}", guest),
        ("POST", f"/store/v1/carts/{cart.id}/submit", guest),
    ]
    kinds = [
        (b'{"name": "' + b"x" * (3 * 1024 * 1024) + b'"}', "application/json", 413, "file_too_large"),
        (b"name=Mallory", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b'{"name": "Mallory"}', "text/plain", 415, "unsupported_media_type"),
        (b'{"name": "Mallory"', "application/json", 400, "malformed_request"),
        (b"\xff\xfe", "application/json", 400, "malformed_request"),
        (b'{"name": NaN}', "application/json", 400, "malformed_request"),
        (b"[" * 100_000, "application/json", 400, "malformed_request"),
    ]
    for method, path, credentials in doors:
        for raw, media_type, status, code in kinds:
            reply = shop.call(method, path, raw=raw, headers={"Content-Type": media_type, **credentials})
            assert (reply.status, reply.code) == (status, code), (reply.asked, media_type, raw[:20], reply.status)
        array = shop.call(method, path, [], headers=credentials)
        assert (array.status, array.code) == (422, "validation_failed"), array.asked
    assert cart.order() == order
