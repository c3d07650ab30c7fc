"""Handing a delivery over."""

from __future__ import annotations

from services.delivery.actions import facts
from services.delivery.actions.stock import settle
from services.delivery.domain.delivery import Delivery, DeliveryLine
from services.delivery.domain.parcel import Parcel, ParcelLine, ParcelNews
from services.delivery.store import deliveries, parcels, reservations
from services.delivery.store.orders import lock_order
from services.delivery.store.shelf import lock_shelf
from shared.contracts.delivery import DeliveryDone, ParcelContent, ParcelDelivered, ParcelMoved, ParcelPacked
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.values.clock import rfc3339
from shared.values.ids import new_id


def validate_delivery(tx: Tx, delivery_id: str, *, tracking_number: str | None, carrier: str | None, notify: bool | None) -> Delivery:
    """The whole delivery leaves as one parcel: on its way, or with a pickup in the customer's hands.

    `carrier` None: as planned; `notify` None: as the setting delivery.mail_on_shipped. Of a delivery that is done nothing changes.
    Raises NotFound, IllegalTransition.
    """
    seen = deliveries.ROWS.get(tx, delivery_id)
    lock_order(tx, seen.order_id)
    lines = deliveries.lines_of(tx, [delivery_id])[delivery_id]
    shelf = lock_shelf(tx, {line.sku for line in lines})
    delivery = deliveries.ROWS.lock(tx, delivery_id)
    if not delivery.move_to("done", command="validate"):
        return delivery
    delivery.done_at = tx.now
    delivery.carrier = carrier or delivery.carrier
    firm = reservations.ROWS.lock(tx, delivery.reservation_id)
    shelf.ship(reservations.pieces_of(tx, [firm.id])[firm.id], delivery_id=delivery.id)
    firm.move("ship")
    reservations.ROWS.save(tx, firm)
    deliveries.ROWS.save(tx, delivery)
    deliveries.mark_all_done(tx, delivery.id)
    for line in lines:
        line.done = line.quantity

    parcel = _packed(tx, delivery, lines, tracking_number)
    contents = [ParcelLine(parcel.id, line.position, line.order_line_id, line.sku, line.name, line.quantity) for line in lines]
    parcels.add(tx, parcel, contents)
    _tell_done(tx, delivery, lines, parcel, contents, notify=shop_settings(tx).delivery.mail_on_shipped if notify is None else notify)
    tx.publish(ParcelPacked(**_of_parcel(parcel), lines=facts.parcel_lines(contents)), of=parcel)
    _send_off(tx, delivery, parcel, contents)
    settle(tx, shelf)
    return delivery


def _packed(tx: Tx, delivery: Delivery, lines: list[DeliveryLine], tracking_number: str | None) -> Parcel:
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
    return parcel


def _send_off(tx: Tx, delivery: Delivery, parcel: Parcel, contents: list[ParcelLine]) -> None:
    parcel.move("hand_over" if delivery.pickup else "ship")
    if delivery.pickup:
        parcel.delivered_at = tx.now
    parcels.ROWS.save(tx, parcel)
    parcels.add_news(tx, ParcelNews(parcel.id, tx.now, parcel.state))
    at = rfc3339(tx.now)
    moved = ParcelMoved(**_of_parcel(parcel), state=parcel.state, at=at, carrier=parcel.carrier, tracking_number=parcel.tracking_number)
    tx.publish(moved, of=parcel)
    if delivery.pickup:
        tx.publish(ParcelDelivered(**_of_parcel(parcel), at=at, lines=facts.parcel_lines(contents)), of=parcel)


def _tell_done(tx: Tx, delivery: Delivery, lines: list[DeliveryLine], parcel: Parcel, contents: list[ParcelLine], *, notify: bool) -> None:
    content = ParcelContent(
        id=parcel.id, carrier=parcel.carrier, tracking_number=parcel.tracking_number, lines=facts.parcel_lines(contents)
    )
    done = DeliveryDone(
        **facts.of_delivery(delivery, lines, {}),
        last=True,
        to_customer=not delivery.pickup,
        pickup=delivery.pickup,
        parcels=(content,),
        notify=notify,
        done_at=rfc3339(tx.now),
    )
    tx.publish(done, of=delivery)


def _of_parcel(parcel: Parcel) -> dict[str, str]:
    return {"parcel_id": parcel.id, "delivery_id": parcel.delivery_id, "order_id": parcel.order_id}
