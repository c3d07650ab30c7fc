"""Commands of the gateway: holding goods, and delivery's part of an order's page."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.delivery.actions.hold import hold_stock
from services.delivery.actions.release import give_back_hold
from services.delivery.api.views import delivery_views, for_customers, parcel_views, reservation_views
from services.delivery.store import deliveries, parcels
from shared.contracts.api.record_payment import GiveBackHold
from shared.contracts.api.submit import HoldStock
from shared.errors import Invalid
from shared.web.door import internal, internal_read

router = APIRouter(prefix="/internal/v1")

EYES: Final = ("customer", "staff")


@router.post("/holds")
def post_hold(request: Request, body: HoldStock) -> Response:
    """Holds the goods of a submission; `{reservation: Reservation | null}`, null when it was only a look."""
    with internal(request) as door:
        held = hold_stock(door.tx, body)
        return door.answer({"reservation": None if held is None else reservation_views(door.tx, [held])[0]})


@router.post("/holds/give_back")
def post_give_back(request: Request, body: GiveBackHold) -> Response:
    """A confirm by staff failed after it had held; `{given_back}`, false when there was nothing of theirs."""
    with internal(request) as door:
        return door.answer({"given_back": give_back_hold(door.tx, body.order_id, body.submission)})


@router.get("/orders/{order_id}/parts")
def get_parts(request: Request, order_id: str) -> Response:
    """`{deliveries, parcels}` of an order, for customers' or for staff's eyes. Customers see parcels only."""
    with internal_read(request) as door:
        eyes = request.query_params.get("eyes")
        if eyes not in EYES:
            raise Invalid(f"is one of {', '.join(EYES)}", pointer="/eyes")
        views = parcel_views(door.tx, parcels.of_order(door.tx, order_id))
        if eyes == "customer":
            return door.answer({"deliveries": [], "parcels": [for_customers(view) for view in views]})
        return door.answer({"deliveries": delivery_views(door.tx, deliveries.of_order(door.tx, order_id), seller=None), "parcels": views})
