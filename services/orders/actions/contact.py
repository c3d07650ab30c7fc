"""Who buys, where the goods go, what the customer says: the fields of an order that are taken as they come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.orders.domain.contact import clean_phone, kept_address
from services.orders.domain.order import Order
from services.orders.errors import Failures
from shared.contracts.shop_settings import ShopSettings
from shared.db.base import dumps
from shared.values.free_json import LARGEST_BYTES

PLAIN: Final = {
    "email": "email",
    "name": "customer_name",
    "company": "company",
    "tax_id": "tax_id",
    "customer_type": "customer_type",
    "tax_exempt": "tax_exempt",
    "customer_note": "customer_note",
    "customer_reference": "customer_reference",
}
"""Fields of a request by those of the order."""
STAFF_KEY: Final = "_"
"""Metadata keys that begin so are staff's: hidden from customers and untouched by them (api.md, section 5)."""


def set_contact(order: Order, given: Mapping[str, Any], settings: ShopSettings, failures: Failures, *, staff: bool) -> None:
    """Sets the fields that were given; null takes a value away. Notes in `failures` what cannot be."""
    for field, own in PLAIN.items():
        if field in given:
            setattr(order, own, given[field])
    if "phone" in given:
        order.phone = phone_of(given["phone"], settings, failures)
    if "language" in given:
        order.language = language_of(given["language"], settings, failures)
    for field in ("shipping_address", "billing_address"):
        if field in given:
            setattr(order, field, None if given[field] is None else kept_address(given[field]))
    if "metadata" in given:
        order.metadata = _metadata(order.metadata, given["metadata"], failures, staff=staff)


def phone_of(phone: str | None, settings: ShopSettings, failures: Failures) -> str | None:
    """The phone as it is kept (R-CAL-02). Notes in `failures` what is none."""
    if phone is None:
        return None
    try:
        return clean_phone(phone, settings.store.address.country if settings.store.address else None)
    except ValueError as error:
        failures.add("/phone", "validation_failed", str(error))
        return None


def language_of(language: str, settings: ShopSettings, failures: Failures) -> str:
    """The language. Notes in `failures` one that the shop does not speak."""
    if language not in settings.store.languages:
        failures.add("/language", "validation_failed", "the shop does not speak this language")
    return language


def _metadata(before: dict[str, Any], patch: dict[str, Any], failures: Failures, *, staff: bool) -> dict[str, Any]:
    if not staff:
        for key in patch:
            if key.startswith(STAFF_KEY):
                failures.add(f"/metadata/{key}", "validation_failed", "keys that begin with _ are the shop's")
    after = _patched(before, patch)
    if len(dumps(after)) > LARGEST_BYTES:
        failures.add("/metadata", "validation_failed", f"all of it has more than {LARGEST_BYTES} bytes")
    return after


def _patched(before: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    # RFC 7396.
    after = dict(before)
    for key, value in patch.items():
        if value is None:
            after.pop(key, None)
        elif isinstance(value, dict):
            inner = after.get(key)
            after[key] = _patched(inner if isinstance(inner, dict) else {}, value)
        else:
            after[key] = value
    return after
