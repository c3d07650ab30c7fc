"""A small shop to look at: tea, what it is drunk from, what is laid under it. All people and addresses in it are invented.

Each file holds the bodies of api.md as they are sent: prices without tax, money as text, names in the store's four languages.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

Record = dict[str, Any]


def products() -> list[Record]:
    """Products, for `PUT /admin/v1/products`."""
    return _read("products")


def sellers() -> list[Record]:
    """Sellers with their `code`, for `PUT /admin/v1/sellers/{code}`."""
    return _read("sellers")


def stock() -> list[Record]:
    """What a first count of the shelf finds, for `PUT /admin/v1/stock`. Some goods are few, some sold out."""
    return _read("stock")


def shipping_methods() -> list[Record]:
    """Shipping methods, for `PUT /admin/v1/shipping_methods/{code}`."""
    return _read("shipping_methods")


def customers() -> list[Record]:
    """Customers with their addresses, for `POST /admin/v1/customers`."""
    return _read("customers")


def _read(name: str) -> list[Record]:
    records: list[Record] = json.loads(_text(name))
    return records


@cache
def _text(name: str) -> str:
    return (files(__name__) / f"{name}.json").read_text(encoding="utf-8")
