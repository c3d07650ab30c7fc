"""Who calls, by what they send; what each role may; what is refused to everybody else."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final

import pytest

from services.gateway.neighbours import Neighbours
from shared.web.caller import CALLER_HEADER, HOUSE, NOBODY, ROLES, SIGNATURE_HEADER, Caller, encode_caller, permissions_of, sign
from tests.support.driver import ServiceDriver
from tests.support.samples_catalogue import (
    ADMIN_KEY,
    PUBLISHABLE_KEY,
    STAFF_ROLES,
    asks_with,
    bearer,
    key_with,
    product,
    resolves,
    seller,
)

MAY: Final[dict[str, set[str]]] = {
    "catalogue.read": {"sales", "warehouse", "accountant", "support", "seller", "readonly", "owner"},
    "catalogue.write": {"sales", "owner"},
    "access.write": {"owner"},
    "settings.write": {"owner"},
}
"""Out of api.md, section 4, by hand: not out of the code that it checks."""

PATHS: Final[list[tuple[str, str, Any, str]]] = [
    ("PUT", "/admin/v1/products/MUG", product(), "catalogue.write"),
    ("PUT", "/admin/v1/products", {"data": []}, "catalogue.write"),
    ("GET", "/admin/v1/products", None, "catalogue.read"),
    ("GET", "/admin/v1/products/LEAF-TEA", None, "catalogue.read"),
    ("PUT", "/admin/v1/sellers/loom", seller(), "catalogue.write"),
    ("GET", "/admin/v1/sellers", None, "catalogue.read"),
    ("GET", "/admin/v1/sellers/leaf", None, "catalogue.read"),
    ("POST", "/admin/v1/api_keys", {"name": "key", "roles": ["readonly"]}, "access.write"),
]


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_each_role_may_what_the_table_says_and_nothing_else(orders: ServiceDriver, role: str) -> None:
    """R-ACC-04, R-ACC-05: deny by default, and the refusal names the permission."""
    orders.asks("PUT", "/admin/v1/products/LEAF-TEA", product(seller_id="leaf"))
    orders.asks("PUT", "/admin/v1/sellers/leaf", seller())
    secret = key_with(orders, role)

    for method, target, body, permission in PATHS:
        answer = asks_with(orders, secret, method, target, body)
        if role in MAY[permission]:
            assert answer.status in (200, 201), (role, method, target, answer.body)
        else:
            assert (answer.status, answer.code) == (403, "forbidden"), (role, method, target)
            assert answer.body["required_permission"] == permission


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_every_role_reads_the_settings_and_only_owners_change_them(orders: ServiceDriver, role: str) -> None:
    """R-ACC-05. The change comes by the gateway, for the caller that it passes on."""
    secret = key_with(orders, role)
    caller = Caller.model_validate(resolves(orders, bearer(secret)).body["caller"])

    changed = orders.asks("PATCH", "/internal/v1/settings", {"patch": {"store": {"name": "Tea"}}}, caller=caller)

    assert asks_with(orders, secret, "GET", "/admin/v1/settings").status == 200
    if role in MAY["settings.write"]:
        assert changed.status == 200
    else:
        assert (changed.status, changed.body["required_permission"]) == (403, "settings.write")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer sk_forged"},
        {"authorization": f"Bearer {ADMIN_KEY}x"},
        {"authorization": f"Basic {ADMIN_KEY}"},
        {"authorization": ADMIN_KEY},
        {"authorization": "Bearer "},
        {"authorization": ""},
        {"x-publishable-key": PUBLISHABLE_KEY},
        {"x-publishable-key": ADMIN_KEY},
        {"authorization": f"Bearer {PUBLISHABLE_KEY}"},
        {"x-order-token": "x"},
    ],
)
def test_admin_paths_answer_401_to_whoever_sends_no_key_of_staff(orders: ServiceDriver, headers: dict[str, str]) -> None:
    """R-ACC-01, R-ACC-04"""
    for method, target, body, _ in [*PATHS, ("GET", "/admin/v1/settings", None, "")]:
        answer = orders.asks(method, target, body, caller=None, headers=headers)
        assert (answer.status, answer.code) == (401, "unauthenticated"), (method, target)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_bearer_is_known_by_its_key(orders: ServiceDriver, scheme: str) -> None:
    key_id = orders.rows("SELECT id FROM api_keys")[0][0]

    answer = resolves(orders, {"authorization": f"{scheme} {ADMIN_KEY}"})

    caller = Caller.model_validate(answer.body["caller"])
    assert (caller.type, caller.id, caller.name, caller.seller) == ("api_key", key_id, "bootstrap", None)
    assert caller.permissions == permissions_of(["owner"])


def test_several_roles_add_up(orders: ServiceDriver) -> None:
    secret = key_with(orders, "warehouse", roles=["warehouse", "accountant"])

    caller = Caller.model_validate(resolves(orders, bearer(secret)).body["caller"])

    assert caller.permissions == ROLES["warehouse"] | ROLES["accountant"]


def test_a_sellers_key_may_no_more_than_sellers_whatever_its_roles(orders: ServiceDriver) -> None:
    """R-ACC-06"""
    secret = key_with(orders, "owner", seller_id="leaf")

    caller = Caller.model_validate(resolves(orders, bearer(secret)).body["caller"])

    assert caller.seller == "leaf"
    assert caller.permissions == ROLES["seller"]


def test_a_storefront_is_known_by_its_publishable_key(orders: ServiceDriver) -> None:
    answer = resolves(orders, {"x-publishable-key": PUBLISHABLE_KEY})

    assert answer.body == {"caller": {"type": "storefront", "name": "bootstrap", "channel": "web"}}


def test_an_unknown_publishable_key_is_401(orders: ServiceDriver) -> None:
    """R-ACC-01"""
    for headers in ({"x-publishable-key": "pk_forged"}, {"x-publishable-key": ""}):
        assert resolves(orders, headers).code == "unauthenticated"


def test_who_sends_nothing_is_nobody(orders: ServiceDriver) -> None:
    caller = Caller.model_validate(resolves(orders, {}).body["caller"])

    assert caller.type == "nobody"
    assert not caller.permissions


def test_only_the_gateway_may_ask_who_calls(orders: ServiceDriver) -> None:
    for headers in ({}, bearer(ADMIN_KEY)):
        answer = orders.asks("POST", "/internal/v1/caller", {}, caller=None, headers=headers)
        assert (answer.status, answer.code) == (404, "not_found")


def test_a_gateway_elsewhere_signs_as_the_house_and_the_credentials_beside_it_count(orders: ServiceDriver) -> None:
    body = b'{"order_id":null}'
    house = encode_caller(HOUSE)
    signature = sign(orders.secret, method="POST", target="/internal/v1/caller", body=body, caller=house, request_id="req_1")
    headers = {CALLER_HEADER: house, SIGNATURE_HEADER: signature, "x-request-id": "req_1"}

    storefront = orders.asks("POST", "/internal/v1/caller", raw=body, caller=None, headers=headers | {"x-publishable-key": PUBLISHABLE_KEY})
    forged = orders.asks("POST", "/internal/v1/caller", raw=body, caller=None, headers=headers | {"x-request-id": "req_2"})

    assert storefront.body["caller"]["type"] == "storefront"
    assert (forged.status, forged.code) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "signature",
    ["", "t=,v1=", "t=soon,v1=ab", "t={now}", "t={now},v1=", "t={now},v1=\xe9", "t=" + "9" * 400 + ",v1=ab", "t={late},v1={right}"],
)
def test_a_hop_that_is_signed_wrongly_is_401_whatever_stands_there(orders: ServiceDriver, signature: str) -> None:
    """Also letters that no signature has, and numbers that no clock shows; a right one that is a minute old."""
    house, now = encode_caller(HOUSE), int(time.time())
    right = sign(orders.secret, method="GET", target="/internal/v1/quiet", body=b"", caller=house, request_id="req_1", at=now - 62)
    said = signature.format(now=now, late=now - 62, right=right.partition("v1=")[2])
    headers = {CALLER_HEADER: house, SIGNATURE_HEADER: said, "x-request-id": "req_1"}

    answer = orders.asks("GET", "/internal/v1/quiet", caller=None, headers=headers)

    assert (answer.status, answer.code) == (401, "unauthenticated")


def test_the_gateway_in_the_same_process_sends_the_credentials_along(orders: ServiceDriver) -> None:
    neighbours = Neighbours({"orders": orders.app}, {}, orders.secret)
    scope = {
        "asgi": {"version": "3.0"},
        "headers": [(b"authorization", f"Bearer {ADMIN_KEY}".encode()), (b"x-other", b"1")],
        "cartwright.request_id": "req_1",
        "cartwright.client": "127.0.0.1",
    }

    reply = asyncio.run(neighbours.call("orders", "POST", "/internal/v1/caller", {}, scope=scope, credentials=True))

    assert (reply.status, reply.body["caller"]["type"]) == (200, "api_key")


def test_an_internal_command_with_credentials_is_done_for_whoever_they_belong_to(orders: ServiceDriver) -> None:
    """The house's own power is never lent to a request that it carries, not even to one without credentials."""

    def change(headers: dict[str, str]) -> int:
        return orders.asks("PATCH", "/internal/v1/settings", {"patch": {"store": {"name": "Tea"}}}, caller=NOBODY, headers=headers).status

    assert change({}) == 401
    assert change(bearer("sk_forged")) == 401
    assert change(bearer(key_with(orders, "sales"))) == 403
    assert change(bearer(ADMIN_KEY)) == 200
    assert orders.told_events("orders.settings_changed")[0].by.name == "bootstrap"


def test_what_an_integration_does_is_done_in_its_name(orders: ServiceDriver) -> None:
    caller = Caller.model_validate(resolves(orders, bearer(key_with(orders, "owner"))).body["caller"])

    orders.asks("PATCH", "/internal/v1/settings", {"patch": {"store": {"name": "Tea"}}}, caller=caller)

    [event] = orders.told_events("orders.settings_changed")
    assert (event.envelope.actor.type, event.envelope.actor.id, event.envelope.actor.name) == ("api_key", caller.id, "owner")
