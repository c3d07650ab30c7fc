"""Orders that look like one another: the same customer, lines and total (R-ORD-16)."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any, Final

import orjson

from services.orders.domain.order import Purchase

WINDOW: Final = timedelta(minutes=10)
"""How long after an order the next one like it is suspected."""


def fingerprint(purchase: Purchase) -> str:
    """A hash that two orders share when they look alike. The customer is the account, else the e-mail, else the phone."""
    order = purchase.order
    customer = order.customer_id or (order.email or order.phone or order.id).lower()
    lines = sorted((line.sku, line.quantity, _text(dict(line.attributes)).decode()) for line in purchase.lines)
    return hashlib.sha256(_text([customer, order.currency, order.total, lines])).hexdigest()


def _text(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
