"""Deliveries and their parcels."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from pydantic import Field

from shared.contracts.api.public.kinds import (
    Code,
    Count,
    DeliveryId,
    DeliveryLineId,
    FreeObject,
    Instant,
    LineId,
    OrderId,
    Page,
    ParcelId,
    Shown,
    Sku,
)
from shared.contracts.api.public.path import COUNTED, Answer, Path, Query, Subject, flag, sorted_by, staff
from shared.values.address import Address

DeliveryState = Literal["draft", "waiting_operation", "waiting_stock", "ready", "done", "cancelled"]
Step = Literal["pick", "pack", "ship"]
ParcelState = Literal["packed", "in_transit", "out_for_delivery", "delivered", "failed_attempt", "returned_to_sender", "lost"]


class ParcelLine(Shown):
    """What is in a parcel."""

    order_line_id: LineId
    sku: Sku
    quantity: int = Field(examples=[2])


class ParcelEvent(Shown):
    """What happened to it, when it happened."""

    at: Instant
    state: ParcelState = Field(examples=["in_transit"])
    text: str | None = Field(examples=["left the depot"])
    source: Literal["carrier", "staff"]


class Proof(Shown):
    """Who took the parcel, and what was noted of it; what is not known is left out."""

    name: str = Field(default_factory=str, examples=["Sara Rad"])
    note: str = Field(default_factory=str, examples=["left with the neighbour"])


class CustomersParcel(Shown):
    """A parcel in its customer's eyes."""

    id: ParcelId
    order_id: OrderId
    state: ParcelState = Field(examples=["in_transit"])
    lines: list[ParcelLine]
    weight_g: int = Field(examples=[600])
    carrier: Code = Field(examples=["manual"])
    tracking_number: str | None = Field(examples=["1Z999"])
    tracking_url: str | None = Field(examples=[None])
    events: list[ParcelEvent]
    delivered_at: Instant | None = Field(examples=[None])


class Parcel(CustomersParcel):
    """A parcel in staff's eyes."""

    delivery_id: DeliveryId
    proof: Proof | None = Field(examples=[None])


class DeliveryLine(Shown):
    """Units to hand over; `done` of them left."""

    id: DeliveryLineId
    order_line_id: LineId
    sku: Sku
    name: str = Field(examples=["Blue mug"])
    attributes: FreeObject
    barcode: str | None = Field(examples=["4006381333931"])
    quantity: int = Field(examples=[2])
    reserved: int = Field(examples=[2])
    done: int = Field(examples=[0])
    location: Code | None = Field(examples=["stock"])


class Delivery(Shown):
    """Goods that leave together, or a step on their way. To sellers `customer_note` is null."""

    id: DeliveryId
    number: str = Field(examples=["DO000045"])
    order_id: OrderId
    kind: Literal["outgoing", "put_back"]
    step: Step | None = Field(examples=["ship"], description="Null: goods that go back to their shelf.")
    warehouse: Code = Field(examples=["main"])
    seller_id: Code | None = Field(examples=[None], description="The seller of all its lines.")
    state: DeliveryState = Field(examples=["ready"])
    held: bool
    hold_reasons: list[Literal["order", "payment_review", "payment_due"]] = Field(examples=[[]])
    shipping_policy: Literal["as_available", "all_at_once"]
    backorder_policy: Literal["always", "ask", "never"]
    shipping_method: Code | None = Field(examples=["standard"])
    carrier: Code | None = Field(examples=["manual"])
    pickup: bool
    pickup_code: str | None = Field(examples=[None], description="What the customer names at the counter.")
    customer_note: str | None = Field(examples=[None])
    started_at: Instant | None = Field(examples=[None])
    picker: str | None = Field(examples=[None])
    priority: int = Field(examples=[0], description="9 before 0.")
    scheduled_at: Instant | None = Field(examples=[None])
    deadline_at: Instant | None = Field(examples=["2031-05-06T16:00:00.000000Z"], description="What the customer was promised.")
    late: bool
    lines: list[DeliveryLine]
    parcels: list[Parcel] = Field(examples=[[]])
    previous: list[DeliveryId] = Field(examples=[[]])
    next: list[DeliveryId] = Field(examples=[[]])
    backorder_of: DeliveryId | None = Field(examples=[None])
    backorders: list[DeliveryId] = Field(examples=[[]])
    shipping_address: Address | None
    done_at: Instant | None = Field(examples=[None])


