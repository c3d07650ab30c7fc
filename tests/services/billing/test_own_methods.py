"""Offline methods: the built-in ones, where they fit, and those that a shop makes itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.driver import OWNER, Answer, ServiceDriver

CHECK = {"code": "wire", "currency": "EUR", "country": "NL", "amount": "50.00", "pickup": False, "goods": True}
CUSTOMER = OWNER.model_copy(update={"type": "guest", "permissions": frozenset()})
OWN = {"names": {"en": "Shells", "vi": "Vỏ sò"}, "instructions": {"en": "Bring {shells}."}, "details": {"beach": "North"}}


def check(billing: ServiceDriver, caller: Any = CUSTOMER, **values: Any) -> str | None:
    answer = billing.asks("POST", "/internal/v1/methods/check", CHECK | values, caller=caller)
    return None if answer.status == 200 else str(answer.body["errors"][0]["meta"]["reason"])


def put(billing: ServiceDriver, code: str = "shells", **values: Any) -> Answer:
    return billing.asks("PUT", f"/admin/v1/payment_methods/{code}", OWN | values)


def patch(billing: ServiceDriver, code: str, **values: Any) -> Answer:
    return billing.asks("PATCH", f"/admin/v1/payment_methods/{code}", values)


def test_the_offline_methods_are_built_in(billing: ServiceDriver) -> None:
    """R-ORD-35, R-LNG-07: nothing is held, and money confirms."""
    methods = [method for method in billing.asks("GET", "/admin/v1/payment_methods").body["data"] if method["kind"] == "offline"]

    assert [method["code"] for method in methods] == ["wire", "pay_at_pickup", "cash_on_delivery", "cash"]
    for method in methods:
        policy = [method[name] for name in ("provider", "confirm_on", "hold_minutes", "reminder_minutes", "on_expiry", "capture", "review")]
        assert policy == ["manual", "captured", None, None, "cancel", "automatic", "none"]
        assert (method["refund_support"], method["capture_support"], method["available"]) == ("none", "none", True)
        assert set(method["names"]) == {"en", "fa", "vi", "ru"}
    assert [method["staff_only"] for method in methods] == [False, False, False, True]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"code": "wire"}, None),
        ({"code": "pay_at_pickup"}, "not_picked_up"),
        ({"code": "pay_at_pickup", "pickup": True}, None),
        ({"code": "cash_on_delivery"}, None),
        ({"code": "cash_on_delivery", "pickup": True}, "picked_up"),
        ({"code": "cash_on_delivery", "goods": False}, "nothing_delivered"),
        ({"code": "cash"}, "staff_only"),
        ({"code": "cash", "caller": OWNER}, None),
        ({"code": "wire", "currency": "KWD", "amount": "1.005"}, None),
    ],
)
def test_a_method_fits_the_way_the_goods_are_handed_over(billing: ServiceDriver, asked: dict[str, Any], why: str | None) -> None:
    """R-PAY-19; only Stripe's unit limits amounts (R-MON-22)."""
    assert check(billing, **asked) == why


def test_a_customer_is_offered_no_method_of_the_staff(billing: ServiceDriver) -> None:
    """R-PAY-19."""
    body = {name: value for name, value in CHECK.items() if name != "code"} | {"language": "vi"}

    def offered(caller: Any) -> dict[str, Any]:
        answer = billing.asks("POST", "/internal/v1/orders/ord_1/payment_methods", body, caller=caller)
        return {method["code"]: method for method in answer.body["data"]}

    assert set(offered(CUSTOMER)) == {"card", "wire", "pay_at_pickup", "cash_on_delivery"}
    assert "cash" in offered(OWNER)
    assert offered(CUSTOMER)["wire"]["name"] == "Chuyển khoản"
    assert offered(CUSTOMER)["wire"]["instructions"].startswith("Vui lòng")
    assert offered(CUSTOMER)["pay_at_pickup"]["reason"] == "not_picked_up"


def test_a_shop_puts_a_method_of_its_own(billing: ServiceDriver) -> None:
    made = put(billing)
    again = put(billing, confirm_on="pending", review="required", hold_minutes=60)

    assert (made.status, made.body["kind"], made.body["provider"], made.body["confirm_on"]) == (201, "offline", "manual", "captured")
    assert (again.status, again.body["confirm_on"], again.body["review"], again.body["hold_minutes"]) == (200, "pending", "required", 60)
    assert put(billing).body["hold_minutes"] is None
    assert check(billing, code="shells") is None


def test_a_built_in_method_is_not_put(billing: ServiceDriver) -> None:
    answer = put(billing, "wire")

    assert (answer.status, answer.code) == (409, "already_exists")


@pytest.mark.parametrize("body", [{"names": {}}, {"capture": "by_hand"}, {"kind": "online"}, {"position": -1}, {"details": {"IBAN": "1"}}])
def test_what_no_method_is_is_not_put(billing: ServiceDriver, body: dict[str, Any]) -> None:
    assert put(billing, **body).code == "validation_failed"


def test_methods_are_put_by_those_who_may_change_settings(billing: ServiceDriver) -> None:
    """R-ACC-05."""
    sales = OWNER.model_copy(update={"permissions": frozenset({"payments.read"})})

    answer = billing.asks("PUT", "/admin/v1/payment_methods/shells", OWN, caller=sales)

    assert (answer.status, answer.body["required_permission"]) == (403, "settings.write")


@pytest.mark.parametrize("confirm_on", ["pending", "captured", "never"])
def test_an_offline_method_may_confirm_early_or_never(billing: ServiceDriver, confirm_on: str) -> None:
    """R-ORD-37."""
    assert patch(billing, "wire", confirm_on=confirm_on).body["confirm_on"] == confirm_on


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("wire", {"capture": "by_hand"}),
        ("wire", {"capture": "on_delivery", "capture_support": "partial"}),
        ("card", {"capture": "on_delivery", "confirm_on": "captured"}),
        ("card", {"capture": "by_hand", "capture_support": "none"}),
    ],
)
def test_money_is_taken_later_only_where_it_was_promised(billing: ServiceDriver, code: str, body: dict[str, Any]) -> None:
    answer = patch(billing, code, **body)

    assert (answer.status, answer.code, answer.body["errors"][0]["pointer"]) == (422, "validation_failed", "/capture")


def test_a_patch_reaches_into_the_texts(billing: ServiceDriver) -> None:
    patch(billing, "wire", details={"iban": "NL00", "bic": "X"}, instructions={"en": "Pay."})

    method = patch(
        billing, "wire", details={"bic": None}, instructions={"vi": None}, staff_only=True, position=9, capture_support="none"
    ).body

    assert method["details"] == {"iban": "NL00"}
    assert (method["instructions"]["en"], "vi" in method["instructions"]) == ("Pay.", False)
    assert (method["staff_only"], method["position"]) == (True, 9)
