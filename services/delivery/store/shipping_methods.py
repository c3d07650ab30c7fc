"""Shipping methods."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, select, text, tuple_

from services.delivery.tables import SHIPPING_METHODS
from shared.db.base import json
from shared.db.keyset import count_of
from shared.db.tx import Tx

_METHOD: Final = SHIPPING_METHODS.c
_WRITE: Final = text(
    'INSERT INTO shipping_methods (code, version, position, "values") VALUES (:code, 1, :position, :values) ON CONFLICT (code) DO UPDATE '
    'SET version = shipping_methods.version + 1, position = excluded.position, "values" = excluded."values" RETURNING version'
).bindparams(bindparam("values", type_=json()))
_LOCK: Final = select(_METHOD["values"]).where(_METHOD.code == bindparam("code")).with_for_update()
_GET: Final = select(_METHOD["values"]).where(_METHOD.code == bindparam("code"))


class ListedMethod(NamedTuple):
    """A method in a list. Sorted by position, then code."""

    position: int
    code: str
    values: dict[str, Any]


def write(tx: Tx, code: str, position: int, values: dict[str, Any]) -> int:
    """Sets a method as a whole; returns its version, which rises with every writing."""
    version: int = tx.execute(_WRITE, {"code": code, "position": position, "values": values}).scalar_one()
    return version


def lock(tx: Tx, code: str) -> dict[str, Any] | None:
    """The method, if there is one, locked against another writer."""
    return _values(tx, _LOCK, code)


def get(tx: Tx, code: str) -> dict[str, Any] | None:
    """The method, if there is one."""
    return _values(tx, _GET, code)


def list_methods(tx: Tx, *, after: tuple[int, str] | None, limit: int) -> list[ListedMethod]:
    """By position, then code."""
    statement = select(_METHOD.position, _METHOD.code, _METHOD["values"]).order_by(_METHOD.position, _METHOD.code).limit(limit)
    if after is not None:
        statement = statement.where(tuple_(_METHOD.position, _METHOD.code) > tuple_(*after))
    return [ListedMethod(*tuple(row)) for row in tx.execute(statement)]


def count_methods(tx: Tx) -> int:
    """How many there are."""
    return count_of(tx, select(_METHOD.code))


def _values(tx: Tx, statement: Any, code: str) -> dict[str, Any] | None:
    row = tx.execute(statement, {"code": code}).one_or_none()
    return None if row is None else dict(row[0])
