"""A service's copy of the shop's settings: takes only a higher version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import bindparam, text

from shared.contracts.shop_settings import ShopSettings
from shared.db.base import json
from shared.db.tx import Tx

_READ: Final = text('SELECT version, "values" AS values_ FROM settings WHERE id = 1').columns(values_=json())
_COPY: Final = text(
    'INSERT INTO settings (id, version, "values") VALUES (1, :version, :values) ON CONFLICT (id) DO UPDATE '
    'SET version = excluded.version, "values" = excluded."values" WHERE settings.version < excluded.version'
).bindparams(bindparam("values", type_=json()))
_parsed: dict[tuple[str, str], tuple[dict[str, Any], ShopSettings]] = {}


def shop_settings(tx: Tx) -> ShopSettings:
    """The settings in force in this transaction; to be read once in it."""
    return versioned_settings(tx)[1]


def versioned_settings(tx: Tx) -> tuple[int, ShopSettings]:
    """The version (0: none was ever set) and the settings."""
    row = tx.execute(_READ).one_or_none()
    if row is None:
        return 0, ShopSettings()
    key = (tx.database.url, tx.database.service)
    known = _parsed.get(key)
    if known is None or known[0] != row.values_:
        known = _parsed[key] = (row.values_, ShopSettings.model_validate(row.values_))
    return row.version, known[1]


def set_values(tx: Tx) -> dict[str, Any]:
    """What was set, without the defaults: what a patch is merged into."""
    row = tx.execute(_READ).one_or_none()
    return {} if row is None else dict(row.values_)


def copy_settings(tx: Tx, version: int, values: Mapping[str, Any]) -> None:
    """Takes the values if their version is higher than the copy's."""
    tx.execute(_COPY, {"version": version, "values": dict(values)})
