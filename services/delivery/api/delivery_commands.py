"""What staff and sellers do with a delivery."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from services.delivery.actions.cancel import cancel_delivery
from services.delivery.actions.chain_anew import deliver_anew
from services.delivery.actions.prepare import assign_delivery, reserve_delivery, start_delivery, unreserve_delivery
from services.delivery.actions.validate import HandOver, validate_delivery
from services.delivery.api.body import Body, Code, TypedCode, instant, need_own, need_whole_shop
from services.delivery.api.views import delivery_views
from services.delivery.domain.delivery import Delivery
from services.delivery.domain.handover import AskedUnits
from services.delivery.store import deliveries
from shared.errors import Invalid
from shared.web.door import Door, write

router = APIRouter(prefix="/admin/v1/deliveries/{delivery_id}")
of_order = APIRouter(prefix="/admin/v1/orders")

LARGEST_QUANTITY = 1_000_000_000


class Units(Body):
    """Units of a delivery's line."""

    line_id: str
    quantity: Annotated[int, Field(ge=1, le=LARGEST_QUANTITY)]


class Validation(Body):
    """How a delivery is handed over: `lines`, or all that is reserved. `backorder` overrides the frozen policy for the rest."""

    lines: Annotated[list[Units], Field(min_length=1, max_length=1000)] | None = None
    tracking_number: TypedCode | None = None
    carrier: Code | None = None
    backorder: bool | None = None
    notify: bool | None = None


class Assignment(Body):
    """Who is to do it, how urgent it is (9 before 0), and when; null takes picker and time away."""

    picker: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    priority: Annotated[int, Field(ge=0, le=9)] | None = None
    scheduled_at: str | None = None


class Cancellation(Body):
    """Why."""

    reason: Annotated[str, Field(min_length=1, max_length=500)] | None = None


@router.post("/validate")
def post_validate(request: Request, delivery_id: str, body: Validation | None = None) -> Response:
    """Hands the delivery over (deliveries.write). Done already: 200, unchanged."""
    with write(request, "deliveries.write") as door:
        _need(door, delivery_id)
        body = body or Validation()
        said = HandOver(
            units=None if body.lines is None else [AskedUnits(item.line_id, item.quantity) for item in body.lines],
            backorder=body.backorder,
            tracking_number=body.tracking_number,
            carrier=body.carrier,
            notify=body.notify,
        )
        return _answer(door, validate_delivery(door.tx, delivery_id, said))


@router.post("/reserve")
def post_reserve(request: Request, delivery_id: str) -> Response:
    """Takes what is free for it (deliveries.write)."""
    with write(request, "deliveries.write") as door:
        _need(door, delivery_id)
        return _answer(door, reserve_delivery(door.tx, delivery_id))


@router.post("/unreserve")
def post_unreserve(request: Request, delivery_id: str) -> Response:
    """Gives back what it has reserved, for others (deliveries.write)."""
    with write(request, "deliveries.write") as door:
        _need(door, delivery_id)
        return _answer(door, unreserve_delivery(door.tx, delivery_id))


@router.post("/start")
def post_start(request: Request, delivery_id: str) -> Response:
    """The caller begins with it (deliveries.write)."""
    with write(request, "deliveries.write") as door:
        _need(door, delivery_id)
        return _answer(door, start_delivery(door.tx, delivery_id, picker=door.caller.id or door.caller.name))


@router.post("/assign")
def post_assign(request: Request, delivery_id: str, body: Assignment) -> Response:
    """Plans it (deliveries.write)."""
    with write(request, "deliveries.write") as door:
        _need(door, delivery_id)
        said = {name: getattr(body, name) for name in body.model_fields_set}
        if said.get("priority", 0) is None:
            raise Invalid("is a number from 0 to 9", pointer="/priority")
        if "scheduled_at" in said:
            said["scheduled_at"] = instant(body.scheduled_at, pointer="/scheduled_at")
        return _answer(door, assign_delivery(door.tx, delivery_id, said))


@router.post("/cancel")
def post_cancel(request: Request, delivery_id: str, body: Cancellation | None = None) -> Response:
    """It will not be handed over, nor will a step of its chain (deliveries.write)."""
    with write(request, "deliveries.write") as door:
        _need(door, delivery_id)
        return _answer(door, cancel_delivery(door.tx, delivery_id, reason=(body or Cancellation()).reason))


@of_order.post("/{order_id}/deliveries")
def post_deliveries(request: Request, order_id: str) -> Response:
    """A chain for what is in none, as it was called off (deliveries.write); 200 and an empty list when there is nothing."""
    with write(request, "deliveries.write") as door:
        need_whole_shop(door.caller)
        made = deliver_anew(door.tx, order_id)
        return door.answer({"data": delivery_views(door.tx, made, seller=None)}, 201 if made else 200)


def _need(door: Door, delivery_id: str) -> None:
    if door.caller.seller is not None:
        need_own(door.caller, deliveries.ROWS.get(door.tx, delivery_id))


def _answer(door: Door, delivery: Delivery) -> Response:
    return door.answer(delivery_views(door.tx, [delivery], seller=door.caller.seller)[0])
