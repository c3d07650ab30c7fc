"""Looking at parcels and telling what became of them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from services.delivery.actions.track import change_parcel, note_news
from services.delivery.api.body import Body, Code, TypedCode, instant, need_own
from services.delivery.api.views import parcel_views
from services.delivery.store import deliveries, parcels
from shared.errors import Invalid
from shared.web.door import Door, read, write

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


class Correction(Body):
    """What changes; a tracking number of null: it has none after all."""

    tracking_number: TypedCode | None = None
    carrier: Code | None = None
    weight_g: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None


@router.get("/{parcel_id}")
def get_parcel(request: Request, parcel_id: str) -> Response:
    """One parcel with its news (deliveries.read)."""
    with read(request, "deliveries.read") as door:
        _need(door, parcel_id)
        return door.answer(parcel_views(door.tx, [parcels.ROWS.get(door.tx, parcel_id)])[0])


@router.patch("/{parcel_id}")
def patch_parcel(request: Request, parcel_id: str, body: Correction) -> Response:
    """A number that came later, or something put right (deliveries.write)."""
    with write(request, "deliveries.write") as door:
        _need(door, parcel_id)
        said = {name: getattr(body, name) for name in body.model_fields_set}
        for name in ("carrier", "weight_g"):
            if said.get(name, "") is None:
                raise Invalid("every parcel has one", pointer=f"/{name}")
        return door.answer(parcel_views(door.tx, [change_parcel(door.tx, parcel_id, said)])[0])


@router.post("/{parcel_id}/events")
def post_news(request: Request, parcel_id: str, body: News) -> Response:
    """Staff heard of the parcel (deliveries.write)."""
    with write(request, "deliveries.write") as door:
        _need(door, parcel_id)
        if body.proof is not None and body.state != "delivered":
            raise Invalid("is of a delivered parcel only", pointer="/proof")
        proof = None if body.proof is None else body.proof.model_dump(exclude_none=True)
        parcel = note_news(door.tx, parcel_id, body.state, at=instant(body.at, pointer="/at"), text=body.text, proof=proof)
        return door.answer(parcel_views(door.tx, [parcel])[0])


def _need(door: Door, parcel_id: str) -> None:
    if door.caller.seller is not None:
        delivery = deliveries.ROWS.get(door.tx, parcels.ROWS.get(door.tx, parcel_id).delivery_id)
        # Another's parcel is as if there were none: its delivery is not named either.
        need_own(door.caller, delivery, asked=f"parcel {parcel_id}")
