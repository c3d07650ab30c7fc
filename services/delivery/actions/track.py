"""News of a parcel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.delivery.actions import facts
from services.delivery.domain.parcel import Parcel, ParcelNews, is_old_news
from services.delivery.store import parcels
from shared.contracts.delivery import ParcelDelivered, ParcelMoved, TrackingChanged
from shared.db.tx import Tx
from shared.errors import Invalid
from shared.values.clock import rfc3339


def note_news(tx: Tx, parcel_id: str, state: str, *, at: datetime | None, text: str | None, proof: dict[str, Any] | None) -> Parcel:
    """Staff heard of a parcel: it moves, or the news is only listed because later news is known (R-DLV-17).

    `at` None: now; it may lie in the past, but not before the parcel left (R-DLV-16). News of the state it is in changes nothing.
    Raises NotFound, Invalid, IllegalTransition.
    """
    parcel = parcels.ROWS.lock(tx, parcel_id)
    at = at or tx.now
    if at < parcel.shipped_at:
        raise Invalid(f"the parcel left at {rfc3339(parcel.shipped_at)}", pointer="/at")
    if at > tx.now:
        raise Invalid("lies in the future", pointer="/at")
    news = ParcelNews(parcel.id, at, state, text)
    if parcel.state == state:
        return parcel
    latest_at = parcels.news_of(tx, [parcel.id])[parcel.id][-1].at
    if is_old_news(parcel, news, latest_at):
        parcels.add_news(tx, news)
        return parcel

    parcel.move(state)
    if state == "delivered":
        parcel.delivered_at, parcel.proof = at, proof
    parcels.ROWS.save(tx, parcel)
    parcels.add_news(tx, news)
    ours = facts.of_parcel(parcel)
    carried = {"carrier": parcel.carrier, "tracking_number": parcel.tracking_number, "text": text}
    tx.publish(ParcelMoved(**ours, state=state, at=rfc3339(at), **carried), of=parcel)
    if state == "delivered":
        contents = parcels.lines_of(tx, [parcel.id])[parcel.id]
        tx.publish(ParcelDelivered(**ours, at=rfc3339(at), lines=facts.parcel_lines(contents)), of=parcel)
    return parcel


def change_parcel(tx: Tx, parcel_id: str, said: Mapping[str, Any]) -> Parcel:
    """What was written down of a parcel is put right: `tracking_number`, `carrier`, `weight_g`, those that are said.

    A number that comes or changes is told (R-NOT-07). The same again changes nothing. Raises NotFound.
    """
    parcel = parcels.ROWS.lock(tx, parcel_id)
    changed = {name: value for name, value in said.items() if getattr(parcel, name) != value}
    if not changed:
        return parcel
    for name, value in changed.items():
        setattr(parcel, name, value)
    parcels.ROWS.save(tx, parcel)
    if changed.keys() & {"tracking_number", "carrier"}:
        tx.publish(TrackingChanged(**facts.of_parcel(parcel), carrier=parcel.carrier, tracking_number=parcel.tracking_number), of=parcel)
    return parcel
