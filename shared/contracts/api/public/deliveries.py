"""Deliveries and their parcels."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from shared.contracts.api.public.kinds import (
    Code,
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
from shared.contracts.api.public.path import Answer, Path, Query, Subject, staff
from shared.values.address import Address

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
    """Goods that leave together."""

    id: DeliveryId
    number: str = Field(examples=["DO000045"])
    order_id: OrderId
    kind: Literal["outgoing"]
    step: Literal["ship"]
    warehouse: Code = Field(examples=["main"])
    state: Literal["draft", "waiting_stock", "ready", "done", "cancelled"] = Field(examples=["ready"])
    shipping_method: Code | None = Field(examples=["standard"])
    carrier: Code | None = Field(examples=["manual"])
    customer_note: str | None = Field(examples=[None])
    lines: list[DeliveryLine]
    parcels: list[Parcel] = Field(examples=[[]])
    shipping_address: Address | None
    done_at: Instant | None = Field(examples=[None])


class DeliveryPage(Shown):
    """A page of deliveries."""

    data: list[Delivery]
    page: Page


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
            errors=("not_found",),
            queries=(
                Query(name="order_id", example="ord_01KAVR5Z3M8QW4T7R2N5V0C1DE"),
                Query(name="state", one_of=("draft", "waiting_stock", "ready", "done", "cancelled")),
            ),
        ),
        Path(
            at="GET /admin/v1/deliveries/{delivery_id}",
            name="get_delivery",
            summary="Look at a delivery",
            who=staff("deliveries.read"),
            answers={200: Answer(shape=Delivery, says="The delivery.")},
        ),
        Path(
            at="POST /admin/v1/deliveries/{delivery_id}/validate",
            name="validate_delivery",
            summary="Hand a delivery over",
            who=staff("deliveries.write"),
            takes={"tracking_number": "1Z999", "carrier": "manual"},
            answers={200: Answer(shape=Delivery, says="The delivery, done.")},
            errors=("illegal_transition",),
        ),
        Path(
            at="GET /admin/v1/parcels/{parcel_id}",
            name="get_parcel",
            summary="Look at a parcel",
            who=staff("deliveries.read"),
            answers={200: Answer(shape=Parcel, says="The parcel.")},
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
