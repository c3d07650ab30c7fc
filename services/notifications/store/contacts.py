"""Whom mails about an order go to."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, select, text

from services.notifications.errors import ContactNotFound
from services.notifications.tables import CONTACTS
from shared.db.tx import Tx

_COPY: Final = text(
    "INSERT INTO contacts (order_id, seq, number, language, email, name, token_generation, state, expected_at) "
    "VALUES (:order_id, :seq, :number, :language, :email, :name, :token_generation, :state, :expected_at) ON CONFLICT (order_id) DO UPDATE "
    "SET seq = excluded.seq, number = excluded.number, language = excluded.language, email = excluded.email, name = excluded.name, "
    "token_generation = excluded.token_generation, state = excluded.state, expected_at = excluded.expected_at "
    "WHERE contacts.seq < excluded.seq"
)
_OF_ORDER: Final = select(
    CONTACTS.c.number,
    CONTACTS.c.language,
    CONTACTS.c.email,
    CONTACTS.c.name,
    CONTACTS.c.token_generation,
    CONTACTS.c.state,
    CONTACTS.c.expected_at,
).where(CONTACTS.c.order_id == bindparam("order_id"))


class Contact(NamedTuple):
    """The customer of an order, as mails need them."""

    number: str
    """The order's."""
    language: str
    email: str | None
    name: str | None
    token_generation: int
    state: str = "quotation"
    """The order's, as its newest fact says: quotation, confirmed, cancelled."""
    expected_at: str | None = None


def copy(tx: Tx, order_id: str, seq: int, contact: Contact) -> None:
    """Takes the contact if `seq` of its order is higher than the one that is here."""
    values: dict[str, Any] = {"order_id": order_id, "seq": seq, **contact._asdict()}
    tx.execute(_COPY, values)


def of_order(tx: Tx, order_id: str) -> Contact:
    """Raises ContactNotFound: the fact that tells it may still be on its way."""
    contact = find(tx, order_id)
    if contact is None:
        raise ContactNotFound(order_id)
    return contact


def find(tx: Tx, order_id: str) -> Contact | None:
    """None when nothing is known of it yet."""
    row = tx.execute(_OF_ORDER, {"order_id": order_id}).one_or_none()
    return None if row is None else Contact._make(row)
