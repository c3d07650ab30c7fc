"""Holds and firm reservations with their pieces."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, delete, insert, select

from services.delivery.domain.reservation import Reservation
from services.delivery.domain.shelf import Key, Piece
from services.delivery.tables import RESERVATION_LINES, RESERVATIONS
from shared.db.keyset import count_of, page_of
from shared.db.rows import Rows
from shared.db.tx import Tx

ROWS: Final = Rows(RESERVATIONS, Reservation)
_OF_ORDER: Final = ROWS.where(RESERVATIONS.c.order_id == bindparam("order_id"))
_ACTIVE_OF_ORDER: Final = ROWS.where(RESERVATIONS.c.order_id == bindparam("order_id"), RESERVATIONS.c.state == "active", lock=True)
_FIRM: Final = ROWS.where(
    RESERVATIONS.c.order_id == bindparam("order_id"),
    RESERVATIONS.c.submission == bindparam("submission"),
    RESERVATIONS.c.kind == "firm",
)
_LOCKED_BY_IDS: Final = ROWS.where(RESERVATIONS.c.id.in_(bindparam("ids", expanding=True)), RESERVATIONS.c.state == "active", lock=True)
_LINE: Final = RESERVATION_LINES.c
_PIECES: Final = (
    select(RESERVATION_LINES)
    .where(_LINE.reservation_id.in_(bindparam("ids", expanding=True)))
    .order_by(_LINE.reservation_id, _LINE.line_id, _LINE.sku, _LINE.warehouse, _LINE.location)
)
_HOLDERS: Final = (
    select(_LINE.reservation_id, _LINE.sku, _LINE.warehouse, _LINE.location)
    .join(RESERVATIONS, RESERVATIONS.c.id == _LINE.reservation_id)
    .where(RESERVATIONS.c.state == "active", _LINE.sku.in_(bindparam("skus", expanding=True)))
)
_ADD: Final = insert(RESERVATION_LINES)
_CLEAR: Final = delete(RESERVATION_LINES).where(_LINE.reservation_id == bindparam("id"))


def of_order(tx: Tx, order_id: str) -> list[Reservation]:
    """All there ever were of an order, oldest first; not locked: under the order's lock only their pieces may change."""
    return ROWS.all(tx, _OF_ORDER, {"order_id": order_id})


def lock_active(tx: Tx, order_id: str) -> list[Reservation]:
    """The order's active ones; the order and the skus of its pieces are locked before."""
    return ROWS.all(tx, _ACTIVE_OF_ORDER, {"order_id": order_id})


def add_firm(tx: Tx, firm: Reservation, pieces: Sequence[Piece]) -> None:
    """A new firm reservation with its pieces; who asks for those of its order in this transaction is not sent to the database."""
    ROWS.insert(tx, firm)
    add_pieces(tx, firm.id, pieces)
    tx.locked.setdefault(_firm_key(firm.order_id, firm.submission), []).append((firm, list(pieces)))


def firm_ones(tx: Tx, order_id: str, submission: int) -> list[tuple[Reservation, list[Piece]]]:
    """The firm reservations of a confirmed order, whatever became of them, with their pieces; oldest first."""
    made: list[tuple[Reservation, list[Piece]]] | None = tx.locked.get(_firm_key(order_id, submission))
    if made is not None:
        return made
    found = ROWS.all(tx, _FIRM, {"order_id": order_id, "submission": submission})
    pieces = pieces_of(tx, [firm.id for firm in found])
    return [(firm, pieces[firm.id]) for firm in found]


def _firm_key(order_id: str, submission: int) -> str:
    return f"firm {order_id} {submission}"


def lock_by_ids(tx: Tx, ids: Collection[str]) -> dict[str, Reservation]:
    """Those of them that are active."""
    return {found.id: found for found in ROWS.all(tx, _LOCKED_BY_IDS, {"ids": list(ids)})} if ids else {}


def holders_at(tx: Tx, places: Collection[Key]) -> set[str]:
    """Ids of the active reservations with a piece at one of these places, whose skus are locked."""
    wanted = set(places)
    rows = tx.execute(_HOLDERS, {"skus": sorted({sku for sku, _, _ in wanted})})
    return {row.reservation_id for row in rows if (row.sku, row.warehouse, row.location) in wanted}


def pieces_of(tx: Tx, ids: Collection[str]) -> dict[str, list[Piece]]:
    """What each of these reservations has, or had when it ended."""
    found: dict[str, list[Piece]] = {key: [] for key in ids}
    if ids:
        for row in tx.execute(_PIECES, {"ids": list(ids)}):
            found[row.reservation_id].append(Piece(row.line_id, row.sku, row.warehouse, row.location, row.quantity))
    return found


def add_pieces(tx: Tx, reservation_id: str, pieces: Iterable[Piece]) -> None:
    """Pieces of a new reservation."""
    rows = [_row(reservation_id, piece) for piece in pieces]
    if rows:
        tx.execute(_ADD, rows)


def replace_pieces(tx: Tx, reservation_id: str, pieces: Iterable[Piece]) -> None:
    """What the reservation has from now on."""
    tx.execute(_CLEAR, {"id": reservation_id})
    add_pieces(tx, reservation_id, pieces)


def list_reservations(tx: Tx, filters: Mapping[str, Sequence[str]], *, after: str | None, limit: int) -> list[Reservation]:
    """Newest first; `filters` by order_id, kind, state, and the sku of a piece."""
    after_id = None if after is None else (after,)
    return ROWS.all(tx, page_of(_matching(filters), (RESERVATIONS.c.id,), after=after_id, rows=limit))


def count_reservations(tx: Tx, filters: Mapping[str, Sequence[str]]) -> int:
    """How many there are."""
    return count_of(tx, _matching(filters))


def _matching(filters: Mapping[str, Sequence[str]]) -> Select[Any]:
    conditions: list[ColumnElement[bool]] = [RESERVATIONS.c[name].in_(values) for name, values in filters.items() if name != "sku"]
    if "sku" in filters:
        conditions.append(RESERVATIONS.c.id.in_(select(_LINE.reservation_id).where(_LINE.sku.in_(filters["sku"]))))
    return select(RESERVATIONS).where(*conditions)


def _row(reservation_id: str, piece: Piece) -> dict[str, str | int]:
    return {
        "reservation_id": reservation_id,
        "line_id": piece.line_id,
        "sku": piece.sku,
        "warehouse": piece.warehouse,
        "location": piece.location,
        "quantity": piece.quantity,
    }
