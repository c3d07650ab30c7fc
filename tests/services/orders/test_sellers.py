"""Who sells: put, found, and read by the orders that hold their goods."""

from __future__ import annotations

from typing import Any

import pytest

from services.orders.store import catalogue
from tests.support.driver import ServiceDriver
from tests.support.samples_catalogue import asks_with, key_with, seller


def test_a_seller_comes_back_as_it_was_put(orders: ServiceDriver) -> None:
    body = seller(code="leaf", language="fa", phone="+98 21 ۸۸۰۰", active=False)

    made = orders.asks("PUT", "/admin/v1/sellers/leaf", body)

    assert (made.status, made.headers["location"]) == (201, "/admin/v1/sellers/leaf")
    assert made.body == orders.asks("GET", "/admin/v1/sellers/leaf").body == body | {"phone": "+98 21 8800"}


def test_a_put_replaces_the_whole_seller(orders: ServiceDriver) -> None:
    orders.asks("PUT", "/admin/v1/sellers/leaf", seller(language="fa", phone="123", active=False))

    again = orders.asks("PUT", "/admin/v1/sellers/leaf", seller(emails=["a@example.org", "a@example.org"]))

    assert again.status == 200
    assert again.body == orders.asks("GET", "/admin/v1/sellers/leaf").body
    assert again.body == {
        "code": "leaf",
        "name": "Leaf & Steam",
        "emails": ["a@example.org"],
        "language": None,
        "phone": None,
        "active": True,
    }


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"code": "loom"}, "/code"),
        ({"name": ""}, "/name"),
        ({"emails": ["nobody"]}, "/emails/0"),
        ({"emails": ["a@b.example, c@d.example"]}, "/emails/0"),
        ({"emails": None}, "/emails"),
        ({"language": "de"}, "/language"),
        ({"phone": "1"}, "/phone"),
        ({"active": "yes"}, "/active"),
        ({"rating": 5}, "/rating"),
    ],
)
def test_a_seller_with_something_wrong_is_refused(orders: ServiceDriver, changes: dict[str, Any], pointer: str) -> None:
    answer = orders.asks("PUT", "/admin/v1/sellers/leaf", seller(**changes))

    assert (answer.status, answer.code) == (422, "validation_failed")
    assert [item["pointer"] for item in answer.body["errors"]] == [pointer]
    assert orders.asks("GET", "/admin/v1/sellers").body["data"] == []


def test_a_sellers_code_is_a_code(orders: ServiceDriver) -> None:
    assert orders.asks("PUT", "/admin/v1/sellers/a b", seller()).body["errors"][0]["pointer"] == "/code"
    assert orders.asks("GET", "/admin/v1/sellers/a b").code == "not_found"
    assert orders.asks("GET", "/admin/v1/sellers/none").code == "not_found"


def test_the_list_of_sellers_has_pages_and_no_filters(orders: ServiceDriver) -> None:
    for code in ("a", "b", "c"):
        orders.asks("PUT", f"/admin/v1/sellers/{code}", seller())

    first = orders.asks("GET", "/admin/v1/sellers?limit=2").body
    second = orders.asks("GET", f"/admin/v1/sellers?limit=2&after={first['page']['next']}").body

    assert [item["code"] for item in first["data"] + second["data"]] == ["c", "b", "a"]
    assert (first["page"]["has_more"], second["page"]) == (True, {"next": None, "has_more": False})
    assert orders.asks("GET", "/admin/v1/sellers?limit=2&include=count").body["count"] == 3
    assert orders.asks("GET", "/admin/v1/sellers?q=a").body["errors"][0]["pointer"] == "/q"


def test_a_seller_sees_no_other_seller(orders: ServiceDriver) -> None:
    """R-ACC-06"""
    for code in ("leaf", "loom"):
        orders.asks("PUT", f"/admin/v1/sellers/{code}", seller())
    secret = key_with(orders, "seller")

    assert [item["code"] for item in asks_with(orders, secret, "GET", "/admin/v1/sellers").body["data"]] == ["leaf"]
    assert asks_with(orders, secret, "GET", "/admin/v1/sellers/leaf").status == 200
    assert asks_with(orders, secret, "GET", "/admin/v1/sellers/loom").code == "not_found"


def test_orders_get_the_sellers_of_their_lines_at_once(orders: ServiceDriver) -> None:
    orders.asks("PUT", "/admin/v1/sellers/leaf", seller(language="vi"))
    orders.asks("PUT", "/admin/v1/sellers/loom", seller())

    found = orders.given(lambda tx: catalogue.sellers(tx, ["loom", "leaf", "none"]))

    assert sorted(found) == ["leaf", "loom"]
    assert (found["leaf"].emails, found["leaf"].language) == (("orders@leaf.example.org",), "vi")
