"""Records as the API shows them (api.md, section 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.delivery.domain.delivery import OPEN, Delivery, DeliveryLine
from services.delivery.domain.parcel import Parcel, ParcelLine, ParcelNews
from services.delivery.domain.reservation import Reservation, per_line
from services.delivery.domain.shelf import Piece, Place, levels_of
from services.delivery.store import deliveries as delivery_store
from services.delivery.store import parcels as parcel_store
from services.delivery.store import reservations as reservation_store
from services.delivery.store.deliveries import NO_LINKS
from services.delivery.store.moves import ListedMove
from services.delivery.store.orders import hold_reasons_of
from shared.db.tx import Tx
from shared.values.clock import rfc3339


def stock_view(sku: str, places: Sequence[Place], scrapped: int) -> dict[str, Any]:
    """A Stock. One that was never counted has nothing anywhere."""
    levels = levels_of(places)
    return {
        "sku": sku,
        "on_hand": levels.on_hand,
        "reserved": levels.reserved,
        "held": levels.held,
        "available": levels.available,
        "scrapped": scrapped,
        "locations": [
            {"warehouse": place.warehouse, "location": place.location, "on_hand": place.on_hand, "reserved": place.reserved}
            for place in places
        ],
    }


def move_view(move: ListedMove) -> dict[str, Any]:
    """A StockMove."""
    return {
        "id": move.id,
        "sku": move.sku,
        "quantity": move.quantity,
        "reason": move.reason,
        "warehouse": move.warehouse,
        "location": move.location,
        "delivery_id": move.delivery_id,
        "note": move.note,
        "actor": move.actor,
        "at": rfc3339(move.at),
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


def delivery_views(tx: Tx, found: Sequence[Delivery], *, seller: str | None) -> list[dict[str, Any]]:
    """Deliveries with lines and parcels, in seven queries however many there are. `seller`: as they may see it, without notes."""
    ids = [delivery.id for delivery in found]
    lines = delivery_store.lines_of(tx, ids)
    links = delivery_store.links_of(tx, [delivery.id for delivery in found if _has_links(delivery, lines[delivery.id])])
    at_the_shelf = [delivery.reservation_id for delivery in found if delivery.state in ("waiting_stock", "ready")]
    pieces = reservation_store.pieces_of(tx, at_the_shelf)
    held = hold_reasons_of(tx, {delivery.order_id for delivery in found if delivery.outgoing and delivery.state in OPEN})
    parcels: dict[str, list[dict[str, Any]]] = {key: [] for key in ids}
    for view in parcel_views(tx, parcel_store.of_deliveries(tx, ids)):
        parcels[view["delivery_id"]].append(view)
    views = []
    for delivery in found:
        # Only the open step of a chain has the goods.
        own = pieces[delivery.reservation_id] if delivery.outgoing and delivery.state in ("waiting_stock", "ready") else []
        reasons = held.get(delivery.order_id, []) if delivery.outgoing and delivery.state in OPEN else []
        view = _delivery_view(delivery, lines[delivery.id], own, now=tx.now)
        view |= {"held": bool(reasons), "hold_reasons": reasons, "parcels": parcels[delivery.id]}
        around = links.get(delivery.id, NO_LINKS)
        view |= {"next": around.next, "backorders": around.backorders}
        views.append(view if seller is None else view | {"customer_note": None})
    return views


def _has_links(delivery: Delivery, lines: Sequence[DeliveryLine]) -> bool:
    """Whether anything may follow it: a next step, or a backorder of what it left behind."""
    return not delivery.last or (delivery.state == "done" and any(line.done < line.quantity for line in lines))


def _delivery_view(delivery: Delivery, lines: Sequence[DeliveryLine], pieces: Sequence[Piece], *, now: datetime) -> dict[str, Any]:
    reserved = per_line(pieces)
    places = {piece.line_id: piece.location for piece in reversed(pieces)}
    return {
        "id": delivery.id,
        "number": delivery.number,
        "order_id": delivery.order_id,
        "kind": delivery.kind,
        "step": delivery.step,
        "warehouse": delivery.warehouse,
        "seller_id": delivery.seller_id,
        "state": delivery.state,
        "shipping_policy": delivery.shipping_policy,
        "backorder_policy": delivery.backorder_policy,
        "shipping_method": delivery.shipping_method,
        "carrier": delivery.carrier,
        "pickup": delivery.pickup,
        "pickup_code": delivery.pickup_code,
        "customer_note": delivery.customer_note,
        "started_at": _instant(delivery.started_at),
        "picker": delivery.picker,
        "priority": delivery.priority,
        "lines": [_line_view(line, reserved, places) for line in lines],
        "previous": [] if delivery.previous_id is None else [delivery.previous_id],
        "backorder_of": delivery.backorder_of,
        "shipping_address": delivery.shipping_address,
        "scheduled_at": _instant(delivery.scheduled_at),
        "deadline_at": _instant(delivery.deadline_at),
        "late": delivery.is_late(now),
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
