"""Keys, found by the hash of what the caller sent, and what the token of an order is derived from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, insert, or_, select, text, update

from services.orders.tables.access import API_KEYS, PUBLISHABLE_KEYS
from shared.db.tx import Tx
from shared.db.upsert import upserts
from shared.errors import NotFound

USE_NOTED_EVERY: Final = timedelta(minutes=1)
"""A key's `last_used_at` is written at most this often: it must not cost each request a write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A secret key without its secret. `seller_id` narrows it to what is that seller's."""

    id: str
    name: str
    roles: tuple[str, ...]
    seller_id: str | None
    expires_at: datetime | None
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishableKey:
    """What a storefront shows to its visitors. `origins`: web pages that may call with it; none: any."""

    id: str
    name: str
    channel: str
    origins: tuple[str, ...]


_API_KEY: Final = select(API_KEYS).where(API_KEYS.c.secret_sha256 == bindparam("sha256"))
_PUBLISHABLE_KEY: Final = select(PUBLISHABLE_KEYS).where(PUBLISHABLE_KEYS.c.key_sha256 == bindparam("sha256"))
_INSERT: Final = insert(API_KEYS)
_STALE: Final = or_(API_KEYS.c.last_used_at.is_(None), API_KEYS.c.last_used_at <= bindparam("stale", type_=API_KEYS.c.last_used_at.type))
_NOTE_USE: Final = (
    update(API_KEYS)
    .where(API_KEYS.c.id.in_(select(API_KEYS.c.id).where(API_KEYS.c.id == bindparam("key_id"), _STALE).with_for_update(skip_locked=True)))
    .values(last_used_at=bindparam("used_at", type_=API_KEYS.c.last_used_at.type))
)
# Who finds the row locked leaves: another request of the same key is noting the same minute.
_ACCESS: Final = text("SELECT token_generation, customer_id FROM orders WHERE id = :order_id")
_LOCK: Final = select(API_KEYS.c.bootstrap).where(API_KEYS.c.id == bindparam("key_id")).with_for_update()
_BY_ID: Final = select(API_KEYS).where(API_KEYS.c.id == bindparam("key_id"))
_DELETE: Final = delete(API_KEYS).where(API_KEYS.c.id == bindparam("key_id"))
_END_OTHER_API_KEYS: Final = delete(API_KEYS).where(API_KEYS.c.bootstrap, API_KEYS.c.secret_sha256 != bindparam("sha256"))
_END_OTHER_PUBLISHABLE_KEYS: Final = delete(PUBLISHABLE_KEYS).where(
    PUBLISHABLE_KEYS.c.bootstrap, PUBLISHABLE_KEYS.c.key_sha256 != bindparam("sha256")
)
_KEEP_API_KEY: Final = upserts(API_KEYS, key="secret_sha256", kept=("id", "last_used_at", "created_at"))
_KEEP_PUBLISHABLE_KEY: Final = upserts(PUBLISHABLE_KEYS, key="key_sha256", kept=("id", "created_at"))


def api_key(tx: Tx, sha256: str) -> ApiKey | None:
    """The key whose secret has this hash, expired or not."""
    row = tx.execute(_API_KEY, {"sha256": sha256}).one_or_none()
    return None if row is None else _key(row)


def get_api_key(tx: Tx, key_id: str) -> ApiKey:
    """The key with this id. Raises NotFound."""
    row = tx.execute(_BY_ID, {"key_id": key_id}).one_or_none()
    if row is None:
        raise NotFound(f"there is no key {key_id}")
    return _key(row)


def list_api_keys(tx: Tx, *, after: str | None, rows: int) -> list[ApiKey]:
    """All keys, newest first, expired ones too."""
    statement = select(API_KEYS).order_by(API_KEYS.c.id.desc()).limit(rows)
    return [_key(row) for row in tx.execute(statement if after is None else statement.where(API_KEYS.c.id < after))]


def lock_api_key(tx: Tx, key_id: str) -> bool:
    """Whether the key is the environment's; it is locked until the end of the transaction. Raises NotFound."""
    bootstrap = tx.execute(_LOCK, {"key_id": key_id}).scalar_one_or_none()
    if bootstrap is None:
        raise NotFound(f"there is no key {key_id}")
    return bool(bootstrap)


def delete_api_key(tx: Tx, key_id: str) -> None:
    """Takes the key away."""
    tx.execute(_DELETE, {"key_id": key_id})


def publishable_key(tx: Tx, sha256: str) -> PublishableKey | None:
    """The publishable key with this hash."""
    row = tx.execute(_PUBLISHABLE_KEY, {"sha256": sha256}).one_or_none()
    if row is None:
        return None
    return PublishableKey(id=row.id, name=row.name, channel=row.channel, origins=tuple(row.origins))


def insert_api_key(tx: Tx, key: ApiKey, *, sha256: str) -> None:
    """A new key; only the hash of its secret is kept."""
    tx.execute(_INSERT, _values(tx, key, sha256=sha256, bootstrap=False))


def use_is_stale(tx: Tx, key: ApiKey) -> bool:
    """Whether it is time to write that the key is used."""
    return key.last_used_at is None or tx.now - key.last_used_at >= USE_NOTED_EVERY


def note_use(tx: Tx, key_id: str) -> None:
    """Writes that the key is used now, unless another request has just done so or is about to."""
    tx.execute(_NOTE_USE, {"key_id": key_id, "used_at": tx.now, "stale": tx.now - USE_NOTED_EVERY})


def keep_bootstrap_api_key(tx: Tx, key: ApiKey, *, sha256: str) -> None:
    """The one bootstrap key is this; a former one with another secret ends."""
    tx.execute(_END_OTHER_API_KEYS, {"sha256": sha256})
    tx.execute(_KEEP_API_KEY[tx.dialect], _values(tx, key, sha256=sha256, bootstrap=True))


def keep_bootstrap_publishable_key(tx: Tx, key: PublishableKey, *, sha256: str) -> None:
    """The one bootstrap publishable key is this; a former one ends."""
    tx.execute(_END_OTHER_PUBLISHABLE_KEYS, {"sha256": sha256})
    tx.execute(
        _KEEP_PUBLISHABLE_KEY[tx.dialect],
        {
            "id": key.id,
            "name": key.name,
            "key_sha256": sha256,
            "channel": key.channel,
            "origins": list(key.origins),
            "bootstrap": True,
            "created_at": tx.now,
        },
    )


def order_access(tx: Tx, order_id: str) -> tuple[int | None, str | None]:
    """The generation that the order's token is derived from (R-ACC-02; None: there is no such order), and whose account it belongs to."""
    row = tx.execute(_ACCESS, {"order_id": order_id}).one_or_none()
    return (None, None) if row is None else (row.token_generation, row.customer_id)


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        roles=tuple(row.roles),
        seller_id=row.seller_id,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )


def _values(tx: Tx, key: ApiKey, *, sha256: str, bootstrap: bool) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "secret_sha256": sha256,
        "roles": list(key.roles),
        "seller_id": key.seller_id,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "bootstrap": bootstrap,
        "created_at": tx.now,
    }
