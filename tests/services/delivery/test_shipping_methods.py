"""Shipping methods are set as a whole, and orders is told."""

from __future__ import annotations

from typing import Any

import pytest

from services.host import demo
from shared.contracts.base import SYSTEM
from shared.contracts.orders import SettingsChanged
from tests.services.delivery.conftest import DeliveryDriver
from tests.support.driver import OWNER, Answer
from tests.support.samples_delivery import confirmed, goods

STANDARD: dict[str, Any] = {
    "names": {"en": "Standard", "fa": "ارسال عادی"},
    "price": "4.9",
    "currency": "EUR",
    "prices": {"VND": "45000"},
    "tax_rate": "19.00",
    "tax_rates": {"AT": "20"},
    "free_over": "60",
    "countries": ["DE", "AT"],
    "max_weight_g": 20000,
    "lead_days": {"min": 2, "max": 5},
    "position": 1,
}


def puts(delivery: DeliveryDriver, path: str = "standard", /, **changes: Any) -> Answer:
    """STANDARD with some fields changed; None leaves one out."""
    body = {name: value for name, value in (STANDARD | changes).items() if value is not None}
    return delivery.asks("PUT", f"/admin/v1/shipping_methods/{path}", body)


def test_a_method_is_kept_with_exact_amounts_and_told(delivery: DeliveryDriver) -> None:
    """R-DLV-20, R-MON-01."""
    answer = puts(delivery)

    assert answer.status == 200
    assert answer.body == STANDARD | {
        "code": "standard",
        "price": "4.90",
        "free_over": "60.00",
        "tax_rate": "19",
        "carrier": "manual",
        "pickup": False,
        "active": True,
    }
    assert delivery.asks("GET", "/admin/v1/shipping_methods/standard").body == answer.body
    told = delivery.told_events("delivery.shipping_method_changed")[0]
    assert (told.code, told.method_version, told.values) == ("standard", 1, answer.body)


def test_the_same_again_tells_nothing_and_a_change_is_a_newer_version(delivery: DeliveryDriver) -> None:
    puts(delivery)
    puts(delivery)
    puts(delivery, price="5.90", active=False)

    told = delivery.told_events("delivery.shipping_method_changed")
    assert [(fact.method_version, fact.values["price"], fact.values["active"]) for fact in told] == [(1, "4.90", True), (2, "5.90", False)]
    assert [fact.envelope.aggregate_seq for fact in told] == [1, 2]


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"price": "4.999"}, "money_precision", "/price"),
        ({"price": 4}, "validation_failed", "/price"),
        ({"price": "-1"}, "validation_failed", "/price"),
        ({"prices": {"VND": "1.5"}}, "money_precision", "/prices/VND"),
        ({"prices": {"XXX": "1"}}, "validation_failed", "/prices/XXX"),
        ({"free_over": "1.999"}, "money_precision", "/free_over"),
        ({"currency": "EURO", "free_over": None}, "validation_failed", "/currency"),
        ({"tax_rate": "x"}, "validation_failed", "/tax_rate"),
        ({"tax_rates": {"AT": "7.555"}}, "validation_failed", "/tax_rates"),
        ({"names": {}}, "validation_failed", "/names"),
        ({"carrier": "dhl"}, "validation_failed", "/carrier"),
        ({"countries": ["Germany"]}, "validation_failed", "/countries/0"),
        ({"lead_days": {"min": 3, "max": 1}}, "validation_failed", "/lead_days"),
        ({"max_weight_g": 0}, "validation_failed", "/max_weight_g"),
        ({"code": "express"}, "validation_failed", "/code"),
        ({"cut_off": "24:00"}, "validation_failed", "/cut_off"),
        ({"service": "express"}, "validation_failed", "/service"),
        ({"warehouse": "main"}, "validation_failed", "/warehouse"),
    ],
)
def test_a_wrong_method_is_refused(delivery: DeliveryDriver, changes: dict[str, Any], code: str, pointer: str) -> None:
    answer = puts(delivery, **changes)

    assert (answer.status, answer.code, answer.body["errors"][0]["pointer"]) == (422, code, pointer)
    assert delivery.told() == []


