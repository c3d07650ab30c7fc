"""Looking at holds and firm reservations."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.delivery.api.body import need_whole_shop
from services.delivery.api.views import reservation_views
from services.delivery.domain.reservation import RESERVATION
from services.delivery.store import reservations
from shared.web.door import read
from shared.web.listing import listing, read_filters, some_of, texts

router = APIRouter(prefix="/admin/v1/reservations")

FILTERS: Final = {"order_id": texts, "sku": texts, "kind": some_of("hold", "firm"), "state": some_of(*RESERVATION.states)}


@router.get("")
def list_reservations(request: Request) -> Response:
    """Newest first (stock.read)."""
    with read(request, "stock.read") as door:
        need_whole_shop(door.caller)
        asked = listing(request, FILTERS, key=(str,))
        after = None if asked.after is None else asked.after[0]
        filters = read_filters(asked.filters, FILTERS)
        found = reservations.list_reservations(door.tx, filters, after=after, limit=asked.rows)
        views = reservation_views(door.tx, found[: asked.limit])
        return door.answer(
            asked.page_of(
                views, found, lambda reservation: (reservation.id,), count=lambda: reservations.count_reservations(door.tx, filters)
            )
        )
