"""Payment methods: what can be used where, and what staff may change."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from services.billing.actions.methods import prepare
from services.billing.service import SERVICE
from shared.values.clock import FixedClock
from tests.services.billing.conftest import ENVIRONMENT, given_payment
from tests.support.databases import Databases
from tests.support.driver import OWNER, Answer, ServiceDriver
from tests.support.stripe_double import StripeDouble

CHECK = {"code": "card", "currency": "EUR", "country": "NL", "amount": "50.00", "pickup": False, "goods": True}


def patch(billing: ServiceDriver, body: dict[str, Any]) -> Answer:
    return billing.asks("PATCH", "/admin/v1/payment_methods/card", body)


def check(billing: ServiceDriver, **values: Any) -> Answer:
    return billing.commands("POST", "/internal/v1/methods/check", CHECK | values)


def listed(billing: ServiceDriver) -> dict[str, Any]:
    """The methods as staff see them, by code."""
    return {method["code"]: method for method in billing.asks("GET", "/admin/v1/payment_methods").body["data"]}


def reason(answer: Answer) -> str:
    assert (answer.status, answer.code) == (422, "payment_method_unavailable")
    return str(answer.body["errors"][0]["meta"]["reason"])


def test_the_card_is_built_in_and_prepared_once(billing: ServiceDriver) -> None:
    patch(billing, {"hold_minutes": 30})
    billing.given(lambda tx: prepare(tx, ENVIRONMENT))

    method = listed(billing)["card"]

    assert (method["code"], method["kind"], method["provider"], method["confirm_on"]) == ("card", "online", "stripe", "authorized")
    assert (method["hold_minutes"], method["on_expiry"], method["available"], method["unavailable_reason"]) == (30, "release", True, None)
    assert set(method["names"]) == {"en", "fa", "vi", "ru"}


def test_a_submit_is_told_the_methods_policy(billing: ServiceDriver) -> None:
    assert check(billing).body == {"code": "card", "kind": "online", "hold_minutes": 15, "on_expiry": "release"}


@pytest.mark.parametrize(
    ("limits", "asked", "why"),
    [
        ({"active": False}, {}, "inactive"),
        ({"countries": ["DE", "FR"]}, {}, "country"),
        ({"countries": ["DE"]}, {"country": None}, "country"),
        ({"currencies": ["USD"]}, {}, "currency"),
        ({"min_amount": "50.01"}, {}, "amount_too_small"),
        ({"max_amount": "49.99"}, {}, "amount_too_large"),
        ({"min_amount": "0.50"}, {"currency": "JPY", "amount": "0"}, None),
        ({"min_amount": "0.50"}, {"currency": "JPY", "amount": "1"}, None),
        ({"min_amount": "50.00", "max_amount": "50"}, {}, None),
        ({"countries": ["NL"], "currencies": ["EUR"]}, {}, None),
        ({}, {"currency": "KWD", "amount": "1.005"}, "amount_not_expressible"),
        ({}, {"code": "shells"}, "unknown"),
    ],
)
def test_a_method_is_available_by_country_currency_and_amount(
    billing: ServiceDriver, limits: dict[str, Any], asked: dict[str, Any], why: str | None
) -> None:
    """R-PAY-19, R-MON-22."""
    assert patch(billing, limits).status == 200

    answer = check(billing, **asked)

    assert (answer.status if why is None else reason(answer)) == (why or 200)


def test_a_carts_customer_sees_each_active_method_and_why_one_cannot_be_used(billing: ServiceDriver) -> None:
    """R-PAY-19."""
    body = {name: value for name, value in CHECK.items() if name != "code"}
    path = "/internal/v1/orders/ord_1/payment_methods"

    def offered(body: dict[str, Any]) -> dict[str, Any]:
        answer = billing.commands("POST", path, body)
        return {method["code"]: method for method in answer.body["data"]}

    assert offered(body | {"language": "ru"})["card"] == {"code": "card", "name": "Банковская карта", "kind": "online", "available": True}
    patch(billing, {"currencies": ["USD"]})
    assert offered(body)["card"] == {"code": "card", "name": "Card", "kind": "online", "available": False, "reason": "currency"}
    patch(billing, {"active": False})
    assert "card" not in offered(body)


def test_without_a_key_the_card_says_that_it_is_not_configured(
    databases: Databases, backend: str, clock: FixedClock, stripe: StripeDouble
) -> None:
    outside = stripe.outside(stripe=None)
    billing = ServiceDriver(SERVICE, databases.open(backend, SERVICE, clock), clock, environment=ENVIRONMENT, outside=outside)
    billing.given(lambda tx: prepare(tx, ENVIRONMENT))

    assert reason(check(billing)) == "not_configured"
    method = listed(billing)["card"]
    assert (method["available"], method["unavailable_reason"]) == (False, "not_configured")


def test_a_patch_changes_what_it_names_and_null_takes_away(billing: ServiceDriver) -> None:
    patch(billing, {"countries": ["NL"], "names": {"en": "Credit card", "vi": None}, "confirm_on": "captured"})

    method = patch(billing, {"countries": None, "hold_minutes": None}).body

    assert (method["countries"], method["hold_minutes"], method["confirm_on"]) == (None, None, "captured")
    assert (method["names"]["en"], "vi" in method["names"], method["names"]["fa"]) == ("Credit card", False, "کارت بانکی")


@pytest.mark.parametrize("confirm_on", ["pending", "never"])
def test_an_online_method_confirms_on_authorized_or_captured_only(billing: ServiceDriver, confirm_on: str) -> None:
    answer = patch(billing, {"confirm_on": confirm_on})

    assert (answer.status, answer.code) == (422, "confirm_on_not_allowed")


@pytest.mark.parametrize(
    "body",
    [
        {"reminder_minutes": 0},
        {"active": "yes"},
        {"hold_minutes": 0},
        {"hold_minutes": 1.5},
        {"min_amount": 5},
        {"min_amount": "-1"},
        {"min_amount": "9", "max_amount": "8"},
        {"countries": ["nl"]},
        {"names": {"de": "Karte"}},
        {"names": {"en": None, "fa": None, "vi": None, "ru": None}},
        {"active": None},
    ],
)
def test_what_makes_no_sense_is_refused(billing: ServiceDriver, body: dict[str, Any]) -> None:
    answer = patch(billing, body)

    assert (answer.status, answer.code) == (422, "validation_failed")


def test_a_method_that_is_not_there_is_not_found(billing: ServiceDriver) -> None:
    assert billing.asks("PATCH", "/admin/v1/payment_methods/shells", {"active": False}).status == 404


def test_methods_are_for_those_who_may_change_settings(billing: ServiceDriver) -> None:
    """R-ACC-05."""
    sales = OWNER.model_copy(update={"permissions": frozenset({"payments.read"})})

    for answer in (
        billing.asks("GET", "/admin/v1/payment_methods", caller=sales),
        billing.asks("PATCH", "/admin/v1/payment_methods/card", {"active": False}, caller=sales),
    ):
        assert (answer.status, answer.body["required_permission"]) == (403, "settings.write")


def test_payments_are_listed_by_order_state_method_and_reference(billing: ServiceDriver) -> None:
    first = given_payment(billing, "ord_00000000000000000000000001", number="SO1")
    second = given_payment(billing, "ord_00000000000000000000000002", number="SO2")

    def listed(query: str) -> list[str]:
        return [payment["id"] for payment in billing.asks("GET", f"/admin/v1/payments?{query}").body["data"]]

    assert listed("") == [second["id"], first["id"]]
    assert listed("order_id=ord_00000000000000000000000001") == [first["id"]]
    assert listed(f"provider_ref={second['provider_ref']}&state=created,failed&method=card") == [second["id"]]
    assert listed("state=captured") == []
    assert billing.asks("GET", "/admin/v1/payments?colour=x").code == "validation_failed"
    assert billing.asks("GET", "/admin/v1/payments/pay_nothing").status == 404


def test_payments_are_found_by_what_they_are_called_and_counted(billing: ServiceDriver) -> None:
    """R-ORD-59, R-ORD-60, R-LNG-05."""
    first = given_payment(billing, "ord_00000000000000000000000001", number="SO1")
    second = given_payment(billing, "ord_00000000000000000000000002", number="SO2")

    def found(text: str) -> list[str]:
        page = billing.asks("GET", f"/admin/v1/payments?include=count&q={quote(text)}").body
        assert page["count"] == len(page["data"])
        return [payment["id"] for payment in page["data"]]

    assert found("") == [second["id"], first["id"]]
    assert found("so1") == found("SO۱") == found(str(first["provider_ref"])) == [first["id"]]
    assert found("SO") == []
    assert billing.asks("GET", "/admin/v1/payments?include=count&limit=1").body["count"] == 2
    assert billing.asks("GET", "/admin/v1/payments?include=count&state=captured").body["count"] == 0
    assert billing.asks("GET", "/admin/v1/invoices?include=count&state=posted").body["count"] == 0
