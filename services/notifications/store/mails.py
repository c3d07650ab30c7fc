"""Mails, the keys that make each of them the only one, and what became of their tries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, bindparam, exists, insert, select, text

from services.notifications.domain.notification import Notification
from services.notifications.errors import NotificationNotFound
from services.notifications.tables import ATTEMPTS, NOTIFICATIONS
from shared.db.base import dumps
from shared.db.keyset import count_of
from shared.db.rows import Rows
from shared.db.tx import Tx
from shared.errors import NotFound

ROWS: Final = Rows(NOTIFICATIONS, Notification)

_PG_CLAIM: Final = text(
    "INSERT INTO mail_keys (dedupe_key, notification_id) SELECT dedupe_key, notification_id "
    "FROM json_to_recordset(CAST(:keys AS json)) AS x(dedupe_key text, notification_id text) ORDER BY dedupe_key "
    "ON CONFLICT DO NOTHING RETURNING notification_id"
)
_SQLITE_CLAIM: Final = text(
    "INSERT INTO mail_keys (dedupe_key, notification_id) "
    "SELECT json_extract(value, '$.dedupe_key'), json_extract(value, '$.notification_id') "
    "FROM json_each(:keys) WHERE true ON CONFLICT DO NOTHING RETURNING notification_id"
)
_RELEASE: Final = text("DELETE FROM mail_keys WHERE dedupe_key = :dedupe_key AND notification_id = :notification_id")
_ADD_ATTEMPT: Final = insert(ATTEMPTS)
_CLEAR_ERROR: Final = text("UPDATE attempts SET error = NULL WHERE notification_id = :notification_id AND number = :number")
_ATTEMPTS: Final = (
    select(ATTEMPTS.c.notification_id, ATTEMPTS.c.at, ATTEMPTS.c.error)
    .where(ATTEMPTS.c.notification_id.in_(bindparam("ids", expanding=True)))
    .order_by(ATTEMPTS.c.notification_id, ATTEMPTS.c.number)
)

_SELLERS: Final = (
    select(NOTIFICATIONS.c.recipient, NOTIFICATIONS.c.language)
    .where(
        NOTIFICATIONS.c.order_id == bindparam("order_id"),
        NOTIFICATIONS.c.template == "new_order",
        NOTIFICATIONS.c.audience == "seller",
        NOTIFICATIONS.c.recipient.is_not(None),
        NOTIFICATIONS.c.dedupe_key.startswith(bindparam("prefix"), autoescape=False),
    )
    .order_by(NOTIFICATIONS.c.id)
)
_HAS_KEY: Final = select(exists().where(NOTIFICATIONS.c.dedupe_key == bindparam("dedupe_key")))


class Attempt(NamedTuple):
    """A try, and what went wrong if it did."""

    at: datetime
    error: str | None


def claim_keys(tx: Tx, keys: Mapping[str, str]) -> set[str]:
    """Those of the mails (dedupe key by id) that are the first with their key; from now on no other is.

    Of two transactions with one key the second waits for the first. Claimed in key order.
    """
    rows = [{"dedupe_key": key, "notification_id": notification_id} for notification_id, key in keys.items()]
    rows.sort(key=lambda row: row["dedupe_key"])
    statement = _PG_CLAIM if tx.dialect == "postgresql" else _SQLITE_CLAIM
    return {row.notification_id for row in tx.execute(statement, {"keys": dumps(rows)})}


def release_key(tx: Tx, notification: Notification) -> None:
    """The mail is not sent after all: a later cause may send one."""
    tx.execute(_RELEASE, {"dedupe_key": notification.dedupe_key, "notification_id": notification.id})


def lock(tx: Tx, notification_id: str) -> Notification:
    """The mail, locked to the end of the transaction; asked for again it is the same. Raises NotificationNotFound."""
    if notification_id not in tx.locked:
        try:
            tx.locked[notification_id] = ROWS.lock(tx, notification_id)
        except NotFound:
            raise NotificationNotFound(notification_id) from None
    mail: Notification = tx.locked[notification_id]
    return mail


def get(tx: Tx, notification_id: str) -> Notification:
    """Raises NotificationNotFound."""
    try:
        return ROWS.get(tx, notification_id)
    except NotFound:
        raise NotificationNotFound(notification_id) from None


def page(tx: Tx, filters: Mapping[str, Any], *, before: str | None, limit: int) -> list[Notification]:
    """Up to `limit` mails, newest first, older than the id `before`. Lists in `filters` mean or."""
    parameters: dict[str, Any] = {**filters, "limit": limit}
    if before is not None:
        parameters["before"] = before
    return ROWS.all(tx, _page(frozenset(filters), _several(filters), before is not None), parameters)


def count(tx: Tx, filters: Mapping[str, Any]) -> int:
    """How many there are."""
    return count_of(tx, _page(frozenset(filters), _several(filters), continued=False), filters)


def _several(filters: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(name for name, value in filters.items() if isinstance(value, list))


@lru_cache(maxsize=128)
def _page(names: frozenset[str], several: frozenset[str], continued: bool) -> Select[Any]:
    columns = NOTIFICATIONS.c
    conditions = [
        columns[name].in_(bindparam(name, expanding=True)) if name in several else columns[name] == bindparam(name)
        for name in sorted(names)
    ]
    if continued:
        conditions.append(columns.id < bindparam("before"))
    return ROWS.where(*conditions, order_by=(columns.id.desc(),)).limit(bindparam("limit"))


def add_attempt(tx: Tx, notification_id: str, number: int, *, error: str | None) -> None:
    """Writes what became of a try."""
    tx.execute(_ADD_ATTEMPT, {"notification_id": notification_id, "number": number, "at": tx.now, "error": error})


def clear_attempt(tx: Tx, notification_id: str, number: int) -> None:
    """The try was thought lost and was not."""
    tx.execute(_CLEAR_ERROR, {"notification_id": notification_id, "number": number})


def attempts_of(tx: Tx, ids: Sequence[str]) -> dict[str, list[Attempt]]:
    """The tries of these mails, in one question."""
    found: dict[str, list[Attempt]] = {notification_id: [] for notification_id in ids}
    if ids:
        for row in tx.execute(_ATTEMPTS, {"ids": list(ids)}):
            found[row.notification_id].append(Attempt(row.at, row.error))
    return found


def made(tx: Tx, dedupe_key: str) -> bool:
    """Whether there ever was a mail of this key, sent or not."""
    return bool(tx.execute(_HAS_KEY, {"dedupe_key": dedupe_key}).scalar_one())


def sellers_told(tx: Tx, order_id: str, submission: int) -> dict[str, str]:
    """Addresses of the sellers who were told of this submission of the order, each with its language."""
    rows = tx.execute(_SELLERS, {"order_id": order_id, "prefix": f"new_order:{order_id}:{submission}:"})
    return {row.recipient: row.language for row in rows}
