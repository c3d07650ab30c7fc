"""Who may see an order: whoever holds its token, and nobody else (R-ACC-01, R-ACC-02)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy import text

from shared.values.ids import new_id
from shared.values.order_token import order_token
from shared.web.caller import Caller
from tests.support.driver import ServiceDriver
from tests.support.samples_catalogue import ADMIN_KEY, PUBLISHABLE_KEY, bearer, resolves

VISITOR = {"x-publishable-key": PUBLISHABLE_KEY}


def cart(orders: ServiceDriver, email: str | None = None) -> tuple[str, str]:
    """Id and token of a new cart."""
    answer = orders.asks("POST", "/store/v1/carts", {} if email is None else {"email": email}, caller=None, headers=VISITOR)
    assert answer.status == 201, answer.body
    return answer.body["id"], answer.body["order_token"]


def opened(orders: ServiceDriver, order_id: str, headers: Mapping[str, str]) -> str | None:
    return Caller.model_validate(resolves(orders, headers, order_id).body["caller"]).order_id


def test_the_token_opens_its_order_to_a_guest(orders: ServiceDriver) -> None:
    order_id, token = cart(orders)

    caller = Caller.model_validate(resolves(orders, VISITOR | {"x-order-token": token}, order_id).body["caller"])

    assert (caller.type, caller.order_id, caller.channel) == ("guest", order_id, "web")
    assert not caller.permissions
    assert orders.asks("GET", f"/store/v1/carts/{order_id}", caller=None, headers=VISITOR | {"x-order-token": token}).status == 200


@pytest.mark.parametrize("method", ["GET", "PATCH"])
@pytest.mark.parametrize("path", ["carts", "orders"])
def test_without_the_right_token_an_order_is_not_found_for_reading_and_writing(orders: ServiceDriver, method: str, path: str) -> None:
    """R-ACC-01: also with an equal e-mail, and with the right token of another order."""
    order_id, token = cart(orders, "ada@example.org")
    _, other_token = cart(orders, "ada@example.org")
    body = {"name": "Ada"} if method == "PATCH" else None

    for headers in (
        {},
        {"x-order-token": ""},
        {"x-order-token": token + "A"},
        {"x-order-token": token[:-1]},
        {"x-order-token": other_token},
    ):
        answer = orders.asks(method, f"/store/v1/{path}/{order_id}", body, caller=None, headers=VISITOR | headers)
        assert (answer.status, answer.code) == (404, "not_found"), headers


def test_a_token_opens_no_order_but_its_own(orders: ServiceDriver) -> None:
    order_id, token = cart(orders)
    other_id, _ = cart(orders)

    assert opened(orders, order_id, VISITOR | {"x-order-token": token}) == order_id
    assert opened(orders, other_id, VISITOR | {"x-order-token": token}) is None
    assert opened(orders, new_id("ord"), VISITOR | {"x-order-token": token}) is None


def test_a_token_made_for_an_order_that_is_not_there_opens_nothing(orders: ServiceDriver) -> None:
    order_id = new_id("ord")

    assert opened(orders, order_id, VISITOR | {"x-order-token": order_token(orders.secret, order_id, 0)}) is None


def test_a_raised_generation_ends_the_older_tokens(orders: ServiceDriver) -> None:
    """R-ACC-02"""
    order_id, token = cart(orders)
    [(generation,)] = orders.rows("SELECT token_generation FROM orders")
    orders.given(lambda tx: tx.execute(text("UPDATE orders SET token_generation = token_generation + 1")))

    assert opened(orders, order_id, VISITOR | {"x-order-token": token}) is None
    present = order_token(orders.secret, order_id, generation + 1)
    assert opened(orders, order_id, VISITOR | {"x-order-token": present}) == order_id


def test_nothing_secret_of_a_token_is_stored(orders: ServiceDriver) -> None:
    """R-ACC-02"""
    _, token = cart(orders)

    assert not any(token in str(row) for row in orders.rows("SELECT * FROM orders"))
    assert not any(token in str(body) for body in orders.told_bodies())


def test_every_store_call_needs_a_publishable_key(orders: ServiceDriver) -> None:
    """api.md, section 4: the order's token alone is not enough, and a key of staff is none."""
    order_id, token = cart(orders)

    for headers in ({}, {"x-order-token": token}, {"x-order-token": token, "x-publishable-key": "pk_forged"}, bearer(ADMIN_KEY)):
        answer = orders.asks("POST", "/store/v1/carts", {}, caller=None, headers=headers)
        assert (answer.status, answer.code) == (401, "unauthenticated"), headers
        answer = orders.asks("GET", f"/store/v1/carts/{order_id}", caller=None, headers=headers)
        assert (answer.status, answer.code) == (401, "unauthenticated"), headers


def test_an_idempotency_key_of_one_guest_is_not_anothers(orders: ServiceDriver) -> None:
    """R-API-02: a storefront's keys belong to channel and client address, a guest's to the order of a valid token."""
    first, token = cart(orders)
    second, other = cart(orders)
    body = {"sku": "NONE", "quantity": 1}

    for order_id, holder in ((first, token), (second, other)):
        answer = orders.asks(
            "POST",
            f"/store/v1/carts/{order_id}/lines",
            body,
            caller=None,
            headers=VISITOR | {"x-order-token": holder, "idempotency-key": "same"},
        )
        assert (answer.status, answer.code) == (422, "unknown_sku")
        assert "idempotent-replayed" not in answer.headers
