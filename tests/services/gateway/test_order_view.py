"""An order out of several services: whose eyes see which part, and what is shown while a service is away."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.gateway.conftest import Front
from tests.support.driver import Answer
from tests.support.samples_catalogue import ADMIN_KEY, bearer, key_with
from tests.support.samples_orders import given_confirmed

PARTS: dict[str, Any] = {"payments": [{"id": "pay_1"}], "invoices": [{"id": "inv_1"}], "documents": [{"id": "inv_1"}]}
MOVES: dict[str, Any] = {"deliveries": [{"id": "dlv_1"}, {"id": "dlv_2"}], "parcels": [{"id": "pcl_1"}]}
OWN: list[Any] = [{"id": "dlv_2"}]


@pytest.fixture
def order(front: Front) -> dict[str, Any]:
    """A confirmed order, as its other services know it."""
    front.billing.answers["/parts"] = (200, PARTS)
    front.delivery.answers["/parts"] = (200, MOVES)
    front.delivery.answers["/admin/v1/deliveries"] = (200, {"data": OWN})
    return given_confirmed(front.orders)


def looks(front: Front, order: dict[str, Any], include: str, secret: str = ADMIN_KEY) -> Answer:
    query = f"?include={include}" if include else ""
    return front.asks("GET", f"/admin/v1/orders/{order['id']}{query}", headers=bearer(secret))


def test_staff_get_the_parts_that_they_name(front: Front, order: dict[str, Any]) -> None:
    shown = looks(front, order, "payments,deliveries,invoices").body

    assert shown == looks(front, order, "").body | {name: (PARTS | MOVES)[name] for name in ("payments", "deliveries", "invoices")}


def test_a_seller_gets_the_reduced_order_with_their_own_deliveries(front: Front, order: dict[str, Any]) -> None:
    """R-ACC-06: those that delivery lists for sellers, not the order's parts."""
    secret = key_with(front.orders, "seller")

    shown = looks(front, order, "deliveries", secret).body

    assert shown == looks(front, order, "", secret).body | {"deliveries": OWN}
    assert ("customer" in shown, [line["sku"] for line in shown["lines"]]) == (False, ["mug"])
    assert [path for path, _ in front.delivery.asked] == ["/admin/v1/deliveries"]


@pytest.mark.parametrize("part", ["payments", "invoices", "deliveries,payments"])
def test_a_seller_gets_no_other_part(front: Front, order: dict[str, Any], part: str) -> None:
    """R-ACC-04, R-ACC-06: the permission is named, and nobody is asked."""
    answer = looks(front, order, part, key_with(front.orders, "seller"))

    assert (answer.status, answer.body["required_permission"]) == (403, f"{part.split(',')[-1]}.read")
    assert (front.billing.asked, front.delivery.asked) == ([], [])


def test_another_sellers_order_is_not_there_with_parts_either(front: Front, order: dict[str, Any]) -> None:
    """R-ACC-06"""
    answer = looks(front, order, "deliveries", key_with(front.orders, "seller", seller_id="loom"))

    assert (answer.status, front.delivery.asked) == (404, [])


def test_what_a_service_would_show_is_missing_while_it_is_away(front: Front, order: dict[str, Any]) -> None:
    """R-MSG-07: the others show their parts, to staff and to the customer."""
    front.away = {"billing"}

    shown = looks(front, order, "payments,deliveries,invoices").body

    assert (shown["unavailable"], shown["payments"], shown["invoices"]) == (["payments", "invoices"], None, None)
    assert (shown["number"], shown["deliveries"]) == (order["number"], MOVES["deliveries"])
    front.away = set()
    assert "unavailable" not in looks(front, order, "payments,deliveries,invoices").body


def test_without_its_own_service_there_is_no_order(front: Front, order: dict[str, Any]) -> None:
    """R-MSG-07: the part that is not a part."""
    front.away = {"orders"}

    answer = looks(front, order, "deliveries")

    assert (answer.status, answer.code) == (503, "service_unavailable")
