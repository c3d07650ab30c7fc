"""Facts told by delivery."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from shared.contracts.base import Event, Model


class StockLine(Model):
    """Units of one order line."""

    line_id: str
    sku: str
    quantity: int


class Missing(Model):
    """Units of a sku that the shelf does not have."""

    sku: str
    missing: int


class ParcelLine(Model):
    """What is in a parcel."""

    line_id: str | None = None
    sku: str
    name: str
    quantity: int


class ParcelContent(Model):
    """A parcel of a delivery that was handed over. `tracking_number` and `tracking_url` are None, never empty (R-NOT-07)."""

    id: str
    carrier: str
    tracking_number: str | None = None
    tracking_url: str | None = None
    lines: tuple[ParcelLine, ...]


class ReservationEvent(Event):
    """Base of the facts about what is held or reserved for an order."""

    aggregate: ClassVar[str] = "reservation"
    aggregate_field: ClassVar[str] = "reservation_id"
    reservation_id: str
    order_id: str
    submission: int


class StockHeld(ReservationEvent):
    """Held until `expires_at`: at submit, or while staff confirm (R-STK-03)."""

    name = "delivery.stock_held"
    lines: tuple[StockLine, ...]
    expires_at: str


class StockReleased(ReservationEvent):
    """Free again. `reason`: expired, reopened, cancelled, submitted anew, the delivery called off, or a confirm by staff that failed."""

    name = "delivery.stock_released"
    lines: tuple[StockLine, ...]
    reason: str


class HoldDue(ReservationEvent):
    """The hold's time is over; billing decides whether money is moving. `attempt` counts prolongations.

    `on_expiry` is what the submit asked for, for an order of which billing knows no payment.
    """

    name = "delivery.hold_due"
    once_per = ("reservation_id", "attempt")
    attempt: int
    on_expiry: Literal["cancel", "release"] | None = None


class HoldLapsed(ReservationEvent):
    """Internal work: the time of a hold that staff had for their confirm is over; it is given back, and the order is left alone."""

    name = "delivery.hold_lapsed"
    internal = True
    once_per = ("reservation_id", "attempt")
    attempt: int


class HoldExpired(ReservationEvent):
    """The hold ended without money, or without the confirm that staff had it for."""

    name = "delivery.hold_expired"
    lines: tuple[StockLine, ...]


class StockReserved(ReservationEvent):
    """Firmly reserved for a confirmed order."""

    name = "delivery.stock_reserved"
    lines: tuple[StockLine, ...]
    complete: bool


class StockShort(ReservationEvent):
    """A confirmed order waits for goods (R-STK-07)."""

    name = "delivery.stock_short"
    lines: tuple[Missing, ...]


class StockChanged(Event):
    """What can be sold of a sku, over all places: available = on_hand - reserved - held."""

    name = "delivery.stock_changed"
    aggregate: ClassVar[str] = "stock"
    aggregate_field: ClassVar[str] = "sku"
    sku: str
    on_hand: int
    reserved: int
    held: int
    available: int


class ShippingMethodChanged(Event):
    """A shipping method as it is now; orders prices carts from its copy."""

    name = "delivery.shipping_method_changed"
    aggregate: ClassVar[str] = "shipping_method"
    aggregate_field: ClassVar[str] = "code"
    code: str
    method_version: int
    values: dict[str, Any]
    """The ShippingMethod of api.md, section 6."""


class DeliveryLine(Model):
    """A line of a delivery."""

    delivery_line_id: str
    line_id: str | None = None
    sku: str
    name: str
    quantity: int
    reserved: int
    done: int


class DeliveryEvent(Event):
    """Base of the facts about one delivery."""

    aggregate: ClassVar[str] = "delivery"
    aggregate_field: ClassVar[str] = "delivery_id"
    delivery_id: str
    order_id: str | None = None
    number: str
    kind: str
    step: str | None = None
    state: str
    warehouse: str | None = None
    seller_id: str | None = None
    last: bool = True
    """The chain's last step: what hands over to the customer."""
    pickup: bool = False
    lines: tuple[DeliveryLine, ...]


class DeliveryCreated(DeliveryEvent):
    """A step of the order's chain is there (R-DLV-01), or goods of a chain that was called off are to be put back (R-DLV-11)."""

    name = "delivery.delivery_created"


class DeliveryReady(DeliveryEvent):
    """Its goods are reserved as its policy asks, or have come from the step before; it can be handed over."""

    name = "delivery.delivery_ready"


class DeliveryStarted(DeliveryEvent):
    """Somebody is at it (A5, R-DLV-07)."""

    name = "delivery.delivery_started"
    picker: str | None = None


class DeliveryBackordered(DeliveryEvent):
    """What was not handed over waits in a delivery of its own (A8). `lines` are those of the backorder."""

    name = "delivery.delivery_backordered"
    once_per = ("delivery_id",)
    backorder_id: str
    backorder_number: str


class UnitsCancelled(Event):
    """Units of an order that nobody will get any more (A8, R-DLV-05)."""

    name = "delivery.units_cancelled"
    aggregate: ClassVar[str] = "delivery"
    aggregate_field: ClassVar[str] = "delivery_id"
    once_per = ("delivery_id", "reason")
    delivery_id: str
    order_id: str
    reason: Literal["shortage", "refund", "change"]
    lines: tuple[StockLine, ...]


class PickupReady(DeliveryEvent):
    """The customer may fetch it, with this code (R-DLV-21)."""

    name = "delivery.pickup_ready"
    once_per = ("delivery_id",)
    code: str


class DeliveryCancelled(DeliveryEvent):
    """It will not be handed over."""

    name = "delivery.delivery_cancelled"


class DeliveryDone(DeliveryEvent):
    """Its goods went on to the next step, or with the `last` one left the house. `to_customer`: with the last one, and no pickup."""

    name = "delivery.delivery_done"
    to_customer: bool
    parcels: tuple[ParcelContent, ...]
    remaining: tuple[DeliveryLine, ...] = ()
    notify: bool
    done_at: str


class ParcelEvent(Event):
    """Base of the facts about one parcel."""

    aggregate: ClassVar[str] = "parcel"
    aggregate_field: ClassVar[str] = "parcel_id"
    parcel_id: str
    delivery_id: str
    order_id: str | None = None


class ParcelPacked(ParcelEvent):
    """Lines are in a parcel."""

    name = "delivery.parcel_packed"
    lines: tuple[ParcelLine, ...]


class ParcelMoved(ParcelEvent):
    """News of a parcel, by the carrier or by staff. `at` is when it happened, which may lie in the past."""

    name = "delivery.parcel_moved"
    state: str
    at: str
    carrier: str
    tracking_number: str | None = None
    text: str | None = None
    source: Literal["carrier", "staff"] = "staff"


class ParcelDelivered(ParcelEvent):
    """At the customer's: the return period begins (R-DLV-16)."""

    name = "delivery.parcel_delivered"
    once_per = ("parcel_id",)
    at: str
    lines: tuple[ParcelLine, ...]


class TrackingChanged(ParcelEvent):
    """A parcel's carrier or number came later, or was put right; None: it has none after all."""

    name = "delivery.tracking_changed"
    carrier: str
    tracking_number: str | None = None
    tracking_url: str | None = None
