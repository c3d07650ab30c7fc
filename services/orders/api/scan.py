"""What a scanned or typed code is: exactly one record, or nothing (R-ORD-59)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.orders.api.order_list import refuse_sellers
from services.orders.domain.catalogue import searchable
from services.orders.domain.search import LONGEST_QUERY, readings
from services.orders.store.search import named, orders_found, products_coded
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.errors import NotFound
from shared.language.digits import to_latin_digits
from shared.web.caller import Caller
from shared.web.door import read

router = APIRouter(prefix="/admin/v1/scan")

ORDER: Final = "order"
PRODUCT: Final = "product"
TYPES: Final = {"inv": "invoice", "dlv": "delivery", "pcl": "parcel"}
"""Kinds of records by the beginning of their ids."""
HREFS: Final = {
    ORDER: "/admin/v1/orders/{}",
    "invoice": "/admin/v1/invoices/{}",
    "delivery": "/admin/v1/deliveries/{}",
    "parcel": "/admin/v1/parcels/{}",
    PRODUCT: "/admin/v1/products/{}",
}
ACTIONS: Final = {
    ORDER: (("confirm", "POST", "/admin/v1/orders/{}/confirm", "orders.confirm"),),
    "invoice": (("pdf", "GET", "/admin/v1/invoices/{}/pdf", "invoices.read"),),
    "delivery": (("validate", "POST", "/admin/v1/deliveries/{}/validate", "deliveries.write"),),
    "parcel": (("events", "POST", "/admin/v1/parcels/{}/events", "deliveries.write"),),
    PRODUCT: (("count", "PUT", "/admin/v1/stock/{}", "stock.write"),),
}
"""What is done most with such a record at the desk, and what it needs."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """The one record. A product belongs to no order."""

    type: str
    id: str
    order_id: str | None = None


@router.get("/{code:path}")
def get_scan(request: Request, code: str) -> Response:
    """The one record with this code, as it was typed or scanned."""
    with read(request, "orders.read") as door:
        refuse_sellers(door)
        found = _scanned(door.tx, code, prefix=shop_settings(door.tx).documents.barcode.prefix)
        return door.answer(_view(found, door.caller))


def _scanned(tx: Tx, code: str, *, prefix: str) -> Scanned:
    # A number is one record's; what may be several's, such as an e-mail, is an order's when it is only one's.
    if code.strip() and "\0" not in code and len(code) <= LONGEST_QUERY:
        for text in dict.fromkeys((code.strip().removeprefix(prefix), code.strip())):
            found = _numbered(tx, text)
            if len(found) == 1:
                return found.pop()
            if found:
                raise NotFound(f"{code} is the number of several records")
        orders = orders_found(tx, readings(code, prefix=prefix), rows=2)
        if len(orders) == 1:
            return Scanned(ORDER, orders[0], orders[0])
    raise NotFound(f"there is no one record with {code}")


def _numbered(tx: Tx, text: str) -> set[Scanned]:
    term = searchable(text)
    found = {Scanned(PRODUCT, sku) for sku in products_coded(tx, to_latin_digits(text))}
    for record in named(tx, term):
        kind = TYPES.get(record.record_id[:3])
        if kind is not None:
            found.add(Scanned(kind, record.record_id, record.order_id))
        elif record.record_id == record.order_id and searchable(record.number or "") == term:
            found.add(Scanned(ORDER, record.order_id, record.order_id))
    return found


def _view(found: Scanned, caller: Caller) -> dict[str, Any]:
    return {
        "type": found.type,
        "id": found.id,
        "order_id": found.order_id,
        "href": HREFS[found.type].format(found.id),
        "actions": [
            {
                "name": name,
                "method": method,
                "href": href.format(found.id),
                "allowed": permission in caller.permissions,
                "required_permission": permission,
            }
            for name, method, href, permission in ACTIONS[found.type]
        ],
    }
