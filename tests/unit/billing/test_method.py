"""What can be paid with which method (R-PAY-19), by the one word that says why not."""

from __future__ import annotations

from typing import Any

import pytest

from services.billing.domain.method import Method, Purchase, text_in, unavailable, unavailable_at_all
from shared.values.money import Money


def method(code: str = "wire", **values: Any) -> Method:
    given: dict[str, Any] = {
        "code": code,
        "names": {},
        "kind": "offline",
        "provider": "manual",
        "active": True,
        "position": 1,
        "confirm_on": "submitted",
        "hold_minutes": None,
        "on_expiry": "keep",
        "refund_support": "none",
        "capture_support": "full",
    }
    return Method(**given | values)


def purchase(minor: int = 1000, currency: str = "EUR", **values: Any) -> Purchase:
    given: dict[str, Any] = {"country": "DE", "amount": Money(minor, currency), "pickup": False, "goods": True, "staff": False}
    return Purchase(**given | values)


CARD = {"kind": "online", "provider": "stripe"}


@pytest.mark.parametrize(
    ("values", "why"),
    [({}, None), ({"active": False}, "inactive"), (CARD, None), ({"kind": "online", "provider": "paypal"}, "not_configured")],
)
def test_nothing_is_paid_with_what_is_switched_off_or_cannot_be_asked(values: dict[str, Any], why: str | None) -> None:
    assert unavailable_at_all(method(**values), {"stripe"}) == why


@pytest.mark.parametrize(
    ("found", "bought", "why"),
    [
        (method(), purchase(), None),
        (method(active=False), purchase(), "inactive"),
        (method(staff_only=True), purchase(), "staff_only"),
        (method(staff_only=True), purchase(staff=True), None),
        (method("pay_at_pickup"), purchase(), "not_picked_up"),
        (method("pay_at_pickup"), purchase(pickup=True), None),
        (method("cash_on_delivery"), purchase(), None),
        (method("cash_on_delivery"), purchase(pickup=True), "picked_up"),
        (method("cash_on_delivery"), purchase(goods=False), "nothing_delivered"),
        (method(), purchase(goods=False, pickup=True), None),
        (method(countries=["AT"]), purchase(), "country"),
        (method(countries=["AT", "DE"]), purchase(), None),
        (method(countries=["AT"]), purchase(country=None), "country"),
        (method(currencies=["USD"]), purchase(), "currency"),
        (method(currencies=["USD", "EUR"]), purchase(), None),
        (method(currencies=["USD"]), purchase(0), "currency"),
        (method(min_amount="10.01"), purchase(), "amount_too_small"),
        (method(min_amount="10.00"), purchase(), None),
        (method(min_amount="10.01"), purchase(0), None),
        (method(max_amount="9.99"), purchase(), "amount_too_large"),
        (method(max_amount="10.00"), purchase(), None),
        (method(min_amount="0.50"), purchase(1, "JPY"), None),
        (method(**CARD), purchase(4950, "ISK"), None),
        (method(**CARD), purchase(1001, "KWD"), "amount_not_expressible"),
        (method(), purchase(1001, "KWD"), None),
    ],
)
def test_a_purchase_fits_a_method_or_one_word_says_why_not(found: Method, bought: Purchase, why: str | None) -> None:
    """Nothing to pay is never too little; a limit may be finer than the currency."""
    assert unavailable(found, {"stripe"}, bought) == why


@pytest.mark.parametrize(
    ("texts", "text"),
    [({"fa": "a", "en": "b", "de": "c"}, "a"), ({"fa": "", "de": "c", "en": "b"}, "c"), ({"en": "b"}, "b"), ({"vi": "x"}, None)],
)
def test_a_text_is_in_the_customers_language_or_the_stores_or_english(texts: dict[str, str], text: str | None) -> None:
    assert text_in(texts, "fa", "de") == text
