"""Settings, changed once and in force everywhere."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.support.following import eventually, everything_followed_once
from tests.support.shop import STORE, Shop

PATCH: Final = {
    "orders": {"number_prefix": "ZZ"},
    "billing": {"invoice_prefix": "RE"},
    "delivery": {"mail_on_shipped": False},
    "store": {"orders_emails": ["new-desk@shop.example"]},
}
"""One that each of the services goes by."""


def _brought(shop: Shop) -> tuple[str, str, list[str], list[str]]:
    """A new order paid and handed over: its number, its invoice's, who in the shop was told, and the mails about it."""
    cart = shop.cart(shop.product())
    shop.tell("succeeded", cart.submitted()).ok()
    order = everything_followed_once(shop, cart)
    shop.staff("POST", f"/deliveries/{order['deliveries'][0]['id']}/validate", {}).ok()
    titles = ("Parcel: in transit", f"Delivery {order['deliveries'][0]['number']} handed over")
    eventually(lambda: set(titles) <= {entry["title"] for entry in shop.timeline(cart.id)}, what="the parcel on the timeline")
    eventually(lambda: cart.order()["delivery_status"] == "full")
    mails = cart.mails()
    told = [mail["recipient"] for mail in mails if mail["template"] == "new_order"]
    return order["number"], order["invoices"][0]["number"], told, [mail["template"] for mail in mails]


def test_a_patch_is_in_force_in_every_service_when_it_answers(shop: Shop) -> None:
    """api.md section 10: the next order is numbered, invoiced, told of and shipped by the new settings; null takes them back."""
    try:
        answered = shop.staff("PATCH", "/settings", PATCH).ok(200)
        number, invoice, told, mails = _brought(shop)
        restored = shop.staff("PATCH", "/settings", {group: dict.fromkeys(values) for group, values in PATCH.items()}).ok(200)
        assert "unavailable" not in answered
        assert answered["billing"]["invoice_prefix"] == "RE"
        assert (number[:2], invoice[:3], told) == ("ZZ", "RE/", ["new-desk@shop.example"])
        assert "parcel_shipped" not in mails
    finally:
        shop.staff("PATCH", "/settings", {"store": STORE}).ok()

    assert (restored["orders"]["number_prefix"], restored["billing"]["invoice_prefix"]) == ("SO", "INV")
    assert (restored["delivery"]["mail_on_shipped"], restored["store"]["orders_emails"]) == (True, [])
    number, invoice, told, mails = _brought(shop)
    assert (number[:2], invoice[:4], told) == ("SO", "INV/", STORE["orders_emails"])


@pytest.mark.parametrize(
    "patch",
    [
        {"orders": {"colour": "red"}},
        {"weather": {}},
        {"orders": {"allow_zero_price": "yes"}},
        {"orders": {"prepayment_percent": 101}},
        {"store": {"time_zone": "Mars/Olympus"}},
        {"store": {"name": "Changed"}, "billing": {"invoice_prefix": 7}},
    ],
)
def test_an_unknown_setting_or_a_wrong_value_changes_nothing(shop: Shop, patch: dict[str, Any]) -> None:
    """R-API-04: 422, also for what else stands in the same patch."""
    before = shop.staff("GET", "/settings").ok()
    reply = shop.staff("PATCH", "/settings", patch)
    assert (reply.status, reply.code) == (422, "validation_failed")
    assert shop.staff("GET", "/settings").ok() == before


def test_a_setting_that_is_frozen_on_an_order_changes_no_existing_cart(shop: Shop) -> None:
    """R-MON-13: whether prices include tax is frozen at creation."""
    sku = shop.product()
    before = shop.cart(sku)
    shop.staff("PATCH", "/settings", {"tax": {"prices_include_tax": True}}).ok()
    try:
        after = shop.cart(sku)
        edited = before.call("PATCH", "", {"name": "Sarah"}).ok()
    finally:
        shop.staff("PATCH", "/settings", {"tax": {"prices_include_tax": None}}).ok()
    assert (edited["prices_include_tax"], edited["totals"]["total"]) == (False, "20.71")
    assert (after.made["prices_include_tax"], after.made["totals"]["total"]) == (True, "17.40")
