"""An order as a seller sees it: their lines and what these come to, where the goods go, and nothing else (R-ACC-06).

The display status is not among it: it also says whether the order was paid.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import Request
from starlette.responses import Response

from services.orders.api.order_view import line_view, order_view
from services.orders.domain.order import DELIVERY_STATUSES, Line, Purchase
from services.orders.store.own_orders import order_key, sellers_orders
from shared.contracts.shop_settings import ShopSettings
from shared.db.settings_copy import shop_settings
from shared.language.digits import to_latin_digits
from shared.values.clock import parse_rfc3339
from shared.web.door import Door
from shared.web.listing import listing, values_of

_ORDER_FIELDS: Final = (
    "id",
    "number",
    "version",
    "language",
    "currency",
    "test",
    "state",
    "delivery_status",
    "created_at",
    "last_activity_at",
    "confirmed_at",
    "closed_at",
    "promised_at",
    "expected_at",
    "late",
)
_LINE_FIELDS: Final = (
    "id",
    "sku",
    "name",
    "type",
    "quantity",
    "unit_price",
    "tax_rate",
    "net",
    "tax",
    "total",
    "seller_id",
    "returnable",
    "return_period_days",
    "weight_g",
    "allow_backorder",
    "attributes",
    "barcode",
    "quantity_reserved",
    "quantity_delivered",
    "quantity_returned",
    "quantity_cancelled",
)
_FILTERS: Final = {"state": ("confirmed",), "delivery_status": DELIVERY_STATUSES}


def seller_view(purchase: Purchase, seller_id: str, settings: ShopSettings) -> dict[str, Any]:
    """The reduced Order. The phone of the address is for those who ship: sellers with deliveries of their own."""
    order = purchase.order
    lines = [line for line in purchase.lines if line.seller_id == seller_id]
    whole = order_view(purchase, None, staff=False)
    shown: dict[str, Any] = {name: whole[name] for name in _ORDER_FIELDS}
    address = None if order.shipping_address is None else dict(order.shipping_address)
    if address is not None and settings.delivery.split_by != "seller":
        address["phone"] = None
    shipping = None
    if order.shipping_method is not None:
        shipping = {"method": order.shipping_method, "name": order.shipping_name, "pickup": order.shipping_pickup}
    return shown | {
        "shipping_address": address,
        "shipping": shipping,
        "lines": [_line(line, purchase) for line in lines],
        "totals": {name: order.precision.format(sum(getattr(line, name) for line in lines)) for name in ("net", "tax", "total")},
    }


def list_for_seller(request: Request, door: Door, seller_id: str) -> Response:
    """Confirmed orders with a line of theirs, newest first. `q` is looked for in the number alone: the rest is not theirs to search."""
    asked = listing(request, {*_FILTERS, "q"}, key=(parse_rfc3339, str))
    filters = values_of(asked.filters, _FILTERS)
    number = to_latin_digits(asked.filters["q"]).strip() if "q" in asked.filters else None
    found = sellers_orders(door.tx, seller_id, filters, number=number, after=asked.after, rows=asked.rows)
    settings = shop_settings(door.tx)
    return door.answer(asked.page(found, lambda purchase: seller_view(purchase, seller_id, settings), order_key))


def _line(line: Line, purchase: Purchase) -> dict[str, Any]:
    whole = line_view(line, purchase.order, staff=False)
    return {name: whole[name] for name in _LINE_FIELDS}
