"""Mails about what is on its way, or waits to be fetched."""

from __future__ import annotations

from functools import partial

from services.notifications import store
from services.notifications.domain import mail
from services.notifications.errors import ShipmentNotRecorded
from services.notifications.handlers.letters import send_to_customer
from shared.contracts.delivery import DeliveryDone, PickupReady, TrackingChanged
from shared.db.tx import Tx


def send_parcel_shipped(event: DeliveryDone, tx: Tx) -> None:
    """Tells the customer what is on its way and what follows, once per delivery. Raises ContactNotFound.

    Only of an outgoing chain's last step, never for pickup (R-NOT-06), and not when it is silenced (R-NOT-08).
    """
    if event.order_id is None or not _is_mailed(event):
        return
    contact = store.contacts.of_order(tx, event.order_id)
    payload = event.model_dump(mode="json")
    for parcel in payload["parcels"]:
        parcel["carrier"] = _carrier(parcel["carrier"])
    send_to_customer(
        tx,
        event,
        contact,
        order_id=event.order_id,
        template="parcel_shipped",
        key=event.delivery_id,
        record=("delivery", event.delivery_id),
        variables=partial(
            mail.parcel_shipped,
            payload,
            number=contact.number,
            name=contact.name,
            names=_names(event),
            expected_at=contact.expected_at,
            later=False,
        ),
    )


def send_tracking_number(event: TrackingChanged, tx: Tx) -> None:
    """Tells the customer the number of a parcel that had left without one, once per parcel (R-NOT-07).

    A parcel that has not left yet is told with its delivery, and so is a number that is put right no second time.
    Raises ContactNotFound, ShipmentNotRecorded.
    """
    if event.order_id is None or not event.tracking_number:
        return
    told = store.events.told(tx, (DeliveryDone.name,), after="", record_id=event.delivery_id)
    if not told:
        if store.mails.made(tx, f"parcel_shipped:{event.delivery_id}"):
            raise ShipmentNotRecorded(event.delivery_id)
        return
    done = DeliveryDone.from_envelope(told[-1])
    parcel = next((parcel for parcel in done.parcels if parcel.id == event.parcel_id and parcel.tracking_number is None), None)
    if parcel is None or not _is_mailed(done):
        return
    contact = store.contacts.of_order(tx, event.order_id)
    now = parcel.model_dump(mode="json") | {
        "carrier": _carrier(event.carrier),
        "tracking_number": event.tracking_number,
        "tracking_url": event.tracking_url,
    }
    send_to_customer(
        tx,
        event,
        contact,
        order_id=event.order_id,
        template="parcel_shipped",
        key=event.parcel_id,
        record=("parcel", event.parcel_id),
        variables=partial(
            mail.parcel_shipped,
            {"parcels": [now]},
            number=contact.number,
            name=contact.name,
            names=_names(done),
            expected_at=contact.expected_at,
            later=True,
        ),
    )


def send_ready_for_pickup(event: PickupReady, tx: Tx) -> None:
    """Tells the customer that the goods may be fetched, once per delivery (R-DLV-21). Raises ContactNotFound."""
    if event.order_id is None:
        return
    contact = store.contacts.of_order(tx, event.order_id)
    send_to_customer(
        tx,
        event,
        contact,
        order_id=event.order_id,
        template="ready_for_pickup",
        key=event.delivery_id,
        record=("delivery", event.delivery_id),
        variables=partial(mail.ready_for_pickup, event.model_dump(mode="json"), number=contact.number, name=contact.name),
    )


def _is_mailed(event: DeliveryDone) -> bool:
    return event.last and event.to_customer and not event.pickup and event.notify


def _carrier(code: str) -> str | None:
    # The built-in carrier is nobody: the shop brings it or hands it to whom it likes.
    return None if code == "manual" else code


def _names(event: DeliveryDone) -> dict[str, str]:
    names = {line.sku: line.name for line in (*event.lines, *event.remaining)}
    return names | {line.sku: line.name for parcel in event.parcels for line in parcel.lines}
