"""Who is signed in: found by the hash of the token they send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import bindparam, delete, insert, select

from services.orders.tables.people import CUSTOMERS, SESSIONS, STAFF
from shared.db.tx import Tx

Kind = Literal["customer", "staff"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in person, as they are now. `roles` and `seller_id` are of staff."""

    kind: Kind
    person_id: str
    name: str | None
    language: str | None
    expires_at: datetime
    roles: tuple[str, ...] = ()
    seller_id: str | None = None


_FIND: Final = (
    select(
        SESSIONS.c.customer_id,
        SESSIONS.c.staff_id,
        SESSIONS.c.expires_at,
        CUSTOMERS.c.name.label("customer_name"),
        CUSTOMERS.c.language.label("customer_language"),
        STAFF.c.name.label("staff_name"),
        STAFF.c.language.label("staff_language"),
        STAFF.c.roles,
        STAFF.c.seller_id,
    )
    .select_from(
        SESSIONS.outerjoin(CUSTOMERS, CUSTOMERS.c.id == SESSIONS.c.customer_id).outerjoin(STAFF, STAFF.c.id == SESSIONS.c.staff_id)
    )
    .where(SESSIONS.c.token_sha256 == bindparam("sha256"), STAFF.c.active.is_distinct_from(False))
)
_OF: Final = {"customer": SESSIONS.c.customer_id, "staff": SESSIONS.c.staff_id}
_PASSWORDS: Final = {
    kind: select(table.c.password_hash).where(table.c.id == bindparam("person_id")).with_for_update()
    for kind, table in (("customer", CUSTOMERS), ("staff", STAFF))
}
_INSERT: Final = insert(SESSIONS)
_END: Final = delete(SESSIONS).where(SESSIONS.c.token_sha256 == bindparam("sha256"))
_END_ALL: Final = {kind: delete(SESSIONS).where(column == bindparam("person_id")) for kind, column in _OF.items()}
_END_EXPIRED: Final = {
    kind: statement.where(SESSIONS.c.expires_at <= bindparam("now", type_=SESSIONS.c.expires_at.type))
    for kind, statement in _END_ALL.items()
}


def find_session(tx: Tx, sha256: str) -> Session | None:
    """The session of this token, expired or not; none of staff who have left."""
    row = tx.execute(_FIND, {"sha256": sha256}).one_or_none()
    if row is None:
        return None
    if row.customer_id is not None:
        kind: Kind = "customer"
        return Session(
            kind=kind, person_id=row.customer_id, name=row.customer_name, language=row.customer_language, expires_at=row.expires_at
        )
    return Session(
        kind="staff",
        person_id=row.staff_id,
        name=row.staff_name,
        language=row.staff_language,
        expires_at=row.expires_at,
        roles=tuple(row.roles),
        seller_id=row.seller_id,
    )


def lock_password(tx: Tx, kind: Kind, person_id: str) -> str | None:
    """The hash of the person's password as it is now, locked until the end of the transaction."""
    kept: str | None = tx.execute(_PASSWORDS[kind], {"person_id": person_id}).scalar_one()
    return kept


def insert_session(tx: Tx, kind: Kind, person_id: str, *, sha256: str, expires_at: datetime) -> None:
    """A new session; those of the same person that have expired go."""
    tx.execute(_END_EXPIRED[kind], {"person_id": person_id, "now": tx.database.clock.now()})
    row = {"token_sha256": sha256, "customer_id": None, "staff_id": None, "expires_at": expires_at, "created_at": tx.now}
    tx.execute(_INSERT, row | {f"{kind}_id": person_id})


def end_session(tx: Tx, sha256: str) -> None:
    """The token opens nothing any more."""
    tx.execute(_END, {"sha256": sha256})


def end_sessions(tx: Tx, kind: Kind, person_id: str) -> None:
    """None of the person's tokens opens anything any more."""
    tx.execute(_END_ALL[kind], {"person_id": person_id})
