"""Looking at deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.delivery.api.body import need_own
from services.delivery.api.views import delivery_views
from services.delivery.domain.chain import STEPS
from services.delivery.domain.delivery import DELIVERY, KINDS, Delivery
from services.delivery.store import deliveries
from services.delivery.store.delivery_list import count_deliveries, list_deliveries, place
from shared.values.clock import rfc3339
from shared.web.door import read
from shared.web.listing import Key, flag, instant, listing, read_filters, some_of, texts

router = APIRouter(prefix="/admin/v1/deliveries")

FILTERS: Final = {
    "order_id": texts,
    "state": some_of(*DELIVERY.states),
    "kind": some_of(*KINDS),
    "step": some_of(*STEPS["pick_pack_ship"]),
    "warehouse": texts,
    "seller_id": texts,
    "carrier": texts,
    "late": flag,
    "held": flag,
    "q": str.strip,
}


def _urgency(text: str) -> int:
    if not (len(text) == 1 and text.isascii() and text.isdigit()):
        raise ValueError("is one digit")
    return int(text)


SORTS: Final[dict[str, Key]] = {"created_at": (str,), "priority": (_urgency, str), "scheduled_at": (instant, str)}


@router.get("")
def get_deliveries(request: Request) -> Response:
    """Newest first; `sort=priority`: the most urgent first; `sort=scheduled_at`: those planned first, then the others (deliveries.read)."""
    with read(request, "deliveries.read") as door:
        asked = listing(request, FILTERS, key=SORTS)
        filters = read_filters(asked.filters, FILTERS)
        seller = door.caller.seller
        if seller is not None:
            filters["seller_id"] = [code for code in filters.get("seller_id", [seller]) if code == seller]
        found = list_deliveries(door.tx, filters, sort=asked.sort, rising=asked.rising, after=asked.after, rows=asked.rows)
        views = delivery_views(door.tx, found[: asked.limit], seller=seller)

        def key(delivery: Delivery) -> list[str]:
            return [rfc3339(part) if isinstance(part, datetime) else str(part) for part in place(delivery, asked.sort)]

        return door.answer(asked.page_of(views, found, key, count=lambda: count_deliveries(door.tx, filters)))


@router.get("/{delivery_id}")
def get_delivery(request: Request, delivery_id: str) -> Response:
    """One delivery with its parcels (deliveries.read)."""
    with read(request, "deliveries.read") as door:
        delivery = deliveries.ROWS.get(door.tx, delivery_id)
        need_own(door.caller, delivery)
        return door.answer(delivery_views(door.tx, [delivery], seller=door.caller.seller)[0])
