"""A merge patch on what was set (RFC 7396), and what a shop may set."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from shared.contracts.shop_settings import ShopSettings, merged

ADDRESS = {"name": "Shop", "line1": "Street 1", "city": "Berlin", "country": "DE"}


@pytest.mark.parametrize(
    ("values", "patch", "expected"),
    [
        ({}, {"store": {"name": "Tea"}}, {"store": {"name": "Tea"}}),
        ({"store": {"name": "Tea"}}, {"store": {"phone": "1"}}, {"store": {"name": "Tea", "phone": "1"}}),
        ({"store": {"name": "Tea"}}, {"store": {"name": None}}, {"store": {}}),
        ({"store": {"name": "Tea"}}, {"store": None}, {}),
        ({"store": {"languages": ["en", "fa"]}}, {"store": {"languages": ["ru"]}}, {"store": {"languages": ["ru"]}}),
        ({"store": {"address": ADDRESS | {"line2": "b"}}}, {"store": {"address": ADDRESS}}, {"store": {"address": ADDRESS}}),
    ],
)
def test_a_patch_changes_what_it_names_and_replaces_lists_and_addresses(
    values: dict[str, Any], patch: dict[str, Any], expected: dict[str, Any]
) -> None:
    before = {key: dict(value) for key, value in values.items()}

    assert merged(values, patch) == expected
    assert values == before


@pytest.mark.parametrize(
    "store",
    [{"default_currency": "XYZ"}, {"currency_decimals": {"EUR": 3}}, {"currency_decimals": {"XYZ": 0}}, {"currency_decimals": {"JPY": 1}}],
)
def test_a_currency_and_its_decimals_are_those_of_iso_4217_or_fewer(store: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ShopSettings.model_validate({"store": store})

    ShopSettings.model_validate({"store": {"default_currency": "JPY", "currency_decimals": {"EUR": 0, "KWD": 2, "JPY": 0}}})
