"""The shop's settings: the whole with its defaults, changed piece by piece, told to the others."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.shop_settings import ShopSettings
from tests.support.driver import OWNER, Answer, ServiceDriver

ADDRESS = {"name": "Tea shop", "line1": "Long street 1", "city": "Berlin", "country": "DE"}


def patch(orders: ServiceDriver, patch: Any) -> Answer:
    return orders.asks("PATCH", "/internal/v1/settings", {"patch": patch}, caller=OWNER)


def whole(orders: ServiceDriver) -> dict[str, Any]:
    answer = orders.asks("GET", "/admin/v1/settings")
    assert answer.status == 200
    found: dict[str, Any] = answer.body
    return found


def test_a_new_shop_has_the_defaults(orders: ServiceDriver) -> None:
    found = whole(orders)

    assert found["store"]["default_currency"] == "EUR"
    assert found["store"]["storefront_url"] == "http://127.0.0.1:8000/shop"
    assert found["orders"]["prepayment_percent"] == 100
    found["store"]["storefront_url"] = None
    assert found == ShopSettings().model_dump(mode="json")


def test_a_patch_changes_what_it_names_and_tells_all_that_is_set(orders: ServiceDriver) -> None:
    first = patch(orders, {"store": {"name": "Tea", "currency_decimals": {"EUR": 0}}, "orders": {"prepayment_percent": 30}})
    second = patch(orders, {"store": {"default_language": "fa"}})

    values = {"store": {"name": "Tea", "currency_decimals": {"EUR": 0}, "default_language": "fa"}, "orders": {"prepayment_percent": 30}}
    assert (first.status, first.body["version"]) == (200, 1)
    assert second.body == {"version": 2, "values": values, "settings": whole(orders)}
    assert whole(orders)["store"]["name"] == "Tea"
    assert whole(orders)["store"]["default_language"] == "fa"
    assert [(event.settings_version, event.envelope.aggregate_seq) for event in orders.told_events("orders.settings_changed")] == [
        (1, 1),
        (2, 2),
    ]
    assert orders.told_events("orders.settings_changed")[1].values == values
    assert orders.told_events("orders.settings_changed")[1].by.name == "owner"


def test_null_takes_a_setting_a_group_or_one_currency_back_to_its_default(orders: ServiceDriver) -> None:
    patch(orders, {"store": {"name": "Tea", "currency_decimals": {"EUR": 0, "USD": 1}}, "tax": {"rounding": "global"}})

    answer = patch(orders, {"store": {"name": None, "currency_decimals": {"EUR": None}}, "tax": None})

    assert answer.body["values"] == {"store": {"currency_decimals": {"USD": 1}}}
    assert whole(orders)["tax"]["rounding"] == "per_line"


def test_an_address_is_replaced_as_a_whole(orders: ServiceDriver) -> None:
    """api.md, section 2"""
    patch(orders, {"store": {"address": ADDRESS | {"line2": "Back yard"}}})

    answer = patch(orders, {"store": {"address": ADDRESS}})

    assert answer.body["values"]["store"]["address"] == ADDRESS


def test_a_patch_that_changes_nothing_keeps_the_version_and_tells_nothing(orders: ServiceDriver) -> None:
    """lifecycles.md, section 1: what already holds is no change."""
    patch(orders, {"store": {"name": "Tea"}})

    again = patch(orders, {"store": {"name": "Tea"}})

    assert again.body["version"] == 1
    assert orders.told() == ["orders.settings_changed"]


@pytest.mark.parametrize(
    ("wrong", "pointers"),
    [
        ({"stores": {}}, ["/stores"]),
        ({"store": {"colour": "red"}}, ["/store/colour"]),
        ({"store": 5}, ["/store"]),
        ({"stores": None}, ["/stores"]),
        ({"store": {"colour": None}, "tax": {"rounding": "none"}}, ["/store/colour", "/tax/rounding"]),
        ({"documents": {"barcode": {"colour": None}}}, ["/documents/barcode/colour"]),
        ({"store": {"currency_decimals": {"EUR": 3}}}, ["/store/currency_decimals"]),
        ({"store": {"currency_decimals": {"EUR": -1}}}, ["/store/currency_decimals"]),
        ({"store": {"currency_decimals": {"XXX": 0}}}, ["/store/currency_decimals"]),
        ({"store": {"currency_decimals": {"EUR": "0"}}}, ["/store/currency_decimals/EUR"]),
        ({"store": {"default_currency": "EURO"}}, ["/store/default_currency"]),
        ({"store": {"default_currency": "XYZ"}}, ["/store/default_currency"]),
        ({"store": {"time_zone": "Mars/North"}}, ["/store/time_zone"]),
        ({"store": {"default_language": "de"}}, ["/store/default_language"]),
        ({"store": {"email": "nobody"}}, ["/store/email"]),
        ({"store": {"address": {"name": "x"}}}, ["/store/address/line1", "/store/address/city", "/store/address/country"]),
        ({"orders": {"prepayment_percent": 0}}, ["/orders/prepayment_percent"]),
        ({"orders": {"allow_zero_price": "yes"}, "tax": {"rounding": "none"}}, ["/orders/allow_zero_price", "/tax/rounding"]),
        ({"billing": {"invoice_trigger": {"private": "never"}}}, ["/billing/invoice_trigger/private"]),
    ],
)
def test_an_unknown_or_wrong_setting_is_refused_with_a_pointer_to_it(
    orders: ServiceDriver, wrong: dict[str, Any], pointers: list[str]
) -> None:
    patch(orders, {"store": {"name": "Tea"}})

    answer = patch(orders, wrong)

    assert (answer.status, answer.code) == (422, "validation_failed")
    assert [item["pointer"] for item in answer.body["errors"]] == pointers
    assert whole(orders)["store"]["name"] == "Tea"
    assert orders.told() == ["orders.settings_changed"]


def test_nothing_but_an_object_is_a_patch(orders: ServiceDriver) -> None:
    for wrong in ([], "x", 5, None):
        assert patch(orders, wrong).status == 422


def test_settings_are_changed_by_the_gateway_only(orders: ServiceDriver) -> None:
    answer = orders.asks("PATCH", "/internal/v1/settings", {"patch": {}}, caller=None)

    assert (answer.status, answer.code) == (404, "not_found")
