"""What delivery tells of stock and shipping methods."""

from __future__ import annotations

from services.orders.actions.projection import note
from services.orders.domain.parts import RESERVED, SHORTAGE, Part
from services.orders.store.parts import copy_method, record_available
from shared.contracts.delivery import ShippingMethodChanged, StockChanged, StockReserved, StockShort
from shared.db.tx import Tx


def record_reserved(event: StockReserved, tx: Tx) -> None:
    """What is firmly reserved for the order."""
    units: dict[str, int] = {}
    for line in event.lines:
        units[line.line_id] = units.get(line.line_id, 0) + line.quantity
    values = {"units": units, "complete": event.complete}
    note(tx, event.order_id, Part(RESERVED, event.reservation_id, event.envelope.aggregate_seq, values))


def record_shortage(event: StockShort, tx: Tx) -> None:
    """What the shelf does not have for a confirmed order (R-STK-07)."""
    missing = {line.sku: line.missing for line in event.lines}
    note(tx, event.order_id, Part(SHORTAGE, event.reservation_id, event.envelope.aggregate_seq, {"missing": missing}))


def record_availability(event: StockChanged, tx: Tx) -> None:
    """What carts warn by (R-ORD-04)."""
    record_available(tx, event.sku, seq=event.envelope.aggregate_seq, available=event.available)


def copy_shipping_method(event: ShippingMethodChanged, tx: Tx) -> None:
    """What carts are priced by."""
    copy_method(tx, event.code, method_version=event.method_version, values=event.values)