def test_a_cut_off_and_a_pickup_point_are_kept_and_told(delivery: DeliveryDriver) -> None:
    """R-DLV-20, R-DLV-21."""
    answer = puts(delivery, "pickup", pickup=True, warehouse="berlin", cut_off="14:00")

    assert (answer.body["warehouse"], answer.body["cut_off"]) == ("berlin", "14:00")
    assert delivery.told_events("delivery.shipping_method_changed")[0].values == answer.body
    delivery.given_stock(mug=1)
    delivery.hears(confirmed(*goods(mug=1), pickup=True))
    assert delivery.told_events("delivery.pickup_ready")[0].warehouse == "berlin"


def test_an_archived_method_stays_and_is_not_offered(delivery: DeliveryDriver) -> None:
    puts(delivery)

    answers = [delivery.asks("DELETE", "/admin/v1/shipping_methods/standard").status for _ in range(2)]

    assert answers == [204, 204]
    assert delivery.asks("GET", "/admin/v1/shipping_methods/standard").body["active"] is False
    assert [fact.values["active"] for fact in delivery.told_events("delivery.shipping_method_changed")] == [True, False]
    assert delivery.asks("DELETE", "/admin/v1/shipping_methods/none").status == 404
    nobody = OWNER.model_copy(update={"permissions": frozenset()})
    assert delivery.asks("DELETE", "/admin/v1/shipping_methods/standard", caller=nobody).body["required_permission"] == "settings.write"


def test_amounts_have_the_decimals_the_shop_uses(delivery: DeliveryDriver) -> None:
    """R-MON-23."""
    delivery.hears(SettingsChanged(settings_version=1, values={"store": {"currency_decimals": {"EUR": 0}}}, by=SYSTEM))

    assert puts(delivery).code == "money_precision"
    assert puts(delivery, price="5", free_over="60").body["price"] == "5"


def test_all_wrong_amounts_are_named_together(delivery: DeliveryDriver) -> None:
    answer = puts(delivery, price="1.999", prices={"VND": "1.5"})

    assert [item["pointer"] for item in answer.body["errors"]] == ["/price", "/prices/VND"]


def test_methods_are_listed_by_position(delivery: DeliveryDriver) -> None:
    puts(delivery, "late", position=9)
    puts(delivery, "b", position=1)
    puts(delivery, "a", position=1)

    def codes(query: str) -> list[str]:
        return [found["code"] for found in delivery.asks("GET", f"/admin/v1/shipping_methods?{query}").body["data"]]

    assert codes("") == ["a", "b", "late"]
    page = delivery.asks("GET", "/admin/v1/shipping_methods?limit=2").body["page"]
    assert codes(f"after={page['next']}") == ["late"]
    assert delivery.asks("GET", "/admin/v1/shipping_methods?active=true").status == 422


def test_methods_need_their_permissions(delivery: DeliveryDriver) -> None:
    """R-ACC-04."""
    nobody = OWNER.model_copy(update={"permissions": frozenset()})

    answer = delivery.asks("PUT", "/admin/v1/shipping_methods/standard", STANDARD, caller=nobody)
    assert (answer.status, answer.body["required_permission"]) == (403, "settings.write")
    assert delivery.asks("GET", "/admin/v1/shipping_methods", caller=nobody).body["required_permission"] == "catalogue.read"
    assert delivery.asks("GET", "/admin/v1/shipping_methods/standard", caller=nobody).body["required_permission"] == "catalogue.read"
    assert delivery.asks("GET", "/admin/v1/shipping_methods/standard").status == 404


@pytest.mark.parametrize("method", demo.shipping_methods(), ids=lambda method: str(method["code"]))
def test_the_sample_shop_s_methods_are_taken(delivery: DeliveryDriver, method: dict[str, Any]) -> None:
    assert delivery.asks("PUT", f"/admin/v1/shipping_methods/{method['code']}", method).status == 200
