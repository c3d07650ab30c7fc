"""The feed: every fact of every service, for good."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.notifications import store
from services.notifications.domain.timeline import WORDINGS, without_secrets
from services.notifications.errors import UnknownEvent
from shared.web.door import read
from shared.web.listing import choices_of, limit_of, query_of

router = APIRouter()

_TYPES: Final = tuple(WORDINGS)


@router.get("/admin/v1/events")
def feed(request: Request) -> Response:
    """Events, oldest first, in the order in which they came to be known. `after` is the last event that one has."""
    with read(request, "ops.read") as door:
        query = query_of(request, "after", "types", "order_id", "limit")
        limit = limit_of(query)
        types = choices_of(query, "types", _TYPES)
        position = 0
        if "after" in query:
            found = store.events.position_of(door.tx, query["after"])
            if found is None:
                raise UnknownEvent(query["after"])
            position = found
        envelopes = store.events.after(door.tx, position, types=types, order_id=query.get("order_id"), limit=limit + 1)
        shown, more = envelopes[:limit], len(envelopes) > limit
        page = {"next": shown[-1]["id"] if more else None, "has_more": more}
        return door.answer({"data": [without_secrets(envelope) for envelope in shown], "page": page})
