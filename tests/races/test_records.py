"""The same record made by two at once: a unique key decides, one is first, and nobody is answered by an accident."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.services.delivery.conftest import DeliveryDriver
from tests.support.driver import ServiceDriver
from tests.support.racing import SEEDS, interleaved, troubles
from tests.support.samples_catalogue import product, seller
from tests.support.samples_orders import STANDARD

METHOD: dict[str, Any] = {name: STANDARD[name] for name in ("names", "price", "currency", "tax_rate", "position", "active")}


@SEEDS
@pytest.mark.parametrize(("path", "body"), [("products/mug", product()), ("sellers/leaf", seller())], ids=["product", "seller"])
def test_a_product_or_seller_put_by_many_is_made_once(orders: ServiceDriver, path: str, body: Any, seed: int) -> None:
    """api.md, section 2: PUT of what is there changes it; 201 is said once."""
    with troubles(orders.db) as found:
        answers = interleaved(orders.db, [partial(orders.asks, "PUT", f"/admin/v1/{path}", body)] * 3, seed=seed)

    assert found == []
    assert sorted(answer.status for answer in answers) == [200, 200, 201]


@SEEDS
def test_a_shipping_method_put_by_many_is_one_and_told_in_order(delivery: DeliveryDriver, seed: int) -> None:
    """Each version is told once, and the last one told is the one that stands."""
    bodies = [METHOD | {"price": price} for price in ("4.00", "5.00", "6.00")]
    acts = [partial(delivery.asks, "PUT", "/admin/v1/shipping_methods/express", body) for body in bodies]

    with troubles(delivery.db) as found:
        answers = interleaved(delivery.db, acts, seed=seed)

    assert found == []
    assert [answer.status for answer in answers] == [200] * 3
    facts = delivery.told_events("delivery.shipping_method_changed")
    assert [fact.method_version for fact in facts] == [1, 2, 3]
    (shown,) = [m for m in delivery.asks("GET", "/admin/v1/shipping_methods").body["data"] if m["code"] == "express"]
    assert shown["price"] == facts[-1].values["price"]


@SEEDS
def test_a_payment_method_of_the_shops_own_put_by_many_is_made_once(billing: ServiceDriver, seed: int) -> None:
    """api.md, section 2."""
    body = {"names": {"en": "Shells"}}

    with troubles(billing.db) as found:
        answers = interleaved(billing.db, [partial(billing.asks, "PUT", "/admin/v1/payment_methods/shells", body)] * 3, seed=seed)

    assert found == []
    assert sorted(answer.status for answer in answers) == [200, 200, 201]


@SEEDS
def test_a_place_on_the_shelf_counted_first_by_many_is_one_place(delivery: DeliveryDriver, seed: int) -> None:
    """R-STK-01, R-STK-10: the last count stands, and its moves say so."""
    acts = [partial(delivery.asks, "PUT", "/admin/v1/stock/mug", {"on_hand": units}) for units in (3, 5, 7)]

    with troubles(delivery.db) as found:
        interleaved(delivery.db, acts, seed=seed)

    assert found == []
    moved = [move["quantity"] for move in delivery.asks("GET", "/admin/v1/stock/moves?sku=mug").body["data"]]
    assert delivery.stock("mug")[0] == sum(moved)
    assert sum(moved) in (3, 5, 7)


@SEEDS
def test_one_address_asked_for_by_two_accounts_is_one_account(orders: ServiceDriver, seed: int) -> None:
    """R-ACC-01: also in another spelling."""
    bodies = [{"email": email, "name": "Ada"} for email in ("ada@example.org", "Ada@Example.org")]

    with troubles(orders.db) as found:
        answers = interleaved(orders.db, [partial(orders.asks, "POST", "/admin/v1/customers", body) for body in bodies], seed=seed)

    assert found == []
    assert sorted((answer.status, answer.body.get("code")) for answer in answers) == [(201, None), (409, "already_exists")]


@SEEDS
def test_one_external_id_given_to_two_orders_is_taken_once(orders: ServiceDriver, seed: int) -> None:
    """R-ORD-66."""
    orders.asks("PUT", "/admin/v1/products/mug", product())
    body = {"lines": [{"sku": "mug", "quantity": 1}], "external_id": "shop-17"}

    with troubles(orders.db) as found:
        answers = interleaved(orders.db, [partial(orders.asks, "POST", "/admin/v1/orders", body)] * 3, seed=seed)

    assert found == []
    assert sorted(answer.status for answer in answers) == [201, 409, 409]
    assert {answer.code for answer in answers if answer.status == 409} == {"already_exists"}
    assert orders.told("orders.order_created") == ["orders.order_created"]
