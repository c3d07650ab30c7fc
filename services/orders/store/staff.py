"""Those who work here."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update

from services.orders.domain.people import StaffMember, email_key
from services.orders.store.customers import unique_email
from services.orders.tables.people import STAFF
from shared.db.tx import Tx
from shared.errors import NotFound

_FIELDS: Final = [STAFF.c[name] for name in StaffMember.__dataclass_fields__]
_BY_ID: Final = select(*_FIELDS).where(STAFF.c.id == bindparam("id"))
_LOCKED: Final = _BY_ID.with_for_update()
_ACCOUNT: Final = select(STAFF.c.id, STAFF.c.password_hash).where(STAFF.c.email_key == bindparam("email_key"), STAFF.c.active)
_INSERT: Final = insert(STAFF)


def get_member(tx: Tx, staff_id: str, *, lock: bool = False) -> StaffMember:
    """The member of staff, also one who has left. Raises NotFound."""
    row = tx.execute(_LOCKED if lock else _BY_ID, {"id": staff_id}).one_or_none()
    if row is None:
        raise NotFound(f"there is no {staff_id} among the staff")
    return StaffMember(**row._mapping)


def account_of(tx: Tx, email: str) -> tuple[str | None, str | None]:
    """Id and password hash of the active member with this address; what is not there is None."""
    row = tx.execute(_ACCOUNT, {"email_key": email_key(email)}).one_or_none()
    return (None, None) if row is None else (row.id, row.password_hash)


def list_staff(tx: Tx, *, after: str | None, rows: int) -> list[StaffMember]:
    """All of them, newest first."""
    statement = select(*_FIELDS).order_by(STAFF.c.id.desc()).limit(rows)
    return [StaffMember(**row._mapping) for row in tx.execute(statement if after is None else statement.where(STAFF.c.id < after))]


def insert_member(tx: Tx, member: StaffMember, *, password_hash: str | None) -> None:
    """A new one. Raises EmailTaken."""
    with unique_email(member.email):
        tx.execute(_INSERT, _values(member) | {"password_hash": password_hash, "created_at": tx.now})


def save_member(tx: Tx, member: StaffMember, *, password_hash: str | None) -> None:
    """Writes a locked one back; `password_hash` None leaves the password as it is. Raises EmailTaken."""
    password = {} if password_hash is None else {"password_hash": password_hash}
    with unique_email(member.email):
        tx.execute(update(STAFF).where(STAFF.c.id == member.id).values(_values(member) | password))


def _values(member: StaffMember) -> dict[str, Any]:
    return {name: getattr(member, name) for name in StaffMember.__dataclass_fields__} | {"email_key": email_key(member.email)}
