"""Stock: locking skus, writing places and moves back, and looking."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select, bindparam, func, select, text

from services.delivery.domain.shelf import Place, Shelf
from services.delivery.store import moves
from services.delivery.tables import DELIVERY_LINES, STOCK, STOCK_MOVES
from shared.db.base import dumps
from shared.db.tx import Tx

_LOCK_TEXT: Final = (
    "INSERT INTO skus (sku, counter) SELECT value, 1 FROM {skus} "
    "ON CONFLICT (sku) DO UPDATE SET counter = skus.counter + 1 RETURNING sku, counter"
)
_PG_LOCK: Final = text(
    _LOCK_TEXT.format(skus='(SELECT value FROM json_array_elements_text(CAST(:skus AS json)) AS t(value) ORDER BY value COLLATE "C") AS s')
)
_SQLITE_LOCK: Final = text(_LOCK_TEXT.format(skus="json_each(:skus) WHERE true"))
_PLACES: Final = (
    select(STOCK).where(STOCK.c.sku.in_(bindparam("skus", expanding=True))).order_by(STOCK.c.sku, STOCK.c.warehouse, STOCK.c.location)
)
_WRITE: Final = text(
    "INSERT INTO stock (sku, warehouse, location, on_hand, reserved, held) "
    "VALUES (:sku, :warehouse, :location, :on_hand, :reserved, :held) "
    "ON CONFLICT (sku, warehouse, location) DO UPDATE SET on_hand = excluded.on_hand, reserved = excluded.reserved, held = excluded.held"
)
_SCRAPPED: Final = (
    select(STOCK_MOVES.c.sku, func.sum(-STOCK_MOVES.c.quantity).label("units"))
    .where(STOCK_MOVES.c.sku.in_(bindparam("skus", expanding=True)), STOCK_MOVES.c.reason == "scrapped")
    .group_by(STOCK_MOVES.c.sku)
)


def lock_shelf(tx: Tx, skus: Collection[str]) -> Shelf:
    """All places of these skus, theirs alone until the transaction ends. Locked in sku order: nobody waits in a ring (R-STK-13).

    A sku's own row is the lock, so that a place that is only now being made is waited for too.
    """
    if not skus:
        return Shelf({}, ())
    statement = _PG_LOCK if tx.dialect == "postgresql" else _SQLITE_LOCK
    counters = {row.sku: row.counter for row in tx.execute(statement, {"skus": dumps(sorted(skus))})}
    return Shelf(counters, _places(tx, counters))


def save_shelf(tx: Tx, shelf: Shelf) -> None:
    """Writes what changed on a locked shelf, and its moves with their actor (R-STK-10)."""
    changed = shelf.changed()
    if changed:
        tx.execute(_WRITE, [vars(place) for place in changed])
    if shelf.moves:
        moves.add(tx, shelf.moves)


def look_at(tx: Tx, skus: Collection[str]) -> dict[str, list[Place]]:
    """Places of these skus as they stand, nothing locked; a sku without a place has none."""
    found: dict[str, list[Place]] = {sku: [] for sku in skus}
    for place in _places(tx, skus):
        found[place.sku].append(place)
    return found


def scrapped_of(tx: Tx, skus: Collection[str]) -> dict[str, int]:
    """Units of each sku that were thrown away."""
    return {row.sku: int(row.units) for row in tx.execute(_SCRAPPED, {"skus": list(skus)})} if skus else {}


def list_skus(
    tx: Tx, filters: Mapping[str, Sequence[str]], *, below: int | None, seller: str | None, after: str | None, limit: int
) -> list[str]:
    """Counted skus in their order, those with a place that fits; `below`: fewer than that many available over all places.

    `seller`: those of which a delivery brought a line of theirs.
    """
    statement = _matching(filters, below, seller).order_by(STOCK.c.sku).limit(limit)
    if after is not None:
        statement = statement.where(STOCK.c.sku > after)
    return [row.sku for row in tx.execute(statement)]


def count_skus(tx: Tx, filters: Mapping[str, Sequence[str]], *, below: int | None, seller: str | None) -> int:
    """How many there are."""
    matching = _matching(filters, below, seller).subquery()
    return int(tx.execute(select(func.count()).select_from(matching)).scalar_one())


def is_of_seller(tx: Tx, sku: str, seller: str) -> bool:
    """Whether a delivery brought, or is to bring, this sku of the seller."""
    return tx.execute(_skus_of(seller).where(DELIVERY_LINES.c.sku == sku).limit(1)).first() is not None


def _matching(filters: Mapping[str, Sequence[str]], below: int | None, seller: str | None) -> Select[Any]:
    fitting = [STOCK.c[name].in_(values) for name, values in filters.items()]
    statement = select(STOCK.c.sku).group_by(STOCK.c.sku)
    if fitting:
        statement = statement.where(STOCK.c.sku.in_(select(STOCK.c.sku).where(*fitting)))
    if seller is not None:
        statement = statement.where(STOCK.c.sku.in_(_skus_of(seller)))
    if below is not None:
        statement = statement.having(func.sum(STOCK.c.on_hand - STOCK.c.reserved - STOCK.c.held) < below)
    return statement


def _skus_of(seller: str) -> Select[Any]:
    return select(DELIVERY_LINES.c.sku).where(DELIVERY_LINES.c.seller_id == seller)


def _places(tx: Tx, skus: Collection[str]) -> list[Place]:
    keys = ("sku", "warehouse", "location", "on_hand", "reserved", "held")
    rows: list[dict[str, Any]] = [dict(zip(keys, row, strict=True)) for row in tx.execute(_PLACES, {"skus": list(skus)})]
    return [Place(**row) for row in rows]
