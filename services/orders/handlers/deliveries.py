"""What delivery tells of an order's goods and parcels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from services.orders.actions.projection import note
from services.orders.domain.parts import ARRIVAL, DELIVERY, HANDOVER, PARCEL, Part
from shared.contracts.delivery import (
    DeliveryCancelled,
    DeliveryCreated,
    DeliveryDone,
    DeliveryEvent,
    DeliveryLine,
    DeliveryReady,
    ParcelDelivered,
    ParcelMoved,
)
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx

OUTGOING: Final = "outgoing"


def record_delivery(event: DeliveryCreated | DeliveryReady | DeliveryCancelled, tx: Tx) -> None:
    """What an outgoing delivery holds for the order."""
    if event.order_id is not None and event.kind == OUTGOING:
        note(tx, event.order_id, _delivery(event, _units((line, line.reserved) for line in event.lines)))


def record_delivered(event: DeliveryDone, tx: Tx) -> None:
    """What left the house, or one step of the way to the door."""
    if event.order_id is None or event.kind != OUTGOING:
        return
    done = _units((line, line.done) for line in event.lines)
    handover = {"units": done, "last": event.last, "pickup": event.pickup}
    seq = event.envelope.aggregate_seq
    note(tx, event.order_id, _delivery(event, done), Part(HANDOVER, event.delivery_id, seq, handover))


def record_tracking(event: ParcelMoved, tx: Tx) -> None:
    """Where a parcel is."""
    if event.order_id is None:
        return
    values = {"state": event.state, "at": event.at, "carrier": event.carrier, "tracking_number": event.tracking_number}
    note(tx, event.order_id, Part(PARCEL, event.parcel_id, event.envelope.aggregate_seq, values))


def record_arrival(event: ParcelDelivered, tx: Tx) -> None:
    """What is at the customer's: the return period of these units begins (R-DLV-16)."""
    if event.order_id is None:
        return
    units: dict[str, int] = {}
    for line in event.lines:
        if line.line_id is not None:
            units[line.line_id] = units.get(line.line_id, 0) + line.quantity
    values = {"units": units, "at": event.at, "time_zone": shop_settings(tx).store.time_zone}
    note(tx, event.order_id, Part(ARRIVAL, event.parcel_id, event.envelope.aggregate_seq, values))


def _delivery(event: DeliveryEvent, units: dict[str, int]) -> Part:
    values = {"number": event.number, "state": event.state, "step": event.step, "units": units}
    return Part(DELIVERY, event.delivery_id, event.envelope.aggregate_seq, values)


def _units(lines: Iterable[tuple[DeliveryLine, int]]) -> dict[str, int]:
    units: dict[str, int] = {}
    for line, quantity in lines:
        if line.line_id is not None:
            units[line.line_id] = units.get(line.line_id, 0) + quantity
    return units
