"""The history of an order, over all services."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.notifications import store
from services.notifications.domain.timeline import KINDS, entry_of
from services.notifications.errors import TimelineNotFound
from shared.errors import Forbidden
from shared.settings import SERVICES
from shared.values.ids import is_id
from shared.web.door import read
from shared.web.listing import choices_of, query_of

router = APIRouter()


@router.get("/admin/v1/orders/{order_id}/timeline")
def timeline(request: Request, order_id: str) -> Response:
    """TimelineEntry[], oldest first, cause before effect; `position` counts within the whole timeline, also when it is filtered."""
    with read(request, "orders.read") as door:
        if door.caller.seller is not None:
            # It tells of the other sellers' lines, of payments and of the customer (R-ACC-06).
            raise Forbidden("orders.read")
        query = query_of(request, "service", "kind")
        services = choices_of(query, "service", SERVICES)
        kinds = choices_of(query, "kind", KINDS)
        envelopes = store.events.of_order(door.tx, order_id) if is_id(order_id, "ord") else []
        if not envelopes:
            raise TimelineNotFound(order_id)
        entries = [entry_of(envelope, position) for position, envelope in enumerate(envelopes, start=1)]
        shown = [
            entry for entry in entries if (services is None or entry["service"] in services) and (kinds is None or entry["kind"] in kinds)
        ]
        return door.answer({"data": shown})
