"""What other services told: kept where it is newer than what is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, select, text

from services.orders.domain.parts import Part, Parts
from services.orders.domain.shipping import ShippingMethod
from services.orders.tables import AVAILABILITY, PARTS, SHIPPING_METHODS
from shared.db.base import dumps, json
from shared.db.tx import Tx

_NEWER: Final = (
    'ON CONFLICT (order_id, kind, record_id) DO UPDATE SET seq = excluded.seq, "values" = excluded."values" WHERE parts.seq < excluded.seq'
)
_PG_RECORD: Final = text(
    'INSERT INTO parts (order_id, kind, record_id, seq, "values") SELECT :order_id, kind, record_id, seq, "values" '
    f'FROM json_to_recordset(CAST(:parts AS json)) AS t(kind text, record_id text, seq integer, "values" jsonb) {_NEWER}'
)
_SQLITE_RECORD: Final = text(
    'INSERT INTO parts (order_id, kind, record_id, seq, "values") '
    "SELECT :order_id, value ->> 'kind', value ->> 'record_id', value ->> 'seq', value -> 'values' "
    f"FROM json_each(:parts) WHERE true {_NEWER}"
)
_PARTS: Final = (
    select(PARTS.c.kind, PARTS.c.record_id, PARTS.c.seq, PARTS.c["values"].label("told"))
    .where(PARTS.c.order_id == bindparam("order_id"))
    .order_by(PARTS.c.kind, PARTS.c.record_id)
)
_AVAILABILITY: Final = text(
    "INSERT INTO availability (sku, seq, available) VALUES (:sku, :seq, :available) "
    "ON CONFLICT (sku) DO UPDATE SET seq = excluded.seq, available = excluded.available WHERE availability.seq < excluded.seq"
)
_AVAILABLE: Final = select(AVAILABILITY.c.sku, AVAILABILITY.c.available).where(AVAILABILITY.c.sku.in_(bindparam("skus", expanding=True)))
_COPY_METHOD: Final = text(
    'INSERT INTO shipping_methods (code, method_version, "values") VALUES (:code, :method_version, :values) '
    'ON CONFLICT (code) DO UPDATE SET method_version = excluded.method_version, "values" = excluded."values" '
    "WHERE shipping_methods.method_version < excluded.method_version"
).bindparams(bindparam("values", type_=json()))
_METHODS: Final = select(SHIPPING_METHODS.c["values"])
_SOME_METHODS: Final = _METHODS.where(SHIPPING_METHODS.c.code.in_(bindparam("codes", expanding=True)))


def record_parts(tx: Tx, order_id: str, parts: Sequence[Part]) -> None:
    """Keeps the parts of a locked order, each unless a newer word on its record is known; no parts: nothing."""
    if not parts:
        return
    rows = [{"kind": part.kind, "record_id": part.record_id, "seq": part.seq, "values": dict(part.values)} for part in parts]
    statement = _PG_RECORD if tx.dialect == "postgresql" else _SQLITE_RECORD
    tx.execute(statement, {"order_id": order_id, "parts": dumps(rows)})


def hear_parts(tx: Tx, order_id: str, parts: Parts) -> None:
    """What is known of a locked order from now on, in this transaction; `record_parts` writes it."""
    tx.locked[_known(order_id)] = parts


def parts_of(tx: Tx, order_id: str) -> Parts:
    """Every part of a locked order; read once, the next hearer finds them here."""
    if _known(order_id) not in tx.locked:
        rows = tx.execute(_PARTS, {"order_id": order_id})
        tx.locked[_known(order_id)] = Parts.of(Part(row.kind, row.record_id, row.seq, row.told) for row in rows)
    parts: Parts = tx.locked[_known(order_id)]
    return parts


def _known(order_id: str) -> str:
    return f"parts of {order_id}"


def record_available(tx: Tx, sku: str, *, seq: int, available: int) -> None:
    """Keeps what can be sold of a sku, unless a newer figure is known."""
    tx.execute(_AVAILABILITY, {"sku": sku, "seq": seq, "available": available})


def available(tx: Tx, skus: Sequence[str]) -> dict[str, int]:
    """What can be sold of each sku that was ever counted."""
    if not skus:
        return {}
    return {row.sku: row.available for row in tx.execute(_AVAILABLE, {"skus": list(skus)})}


def copy_method(tx: Tx, code: str, *, method_version: int, values: dict[str, Any]) -> None:
    """Keeps a shipping method, unless a newer version is known."""
    tx.execute(_COPY_METHOD, {"code": code, "method_version": method_version, "values": values})


def shipping_methods(tx: Tx) -> list[ShippingMethod]:
    """All of them."""
    return [ShippingMethod.of(row[0]) for row in tx.execute(_METHODS)]


def some_methods(tx: Tx, codes: Sequence[str]) -> dict[str, ShippingMethod]:
    """Those of `codes` that there are."""
    if not codes:
        return {}
    found = (ShippingMethod.of(row[0]) for row in tx.execute(_SOME_METHODS, {"codes": list(codes)}))
    return {method.code: method for method in found}
