"""Shipping methods, set as a whole."""

from __future__ import annotations

from typing import Any

from services.delivery.store import shipping_methods
from shared.contracts.delivery import ShippingMethodChanged
from shared.db.tx import Tx


def set_shipping_method(tx: Tx, code: str, values: dict[str, Any]) -> dict[str, Any]:
    """Takes a method as it is to be; the same again changes nothing and tells nothing. Returns it."""
    if shipping_methods.lock(tx, code) == values:
        return values
    version = shipping_methods.write(tx, code, values["position"], values)
    tx.publish(ShippingMethodChanged(code=code, method_version=version, values=values), seq=version)
    return values
