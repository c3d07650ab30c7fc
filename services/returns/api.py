"""What of an order may come back."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.returns import store
from services.returns.domain.returnable import Returnable, returnable
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.errors import NotFound
from shared.web.door import read

router = APIRouter()


@router.get("/store/v1/orders/{order_id}/returnable")
def get_own_returnable(request: Request, order_id: str) -> Response:
    """For the guest or customer whose order it is; not confirmed yet: nothing may come back."""
    with read(request) as door:
        door.caller.need_storefront()
        door.caller.need_order(order_id)
        return door.answer({"data": _returnable(door.tx, order_id)})


@router.get("/admin/v1/orders/{order_id}/returnable")
def get_returnable(request: Request, order_id: str) -> Response:
    """For staff (returns.read)."""
    with read(request, "returns.read") as door:
        if not store.is_known(door.tx, order_id):
            raise NotFound(f"there is no confirmed order {order_id}")
        return door.answer({"data": _returnable(door.tx, order_id)})


def _returnable(tx: Tx, order_id: str) -> list[dict[str, Any]]:
    time_zone = ZoneInfo(shop_settings(tx).store.time_zone)
    delivered, arrivals = store.delivered_of(tx, order_id), store.arrivals_of(tx, order_id)
    return [
        _view(returnable(line, delivered.get(line.line_id, 0), arrivals.get(line.line_id, ()), now=tx.now, time_zone=time_zone))
        for line in store.lines_of(tx, order_id)
    ]


def _view(found: Returnable) -> dict[str, Any]:
    """A Returnable of api.md, section 8. No return can be asked for yet, so none is open or done."""
    return {
        "line_id": found.line.line_id,
        "sku": found.line.sku,
        "name": found.line.name,
        "delivered": found.delivered,
        "returned": 0,
        "open_requests": 0,
        "max_quantity": found.delivered,
        "last_day": None if found.last_day is None else found.last_day.isoformat(),
        "refused_by": list(found.refused_by),
    }
