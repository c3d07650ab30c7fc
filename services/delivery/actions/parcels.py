"""Packing what a delivery hands over, and sending it off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.delivery.actions import facts
from services.delivery.domain.delivery import Delivery, DeliveryLine
from services.delivery.domain.parcel import Parcel, ParcelLine, ParcelNews
from services.delivery.store import parcels
from shared.contracts.delivery import ParcelContent, ParcelDelivered, ParcelMoved, ParcelPacked
from shared.db.tx import Tx
from shared.values.clock import rfc3339
from shared.values.ids import new_id


@dataclass(frozen=True, slots=True)
class Packed:
    """A parcel with what is in it."""

    parcel: Parcel
    contents: list[ParcelLine]

    @property
    def content(self) -> ParcelContent:
        """As the fact of its delivery tells of it."""
        parcel = self.parcel
        lines = facts.parcel_lines(self.contents)
        return ParcelContent(id=parcel.id, carrier=parcel.carrier, tracking_number=parcel.tracking_number, lines=lines)


def pack(tx: Tx, delivery: Delivery, lines: Sequence[DeliveryLine], tracking_number: str | None) -> Packed:
    """One parcel with these units."""
    parcel = Parcel(
        id=new_id("pcl"),
        state="packed",
        delivery_id=delivery.id,
        order_id=delivery.order_id,
        carrier=delivery.carrier,
        tracking_number=tracking_number,
        weight_g=sum(line.weight_g * line.quantity for line in lines),
        shipped_at=tx.now,
    )
    parcel.begin("pack")
    contents = [ParcelLine(parcel.id, line.position, line.order_line_id, line.sku, line.name, line.quantity) for line in lines]
    parcels.add(tx, parcel, contents)
    return Packed(parcel, contents)


def send_off(tx: Tx, delivery: Delivery, packed: Packed) -> None:
    """It is on its way, or with a pickup delivered."""
    parcel, lines = packed.parcel, facts.parcel_lines(packed.contents)
    tx.publish(ParcelPacked(**facts.of_parcel(parcel), lines=lines), of=parcel)
    parcel.move("hand_over" if delivery.pickup else "ship")
    if delivery.pickup:
        parcel.delivered_at = tx.now
    parcels.ROWS.save(tx, parcel)
    parcels.add_news(tx, ParcelNews(parcel.id, tx.now, parcel.state))
    at = rfc3339(tx.now)
    carried = {"carrier": parcel.carrier, "tracking_number": parcel.tracking_number}
    tx.publish(ParcelMoved(**facts.of_parcel(parcel), state=parcel.state, at=at, **carried), of=parcel)
    if delivery.pickup:
        tx.publish(ParcelDelivered(**facts.of_parcel(parcel), at=at, lines=lines), of=parcel)
