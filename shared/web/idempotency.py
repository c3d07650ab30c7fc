"""The same POST with the same key: one effect, the same answer (R-API-01, R-API-02)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from cryptography.fernet import Fernet
from sqlalchemy import LargeBinary, bindparam, text

from shared.db.base import Instant, json
from shared.db.tx import Tx
from shared.errors import Invalid, Refused

_LOCK: Final = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 1))")
_FIND: Final = text("SELECT body_sha256, status, headers, answer, lease_until FROM idempotency WHERE key = :key").columns(
    headers=json(), answer=LargeBinary(), lease_until=Instant()
)
_STORE: Final = text(
    "INSERT INTO idempotency (key, body_sha256, status, headers, answer, at) VALUES (:key, :body_sha256, :status, :headers, :answer, :at)"
).bindparams(bindparam("headers", type_=json()), bindparam("answer", type_=LargeBinary()), bindparam("at", type_=Instant()))
_LEASE: Final = text(
    "INSERT INTO idempotency (key, body_sha256, lease_until, at) VALUES (:key, :body_sha256, :lease_until, :at) "
    "ON CONFLICT (key) DO UPDATE SET lease_until = excluded.lease_until"
).bindparams(bindparam("lease_until", type_=Instant()), bindparam("at", type_=Instant()))
_CLOSE: Final = text(
    "UPDATE idempotency SET status = :status, headers = :headers, answer = :answer WHERE key = :key AND status IS NULL"
).bindparams(bindparam("headers", type_=json()), bindparam("answer", type_=LargeBinary()))
_DROP: Final = text("DELETE FROM idempotency WHERE key = :key AND status IS NULL")
KEPT_HEADERS: Final = ("location", "etag", "content-type")
_NOT_REPLAYED: Final = frozenset({401, 403, 429})


class InProgress(Refused):
    """The first request with this key has not been answered yet."""

    code = "idempotency_in_progress"

    def __init__(self) -> None:
        super().__init__("a request with this Idempotency-Key is still running")

    def extra(self) -> Mapping[str, Any]:
        return {"retry_after": 1}


class KeyReused(Invalid):
    """The key was used for another body."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("this Idempotency-Key was used with another body")


def replayable(error: Refused) -> bool:
    """Whether a repeat gets this refusal again, rather than a new try (api.md, 13.11)."""
    return error.status not in _NOT_REPLAYED and not isinstance(error, InProgress | KeyReused)


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer that was given before."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is stored: a hash of caller, method, path and what the client sent, and a hash of the body.

    The body's is made with the house's secret: of a bare hash of e-mail and password whoever reads the table could guess the
    password, a million times as fast as of the account's own.
    """

    value: str
    body_sha256: str

    @classmethod
    def of(cls, *, caller: str, method: str, path: str, key: str, body: bytes, secret: str) -> Key:
        """Raises Invalid when the client's key is too long (over 255 characters)."""
        if not 1 <= len(key) <= 255:
            raise Invalid("an Idempotency-Key has 1 to 255 characters", pointer="/Idempotency-Key")
        value = hashlib.sha256("\n".join((caller, method, path, key)).encode()).hexdigest()
        return cls(value, hmac.new(b"idempotency:" + secret.encode(), body, hashlib.sha256).hexdigest())


def find(tx: Tx, key: Key, secret: str) -> Stored | None:
    """The earlier answer, or None for a first request, which then holds the key until the transaction ends.

    Also None for a command over several services whose lease is over: it is taken up again. Raises InProgress, KeyReused.
    """
    # The unique key alone would make the second request wait for the first (foundations.md). SQLite has one writer.
    if tx.dialect == "postgresql" and not tx.execute(_LOCK, {"key": key.value}).scalar_one():
        raise InProgress
    row = tx.execute(_FIND, {"key": key.value}).one_or_none()
    if row is None:
        return None
    if row.body_sha256 != key.body_sha256:
        raise KeyReused
    if row.status is None:
        # A lease is the machine's time: the test clock never rules idempotency (api.md, section 12).
        if row.lease_until > tx.database.clock.now():
            raise InProgress
        return None
    return Stored(row.status, row.headers, _box(secret).decrypt(row.answer))


def store(tx: Tx, key: Key, stored: Stored, secret: str) -> None:
    """Keeps the answer with its effect; encrypted, for it may hold a token (api.md, 13.11)."""
    tx.execute(
        _STORE,
        {
            "key": key.value,
            "body_sha256": key.body_sha256,
            "status": stored.status,
            "headers": dict(stored.headers),
            "answer": _box(secret).encrypt(stored.body),
            "at": tx.now,
        },
    )


def open_lease(tx: Tx, key: Key, *, seconds: int) -> None:
    """Marks the key as running until `close`, for a command whose steps are transactions of several services; to be called after `find`."""
    now = tx.database.clock.now()
    lease = {"key": key.value, "body_sha256": key.body_sha256, "lease_until": now + timedelta(seconds=seconds), "at": tx.now}
    tx.execute(_LEASE, lease)


def close(tx: Tx, key: str, stored: Stored, secret: str) -> None:
    """Keeps the answer of a key under lease, or gives the key back when the answer is none to be replayed (api.md, 13.11)."""
    if stored.status >= 500 or stored.status in _NOT_REPLAYED:
        tx.execute(_DROP, {"key": key})
        return
    answer = _box(secret).encrypt(stored.body)
    tx.execute(_CLOSE, {"key": key, "status": stored.status, "headers": dict(stored.headers), "answer": answer})


def _box(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"idempotency:" + secret.encode()).digest()))
