"""Our records in the words of the facts that tell of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from services.delivery.domain.delivery import Delivery, DeliveryLine
from services.delivery.domain.parcel import Parcel, ParcelLine
from services.delivery.domain.reservation import Reservation
from services.delivery.domain.shelf import Piece, Wanted
from shared.contracts import delivery as facts


def of_reservation(reservation: Reservation) -> dict[str, Any]:
    """What every fact about a reservation says."""
    return {"reservation_id": reservation.id, "order_id": reservation.order_id, "submission": reservation.submission}


def stock_lines(pieces: Iterable[Piece]) -> tuple[facts.StockLine, ...]:
    """Pieces by order line, over all places."""
    units: dict[tuple[str, str], int] = {}
    for piece in pieces:
        units[piece.line_id, piece.sku] = units.get((piece.line_id, piece.sku), 0) + piece.quantity
    return tuple(facts.StockLine(line_id=line_id, sku=sku, quantity=quantity) for (line_id, sku), quantity in units.items())


def missing(wanted: Iterable[Wanted]) -> tuple[facts.Missing, ...]:
    """What is short, by sku."""
    units: dict[str, int] = {}
    for line in wanted:
        units[line.sku] = units.get(line.sku, 0) + line.quantity
    return tuple(facts.Missing(sku=sku, missing=quantity) for sku, quantity in sorted(units.items()))


def of_delivery(delivery: Delivery, lines: Iterable[DeliveryLine], reserved: Mapping[str, int]) -> dict[str, Any]:
    """What every fact about a delivery says. `reserved`: units by order line."""
    return {
        "delivery_id": delivery.id,
        "order_id": delivery.order_id,
        "number": delivery.number,
        "kind": delivery.kind,
        "step": delivery.step,
        "state": delivery.state,
        "warehouse": delivery.warehouse,
        "seller_id": delivery.seller_id,
        "last": delivery.last,
        "pickup": delivery.pickup,
        "lines": delivery_lines(lines, reserved),
    }


def delivery_lines(lines: Iterable[DeliveryLine], reserved: Mapping[str, int]) -> tuple[facts.DeliveryLine, ...]:
    """Lines of deliveries. `reserved`: units by order line."""
    return tuple(
        facts.DeliveryLine(
            delivery_line_id=line.id,
            line_id=line.order_line_id,
            sku=line.sku,
            name=line.name,
            quantity=line.quantity,
            reserved=reserved.get(line.order_line_id, 0),
            done=line.done,
        )
        for line in lines
    )


def of_parcel(parcel: Parcel) -> dict[str, Any]:
    """What every fact about a parcel says."""
    return {"parcel_id": parcel.id, "delivery_id": parcel.delivery_id, "order_id": parcel.order_id}


def parcel_lines(lines: Iterable[ParcelLine]) -> tuple[facts.ParcelLine, ...]:
    """What is in a parcel."""
    return tuple(facts.ParcelLine(line_id=line.order_line_id, sku=line.sku, name=line.name, quantity=line.quantity) for line in lines)
