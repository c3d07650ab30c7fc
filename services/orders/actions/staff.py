"""Those who work here: taken on, changed, and let go (R-ACC-04)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.orders.domain.people import StaffMember
from services.orders.errors import SellerMissing, UnknownRole
from services.orders.store import sessions
from services.orders.store import staff as store
from shared.db.tx import Tx
from shared.values.ids import new_id
from shared.web.caller import OWNER, ROLES, SELLER


def create_member(tx: Tx, given: Mapping[str, Any], *, password_hash: str | None) -> StaffMember:
    """A new one. Raises UnknownRole, SellerMissing, EmailTaken."""
    member = StaffMember(id=new_id("usr"), **given)
    check_roles(member.roles, member.seller_id)
    store.insert_member(tx, member, password_hash=password_hash)
    return member


def change_member(tx: Tx, staff_id: str, given: Mapping[str, Any], *, password_hash: str | None) -> StaffMember:
    """Sets the fields that were given. A new password ends their sessions. Raises NotFound, UnknownRole, SellerMissing, EmailTaken."""
    member = store.get_member(tx, staff_id, lock=True)
    for field, value in given.items():
        setattr(member, field, value)
    check_roles(member.roles, member.seller_id)
    store.save_member(tx, member, password_hash=password_hash)
    if password_hash is not None:
        sessions.end_sessions(tx, "staff", staff_id)
    return member


def deactivate_member(tx: Tx, staff_id: str) -> StaffMember:
    """They sign in no more, and their sessions end. One who has left already stays as they are. Raises NotFound."""
    member = store.get_member(tx, staff_id, lock=True)
    if member.active:
        member.active = False
        store.save_member(tx, member, password_hash=None)
        sessions.end_sessions(tx, "staff", staff_id)
    return member


def check_roles(roles: Sequence[str], seller_id: str | None) -> None:
    """Raises UnknownRole, and SellerMissing for the role seller without one."""
    for index, role in enumerate(roles):
        if role != OWNER and role not in ROLES:
            raise UnknownRole(role, index)
    if SELLER in roles and seller_id is None:
        raise SellerMissing
