"""Mails about what is on its way, or waits to be fetched."""

from __future__ import annotations

from functools import partial

from services.notifications import store
from services.notifications.domain import mail
from services.notifications.handlers.letters import send_to_customer
from shared.contracts.delivery import DeliveryDone, PickupReady
from shared.db.tx import Tx


def send_parcel_shipped(event: DeliveryDone, tx: Tx) -> None:
    """Tells the customer what is on its way and what follows, once per delivery. Raises ContactNotFound.

    Only of an outgoing chain's last step, never for pickup (R-NOT-06), and not when it is silenced (R-NOT-08).
    """
    if not (event.last and event.to_customer) or event.pickup or not event.notify or event.order_id is None:
        return
    contact = store.contacts.of_order(tx, event.order_id)
    payload = event.model_dump(mode="json")
    for parcel in payload["parcels"]:
        # The built-in carrier is nobody: the shop brings it or hands it to whom it likes.
        parcel["carrier"] = None if parcel["carrier"] == "manual" else parcel["carrier"]
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


def _names(event: DeliveryDone) -> dict[str, str]:
    names = {line.sku: line.name for line in (*event.lines, *event.remaining)}
    return names | {line.sku: line.name for parcel in event.parcels for line in parcel.lines}
