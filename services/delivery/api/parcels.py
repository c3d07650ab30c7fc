"""Looking at parcels and telling what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from services.delivery.actions.track import note_news
from services.delivery.api.body import Body, need_whole_shop
from services.delivery.api.views import parcel_views
from services.delivery.store import parcels
from shared.errors import Invalid
from shared.values.clock import parse_rfc3339
from shared.web.door import read, write

router = APIRouter(prefix="/admin/v1/parcels")

Words = Annotated[str, Field(min_length=1, max_length=500)]


class Proof(Body):
    """Who took the parcel, and what staff noted of it."""

    name: Words | None = None
    note: Words | None = None


class News(Body):
    """What happened, and when: now, or earlier."""

    state: Literal["in_transit", "out_for_delivery", "failed_attempt", "delivered", "returned_to_sender", "lost"]
    at: str | None = None
    text: Words | None = None
    proof: Proof | None = None


@router.get("/{parcel_id}")
def get_parcel(request: Request, parcel_id: str) -> Response:
    """One parcel with its news (deliveries.read)."""
    with read(request, "deliveries.read") as door:
        need_whole_shop(door.caller)
        return door.answer(parcel_views(door.tx, [parcels.ROWS.get(door.tx, parcel_id)])[0])


@router.post("/{parcel_id}/events")
def post_news(request: Request, parcel_id: str, body: News) -> Response:
    """Staff heard of the parcel (deliveries.write)."""
    with write(request, "deliveries.write") as door:
        need_whole_shop(door.caller)
        if body.proof is not None and body.state != "delivered":
            raise Invalid("is of a delivered parcel only", pointer="/proof")
        proof = None if body.proof is None else body.proof.model_dump(exclude_none=True)
        parcel = note_news(door.tx, parcel_id, body.state, at=_instant(body.at), text=body.text, proof=proof)
        return door.answer(parcel_views(door.tx, [parcel])[0])


def _instant(text: str | None) -> datetime | None:
    try:
        return None if text is None else parse_rfc3339(text)
    except ValueError:
        raise Invalid("is no RFC 3339 time with an offset", pointer="/at") from None
