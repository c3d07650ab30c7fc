"""Looking at deliveries and handing them over."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.delivery.actions.validate import validate_delivery
from services.delivery.api.body import Body, Code, TypedCode, need_whole_shop
from services.delivery.api.views import delivery_views
from services.delivery.domain.delivery import DELIVERY
from services.delivery.store import deliveries
from shared.web.door import read, write
from shared.web.listing import listing, values_of

router = APIRouter(prefix="/admin/v1/deliveries")

FILTERS: Final = {"order_id": None, "state": DELIVERY.states}


class Validation(Body):
    """How a delivery leaves. All of it does."""

    tracking_number: TypedCode | None = None
    carrier: Code | None = None
    notify: bool | None = None


@router.get("")
def list_deliveries(request: Request) -> Response:
    """Newest first (deliveries.read)."""
    with read(request, "deliveries.read") as door:
        need_whole_shop(door.caller)
        asked = listing(request, FILTERS, key=(str,))
        after = None if asked.after is None else asked.after[0]
        found = deliveries.list_deliveries(door.tx, values_of(asked.filters, FILTERS), after=after, limit=asked.rows)
        views = delivery_views(door.tx, found[: asked.limit])
        return door.answer(asked.page_of(views, found, lambda delivery: (delivery.id,)))


@router.get("/{delivery_id}")
def get_delivery(request: Request, delivery_id: str) -> Response:
    """One delivery with its parcels (deliveries.read)."""
    with read(request, "deliveries.read") as door:
        need_whole_shop(door.caller)
        return door.answer(delivery_views(door.tx, [deliveries.ROWS.get(door.tx, delivery_id)])[0])


@router.post("/{delivery_id}/validate")
def post_validate(request: Request, delivery_id: str, body: Validation | None = None) -> Response:
    """Hands the delivery over (deliveries.write). Done already: 200, unchanged."""
    with write(request, "deliveries.write") as door:
        need_whole_shop(door.caller)
        body = body or Validation()
        done = validate_delivery(door.tx, delivery_id, tracking_number=body.tracking_number, carrier=body.carrier, notify=body.notify)
        return door.answer(delivery_views(door.tx, [done])[0])
