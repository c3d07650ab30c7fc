"""What delivery tells of an order's goods and parcels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from services.orders.actions.projection import note
from services.orders.domain.parts import ARRIVAL, CANCELLED_UNITS, DELIVERY, PARCEL, PICKUP_READY, STARTED, TRACKING, Part
from shared.contracts.delivery import (
    DeliveryBackordered,
    DeliveryCancelled,
    DeliveryCreated,
    DeliveryDone,
    DeliveryEvent,
    DeliveryReady,
    DeliveryStarted,
    ParcelDelivered,
    ParcelMoved,
    PickupReady,
    TrackingChanged,
    UnitsCancelled,
)
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx

OUTGOING: Final = "outgoing"


def record_delivery(
    event: DeliveryCreated | DeliveryReady | DeliveryStarted | DeliveryBackordered | PickupReady | DeliveryCancelled, tx: Tx
) -> None:
    """An outgoing delivery is there, can be handed over, is worked at, waits at the counter, or will not be."""
    if event.order_id is None or event.kind != OUTGOING:
        return
    match event:
        case DeliveryStarted():
            note(tx, event.order_id, Part(STARTED, event.delivery_id, event.envelope.aggregate_seq, {"picker": event.picker}))
        case PickupReady():
            note(tx, event.order_id, Part(PICKUP_READY, event.delivery_id, event.envelope.aggregate_seq, {"code": event.code}))
        case DeliveryBackordered():
            # Older than any word of the backorder's own.
            waiting = {
                "number": event.backorder_number,
                "state": "waiting_stock",
                "last": False,
                "pickup": False,
                "units": {},
                "tracking": {},
            }
            note(tx, event.order_id, Part(DELIVERY, event.backorder_id, 0, waiting))
        case _:
            note(tx, event.order_id, _delivery(event, last=False, pickup=False, units={}, tracking={}))


def record_cancelled_units(event: UnitsCancelled, tx: Tx) -> None:
    """Units that the customer will not get any more."""
    units = _units((line.line_id, line.quantity) for line in event.lines)
    record_id = f"{event.delivery_id}:{event.reason}"
    note(tx, event.order_id, Part(CANCELLED_UNITS, record_id, event.envelope.aggregate_seq, {"units": units}))


def record_delivered(event: DeliveryDone, tx: Tx) -> None:
    """What left the house, or one step of the way to the door."""
    if event.order_id is not None and event.kind == OUTGOING:
        units = _units((line.line_id, line.done) for line in event.lines)
        tracking = {parcel.id: parcel.tracking_number for parcel in event.parcels if parcel.tracking_number}
        note(tx, event.order_id, _delivery(event, last=event.last, pickup=event.pickup, units=units, tracking=tracking))


def record_tracking(event: ParcelMoved | TrackingChanged, tx: Tx) -> None:
    """Where a parcel is, and under which number."""
    if event.order_id is None:
        return
    seq = event.envelope.aggregate_seq
    if isinstance(event, TrackingChanged):
        values = {"carrier": event.carrier, "tracking_number": event.tracking_number}
        note(tx, event.order_id, Part(TRACKING, event.parcel_id, seq, values))
        return
    values = {"state": event.state, "at": event.at, "carrier": event.carrier, "tracking_number": event.tracking_number}
    note(tx, event.order_id, Part(PARCEL, event.parcel_id, seq, values))


def record_arrival(event: ParcelDelivered, tx: Tx) -> None:
    """What is at the customer's: the return period of these units begins (R-DLV-16)."""
    if event.order_id is None:
        return
    units = _units((line.line_id, line.quantity) for line in event.lines)
    values = {"units": units, "at": event.at, "time_zone": shop_settings(tx).store.time_zone}
    note(tx, event.order_id, Part(ARRIVAL, event.parcel_id, event.envelope.aggregate_seq, values))


def _delivery(event: DeliveryEvent, *, last: bool, pickup: bool, units: dict[str, int], tracking: dict[str, str]) -> Part:
    values = {"number": event.number, "state": event.state, "last": last, "pickup": pickup, "units": units, "tracking": tracking}
    return Part(DELIVERY, event.delivery_id, event.envelope.aggregate_seq, values)


def _units(lines: Iterable[tuple[str | None, int]]) -> dict[str, int]:
    # Goods in a delivery that belong to no line of the order are not the order's.
    units: dict[str, int] = {}
    for line_id, quantity in lines:
        if line_id is not None:
            units[line_id] = units.get(line_id, 0) + quantity
    return units
