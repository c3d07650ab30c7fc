"""Parcels, what is in them, and what happened to them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import bindparam, insert, select

from services.delivery.domain.parcel import Parcel, ParcelLine, ParcelNews
from services.delivery.tables import PARCEL_EVENTS, PARCEL_LINES, PARCELS
from shared.db.rows import Rows
from shared.db.tx import Tx

ROWS: Final = Rows(PARCELS, Parcel)
_OF_ORDER: Final = ROWS.where(PARCELS.c.order_id == bindparam("order_id"))
_OF_DELIVERIES: Final = ROWS.where(PARCELS.c.delivery_id.in_(bindparam("ids", expanding=True)))
_ADD_LINES: Final = insert(PARCEL_LINES)
_ADD_NEWS: Final = insert(PARCEL_EVENTS)
_LINES: Final = (
    select(PARCEL_LINES)
    .where(PARCEL_LINES.c.parcel_id.in_(bindparam("ids", expanding=True)))
    .order_by(PARCEL_LINES.c.parcel_id, PARCEL_LINES.c.position)
)
_NEWS: Final = (
    select(PARCEL_EVENTS.c.parcel_id, PARCEL_EVENTS.c.at, PARCEL_EVENTS.c.state, PARCEL_EVENTS.c.text, PARCEL_EVENTS.c.source)
    .where(PARCEL_EVENTS.c.parcel_id.in_(bindparam("ids", expanding=True)))
    .order_by(PARCEL_EVENTS.c.parcel_id, PARCEL_EVENTS.c.at, PARCEL_EVENTS.c.id)
)


def add(tx: Tx, parcel: Parcel, lines: Sequence[ParcelLine]) -> None:
    """A new parcel with what is in it."""
    ROWS.insert(tx, parcel)
    tx.execute(
        _ADD_LINES,
        [
            {
                "parcel_id": line.parcel_id,
                "position": line.position,
                "order_line_id": line.order_line_id,
                "sku": line.sku,
                "name": line.name,
                "quantity": line.quantity,
            }
            for line in lines
        ],
    )


def add_news(tx: Tx, news: ParcelNews) -> None:
    """Lists something that happened."""
    values = {"parcel_id": news.parcel_id, "at": news.at, "state": news.state, "text": news.text, "source": news.source}
    tx.execute(_ADD_NEWS, values)


def lines_of(tx: Tx, ids: Collection[str]) -> dict[str, list[ParcelLine]]:
    """What is in each parcel."""
    found: dict[str, list[ParcelLine]] = {key: [] for key in ids}
    if ids:
        for row in tx.execute(_LINES, {"ids": list(ids)}):
            found[row.parcel_id].append(ParcelLine(*tuple(row)))
    return found


def news_of(tx: Tx, ids: Collection[str]) -> dict[str, list[ParcelNews]]:
    """What happened to each parcel, by when it happened."""
    found: dict[str, list[ParcelNews]] = {key: [] for key in ids}
    if ids:
        for row in tx.execute(_NEWS, {"ids": list(ids)}):
            found[row.parcel_id].append(ParcelNews(*tuple(row)))
    return found


def of_order(tx: Tx, order_id: str) -> list[Parcel]:
    """An order's parcels, oldest first."""
    return ROWS.all(tx, _OF_ORDER, {"order_id": order_id})


def of_deliveries(tx: Tx, ids: Collection[str]) -> list[Parcel]:
    """Parcels of these deliveries, oldest first."""
    return ROWS.all(tx, _OF_DELIVERIES, {"ids": list(ids)}) if ids else []
