"""Records as the API shows them (api.md, section 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.delivery.domain.delivery import Delivery, DeliveryLine
from services.delivery.domain.parcel import Parcel, ParcelLine, ParcelNews
from services.delivery.domain.reservation import Reservation, per_line
from services.delivery.domain.shelf import Piece, Place, levels_of
from services.delivery.store import deliveries as delivery_store
from services.delivery.store import parcels as parcel_store
from services.delivery.store import reservations as reservation_store
from shared.db.tx import Tx
from shared.values.clock import rfc3339


def stock_view(sku: str, places: Sequence[Place]) -> dict[str, Any]:
    """A Stock. One that was never counted has nothing anywhere."""
    levels = levels_of(places)
    return {
        "sku": sku,
        "on_hand": levels.on_hand,
        "reserved": levels.reserved,
        "held": levels.held,
        "available": levels.available,
        "locations": [
            {"warehouse": place.warehouse, "location": place.location, "on_hand": place.on_hand, "reserved": place.reserved}
            for place in places
        ],
    }


def reservation_view(reservation: Reservation, pieces: Sequence[Piece]) -> dict[str, Any]:
    """A Reservation."""
    return {
        "id": reservation.id,
        "order_id": reservation.order_id,
        "kind": reservation.kind,
        "state": reservation.state,
        "expires_at": _instant(reservation.expires_at),
        "lines": [
            {
                "order_line_id": piece.line_id,
                "sku": piece.sku,
                "quantity": piece.quantity,
                "warehouse": piece.warehouse,
                "location": piece.location,
            }
            for piece in pieces
        ],
        "created_at": rfc3339(reservation.created_at),
    }


def reservation_views(tx: Tx, found: Sequence[Reservation]) -> list[dict[str, Any]]:
    """Reservations with their pieces, in two queries however many there are."""
    pieces = reservation_store.pieces_of(tx, [reservation.id for reservation in found])
    return [reservation_view(reservation, pieces[reservation.id]) for reservation in found]


def delivery_views(tx: Tx, found: Sequence[Delivery]) -> list[dict[str, Any]]:
    """Deliveries with lines and parcels, in five queries however many there are."""
    lines = delivery_store.lines_of(tx, [delivery.id for delivery in found])
    open_ones = [delivery.reservation_id for delivery in found if delivery.state in ("waiting_stock", "ready")]
    pieces = reservation_store.pieces_of(tx, open_ones)
    parcels: dict[str, list[dict[str, Any]]] = {delivery.id: [] for delivery in found}
    for view in parcel_views(tx, parcel_store.of_deliveries(tx, list(parcels))):
        parcels[view["delivery_id"]].append(view)
    return [
        _delivery_view(delivery, lines[delivery.id], pieces.get(delivery.reservation_id, []), parcels[delivery.id]) for delivery in found
    ]


def _delivery_view(
    delivery: Delivery, lines: Sequence[DeliveryLine], pieces: Sequence[Piece], parcels: list[dict[str, Any]]
) -> dict[str, Any]:
    reserved = per_line(pieces)
    places = {piece.line_id: piece.location for piece in reversed(pieces)}
    return {
        "id": delivery.id,
        "number": delivery.number,
        "order_id": delivery.order_id,
        "kind": delivery.kind,
        "step": delivery.step,
        "warehouse": delivery.warehouse,
        "state": delivery.state,
        "shipping_method": delivery.shipping_method,
        "carrier": delivery.carrier,
        "customer_note": delivery.customer_note,
        "lines": [_line_view(line, reserved, places) for line in lines],
        "parcels": parcels,
        "shipping_address": delivery.shipping_address,
        "done_at": _instant(delivery.done_at),
    }


def _line_view(line: DeliveryLine, reserved: Mapping[str, int], places: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": line.id,
        "order_line_id": line.order_line_id,
        "sku": line.sku,
        "name": line.name,
        "attributes": line.attributes,
        "barcode": line.barcode,
        "quantity": line.quantity,
        "reserved": reserved.get(line.order_line_id, 0),
        "done": line.done,
        "location": places.get(line.order_line_id),
    }


def parcel_views(tx: Tx, found: Sequence[Parcel]) -> list[dict[str, Any]]:
    """Parcels with lines and news, in two queries however many there are."""
    ids = [parcel.id for parcel in found]
    lines, news = parcel_store.lines_of(tx, ids), parcel_store.news_of(tx, ids)
    return [_parcel_view(parcel, lines[parcel.id], news[parcel.id]) for parcel in found]


def for_customers(parcel: Mapping[str, Any]) -> dict[str, Any]:
    """A parcel as its customer may see it: without who signed for it and what staff noted of that (R-ORD-67)."""
    return {key: value for key, value in parcel.items() if key not in ("delivery_id", "proof")}


def _parcel_view(parcel: Parcel, lines: Sequence[ParcelLine], news: Sequence[ParcelNews]) -> dict[str, Any]:
    return {
        "id": parcel.id,
        "delivery_id": parcel.delivery_id,
        "order_id": parcel.order_id,
        "state": parcel.state,
        "lines": [{"order_line_id": line.order_line_id, "sku": line.sku, "quantity": line.quantity} for line in lines],
        "weight_g": parcel.weight_g,
        "carrier": parcel.carrier,
        "tracking_number": parcel.tracking_number,
        "tracking_url": None,
        "events": [{"at": rfc3339(item.at), "state": item.state, "text": item.text, "source": item.source} for item in news],
        "delivered_at": _instant(parcel.delivered_at),
        "proof": parcel.proof,
    }


def _instant(value: datetime | None) -> str | None:
    return None if value is None else rfc3339(value)
