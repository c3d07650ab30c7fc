"""Payment methods."""

from __future__ import annotations

import dataclasses
from typing import Final

from sqlalchemy import bindparam, select, update

from services.billing.domain.method import Method
from services.billing.store.statements import insert_or
from services.billing.tables import PAYMENT_METHODS
from shared.db.tx import Tx
from shared.errors import NotFound

_NAMES: Final = [str(column.name) for column in PAYMENT_METHODS.columns]
_ALL: Final = select(PAYMENT_METHODS).order_by(PAYMENT_METHODS.c.position, PAYMENT_METHODS.c.code)
_BY_CODE: Final = select(PAYMENT_METHODS).where(PAYMENT_METHODS.c.code == bindparam("code"))
_LOCK: Final = _BY_CODE.with_for_update()
_INSERT: Final = insert_or(PAYMENT_METHODS, "ON CONFLICT (code) DO NOTHING")
_UPDATE: Final = (
    update(PAYMENT_METHODS)
    .where(PAYMENT_METHODS.c.code == bindparam("key_code"))
    .values({name: bindparam(name) for name in _NAMES if name != "code"})
)


def all_methods(tx: Tx) -> list[Method]:
    """In the shop's order."""
    return [Method(**dict(zip(_NAMES, row, strict=True))) for row in tx.execute(_ALL)]


def find_method(tx: Tx, code: str) -> Method | None:
    """For reading; None when there is none."""
    row = tx.execute(_BY_CODE, {"code": code}).one_or_none()
    return None if row is None else Method(**dict(zip(_NAMES, row, strict=True)))


def lock_method(tx: Tx, code: str) -> Method:
    """To be changed. Raises NotFound."""
    row = tx.execute(_LOCK, {"code": code}).one_or_none()
    if row is None:
        raise NotFound(f"there is no payment method {code}")
    return Method(**dict(zip(_NAMES, row, strict=True)))


def insert_method(tx: Tx, method: Method) -> bool:
    """Whether it is new; nothing happens when the code is taken."""
    return tx.execute(_INSERT, dataclasses.asdict(method)).rowcount == 1


def save_method(tx: Tx, method: Method) -> None:
    """Writes a locked one back."""
    values = dataclasses.asdict(method)
    del values["code"]
    tx.execute(_UPDATE, values | {"key_code": method.code})