class DeliveryPage(Shown):
    """A page of deliveries."""

    data: list[Delivery]
    page: Page
    count: Count


class DeliveriesMade(Shown):
    """All steps that were made."""

    data: list[Delivery]


_AS_IT_IS: Final = {200: Answer(shape=Delivery, says="The delivery as it is now.")}


def _command(name: str, summary: str, *errors: str, takes: Any = None) -> Path:
    return Path(
        at=f"POST /admin/v1/deliveries/{{delivery_id}}/{name}",
        name=f"{name}_delivery",
        summary=summary,
        who=staff("deliveries.write"),
        takes=takes,
        answers=_AS_IT_IS,
        errors=("illegal_transition", *errors),
    )


SUBJECT: Final = Subject(
    name="Deliveries",
    says="What leaves the house, and what becomes of it on its way.",
    paths=(
        Path(
            at="GET /admin/v1/deliveries",
            name="list_deliveries",
            summary="List deliveries",
            who=staff("deliveries.read"),
            answers={200: Answer(shape=DeliveryPage, says="A page, newest first.")},
            paged=True,
            queries=(
                Query(name="order_id", example="ord_01KAVR5Z3M8QW4T7R2N5V0C1DE"),
                Query(name="state", one_of=get_args(DeliveryState)),
                Query(name="kind", one_of=("outgoing", "put_back")),
                Query(name="step", one_of=get_args(Step)),
                Query(name="warehouse", example="main"),
                Query(name="seller_id", example="potters"),
                Query(name="carrier", example="manual"),
                flag("late", "Whether its promise is passed and it is still here."),
                flag("held", "Whether its goods are to stay for now."),
                Query(name="q", says="Its number, or a parcel's tracking number.", several=False, example="DO000045"),
                sorted_by("created_at", "priority", "scheduled_at"),
                COUNTED,
            ),
        ),
        Path(
            at="GET /admin/v1/deliveries/{delivery_id}",
            name="get_delivery",
            summary="Look at a delivery",
            who=staff("deliveries.read"),
            answers={200: Answer(shape=Delivery, says="The delivery.")},
        ),
        _command("reserve", "Take from the shelf what a delivery misses", "out_of_stock"),
        _command("unreserve", "Give back what a delivery has reserved"),
        _command("start", "Begin with a delivery", "order_held"),
        _command("assign", "Plan a delivery", takes={"picker": "Ali", "priority": 5, "scheduled_at": "2031-05-02T09:00:00Z"}),
        _command("cancel", "Call a delivery off", takes={"reason": "The customer comes for it."}),
        _command(
            "validate",
            "Hand a delivery over, all of it or a part",
            "order_held",
            "backorder_decision_needed",
            "quantity_too_large",
            takes={"tracking_number": "1Z999", "carrier": "manual", "backorder": True, "notify": True},
        ),
        Path(
            at="POST /admin/v1/orders/{order_id}/deliveries",
            name="deliver_anew",
            summary="Deliver after all what was called off",
            who=staff("deliveries.write"),
            answers={
                201: Answer(shape=DeliveriesMade, says="What was made."),
                200: Answer(shape=DeliveriesMade, says="Nothing was called off, or it is in a delivery already.", example={"data": []}),
            },
        ),
        Path(
            at="GET /admin/v1/parcels/{parcel_id}",
            name="get_parcel",
            summary="Look at a parcel",
            who=staff("deliveries.read"),
            answers={200: Answer(shape=Parcel, says="The parcel.")},
        ),
        Path(
            at="PATCH /admin/v1/parcels/{parcel_id}",
            name="correct_parcel",
            summary="Put a parcel's number, carrier or weight right",
            who=staff("deliveries.write"),
            takes={"tracking_number": "1Z998", "weight_g": 640},
            answers={200: Answer(shape=Parcel, says="The parcel as it is now.")},
        ),
        Path(
            at="POST /admin/v1/parcels/{parcel_id}/events",
            name="tell_of_parcel",
            summary="Note what became of a parcel",
            who=staff("deliveries.write"),
            takes={"state": "delivered", "proof": {"name": "Sara Rad"}},
            answers={200: Answer(shape=Parcel, says="The parcel as it stands now.")},
            errors=("illegal_transition",),
        ),
    ),
)
