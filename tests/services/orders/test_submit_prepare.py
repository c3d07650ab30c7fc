"""The first step of submit: what the next ones need, and the Idempotency-Key of a command over several services."""

from __future__ import annotations

from typing import Any

import pytest

from shared.web.caller import NOBODY, Caller
from tests.support.driver import Answer, ServiceDriver
from tests.support.samples_catalogue import PUBLISHABLE_KEY
from tests.support.samples_orders import given_cart, given_shop, guest


@pytest.fixture(autouse=True)
def _shop(orders: ServiceDriver) -> None:
    given_shop(orders)


def prepares(
    orders: ServiceDriver, cart: dict[str, Any], *, key: str | None = None, body: Any = None, caller: Caller | None = None
) -> Answer:
    headers = {} if key is None else {"idempotency-key": key}
    path = f"/internal/v1/orders/{cart['id']}/submit/prepare"
    return orders.asks("POST", path, body or {"payment_method": "card"}, caller=caller or guest(cart["id"]), headers=headers)


def test_prepare_tells_what_the_next_steps_need(orders: ServiceDriver) -> None:
    cart = given_cart(orders)

    prepared = prepares(orders, cart).body

    assert {name: prepared[name] for name in ("currency", "country", "due", "goods", "pickup", "state", "submission", "submitted")} == {
        "currency": "EUR",
        "country": "DE",
        "due": "35.83",
        "goods": True,
        "pickup": False,
        "state": "quotation",
        "submission": 1,
        "submitted": False,
    }
    assert Caller.model_validate(prepared["caller"]) == guest(cart["id"])
    assert (prepared["idempotency_key"], prepared["stored"]) == (None, None)


def test_prepare_resolves_the_credentials_that_come_along(orders: ServiceDriver) -> None:
    """The gateway passes on nobody; the publishable key and the order's token count."""
    sent = {"x-publishable-key": PUBLISHABLE_KEY}
    cart = orders.asks("POST", "/store/v1/carts", {}, caller=None, headers=sent).body
    path = f"/internal/v1/orders/{cart['id']}/submit/prepare"

    prepared = orders.asks("POST", path, {}, caller=NOBODY, headers=sent | {"x-order-token": cart["order_token"]})
    assert Caller.model_validate(prepared.body["caller"]).order_id == cart["id"]
    assert orders.asks("POST", path, {}, caller=NOBODY, headers=sent).status == 404
    assert orders.asks("POST", path, {}, caller=NOBODY).status == 401
    assert orders.asks("POST", path, {}, caller=None, headers=sent | {"x-order-token": cart["order_token"]}).status == 404


def test_prepare_knows_only_the_order_of_its_caller(orders: ServiceDriver) -> None:
    """R-ACC-01."""
    cart, other = given_cart(orders), given_cart(orders)

    assert prepares(orders, cart, caller=guest(other["id"])).status == 404
    path = f"/internal/v1/orders/{cart['id']}/submit"
    assert orders.asks("POST", path, {"payment_method": "card"}, caller=guest(other["id"])).status == 404
    assert orders.asks("POST", path, {"payment_method": "card"}, caller=None).status == 404


def test_a_look_opens_no_key(orders: ServiceDriver) -> None:
    """R-API-02: whoever lists the payment methods with a key, and submits with it then, is the first to use it."""
    cart = given_cart(orders)
    path = f"/internal/v1/orders/{cart['id']}/submit/prepare?look=true"
    looked = orders.asks("POST", path, {}, caller=guest(cart["id"]), headers={"idempotency-key": "k1"})
    assert (looked.status, looked.body["idempotency_key"]) == (200, None)

    assert prepares(orders, cart, key="k1").body["idempotency_key"]


def test_key_is_in_progress_until_its_lease_is_over(orders: ServiceDriver) -> None:
    """R-API-02: a submit that died is taken up again."""
    cart = given_cart(orders)
    assert prepares(orders, cart, key="k1").body["idempotency_key"]

    again = prepares(orders, cart, key="k1")
    assert (again.status, again.code, again.headers["retry-after"]) == (409, "idempotency_in_progress", "1")
    other_body = prepares(orders, cart, key="k1", body={"payment_method": "wire"})
    assert (other_body.status, other_body.code) == (422, "idempotency_key_reused")

    orders.later(seconds=31)
    resumed = prepares(orders, cart, key="k1")
    assert (resumed.status, resumed.body["stored"]) == (200, None)
    assert prepares(orders, cart, key="k1").code == "idempotency_in_progress"


def test_closed_key_gives_the_answer_again(orders: ServiceDriver) -> None:
    """R-API-01."""
    cart = given_cart(orders)
    key = prepares(orders, cart, key="k1").body["idempotency_key"]
    answer = {"status": 200, "headers": {"content-type": "application/json"}, "body": '{"client_secret":"pi_secret"}'}

    assert orders.commands("POST", "/internal/v1/idempotency/close", {"key": key, "answer": answer}).status == 204

    assert prepares(orders, cart, key="k1").body["stored"] == answer
    assert b"pi_secret" not in orders.rows("SELECT answer FROM idempotency WHERE key = :key", key=key)[0][0]
    orders.commands("POST", "/internal/v1/idempotency/close", {"key": key, "answer": answer | {"body": "{}"}})
    assert prepares(orders, cart, key="k1").body["stored"] == answer


@pytest.mark.parametrize("status", [401, 429, 503])
def test_answers_that_are_never_replayed_give_the_key_back(orders: ServiceDriver, status: int) -> None:
    """api.md, 13.11."""
    cart = given_cart(orders)
    key = prepares(orders, cart, key="k1").body["idempotency_key"]

    orders.commands("POST", "/internal/v1/idempotency/close", {"key": key, "answer": {"status": status, "headers": {}, "body": "{}"}})

    assert prepares(orders, cart, key="k1").body["stored"] is None


def test_prepare_asks_the_prepayment(orders: ServiceDriver) -> None:
    """R-ORD-36: 30 % of 35.83 is 10.749."""
    orders.commands("PUT", "/internal/v1/settings", {"version": 1, "values": {"orders": {"prepayment_percent": 30}}})

    assert prepares(orders, given_cart(orders)).body["due"] == "10.75"
