"""Customers with an account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from services.orders.domain.catalogue import searchable
from services.orders.domain.people import Customer, email_key
from services.orders.errors import EmailTaken
from services.orders.tables.people import CUSTOMERS
from shared.db.tx import Tx
from shared.errors import NotFound

_FIELDS: Final = [CUSTOMERS.c[name] for name in Customer.__dataclass_fields__]
_BY_ID: Final = select(*_FIELDS).where(CUSTOMERS.c.id == bindparam("id"))
_LOCKED: Final = _BY_ID.with_for_update()
_STANDING: Final = select(CUSTOMERS.c.blocked, CUSTOMERS.c.credit_limit, CUSTOMERS.c.credit_currency).where(
    CUSTOMERS.c.id == bindparam("id")
)
_TERMS: Final = select(CUSTOMERS.c.payment_terms_days).where(CUSTOMERS.c.id == bindparam("id"))
_ACCOUNT: Final = select(CUSTOMERS.c.id, CUSTOMERS.c.password_hash).where(CUSTOMERS.c.email_key == bindparam("email_key"))
_INSERT: Final = insert(CUSTOMERS)


def get_customer(tx: Tx, customer_id: str, *, lock: bool = False) -> Customer:
    """The account. Raises NotFound."""
    row = tx.execute(_LOCKED if lock else _BY_ID, {"id": customer_id}).one_or_none()
    if row is None:
        raise NotFound(f"there is no customer {customer_id}")
    return _customer(row)


def standing_of(tx: Tx, customer_id: str, currency: str) -> tuple[bool, int | None]:
    """Whether the shop sells this customer nothing, and how much they may owe in this currency, minor units; None: no limit is set."""
    row = tx.execute(_STANDING, {"id": customer_id}).one()
    return row.blocked, row.credit_limit if row.credit_currency == currency else None


def payment_terms(tx: Tx, customer_id: str) -> int | None:
    """Days that the account has to pay an invoice in; None: as the shop says."""
    days: int | None = tx.execute(_TERMS, {"id": customer_id}).scalar_one()
    return days


def account_of(tx: Tx, email: str) -> tuple[str | None, str | None]:
    """Id and password hash of the account with this address; what is not there is None."""
    row = tx.execute(_ACCOUNT, {"email_key": email_key(email)}).one_or_none()
    return (None, None) if row is None else (row.id, row.password_hash)


def list_customers(tx: Tx, q: str | None, *, after: str | None, rows: int) -> list[Customer]:
    """Accounts, newest first. All words of `q` occur in e-mail, name, phone or company."""
    statement = select(*_FIELDS).order_by(CUSTOMERS.c.id.desc()).limit(rows)
    for word in searchable(q or "").split():
        statement = statement.where(CUSTOMERS.c.searched.contains(word, autoescape=True))
    if after is not None:
        statement = statement.where(CUSTOMERS.c.id < after)
    return [_customer(row) for row in tx.execute(statement)]


def insert_customer(tx: Tx, customer: Customer, *, password_hash: str | None) -> None:
    """A new account. Raises EmailTaken."""
    with unique_email(customer.email):
        tx.execute(_INSERT, _values(customer) | {"password_hash": password_hash, "created_at": tx.now})


def save_customer(tx: Tx, customer: Customer) -> None:
    """Writes a locked account back. Raises EmailTaken."""
    with unique_email(customer.email):
        tx.execute(update(CUSTOMERS).where(CUSTOMERS.c.id == customer.id).values(_values(customer)))


@contextmanager
def unique_email(email: str) -> Iterator[None]:
    """Raises EmailTaken when the row that is written here has another's address."""
    try:
        yield
    except IntegrityError as error:
        if "email_key" in str(error.orig):
            raise EmailTaken(email) from None
        raise


def _values(customer: Customer) -> dict[str, Any]:
    fields = {name: getattr(customer, name) for name in Customer.__dataclass_fields__}
    return fields | {"email_key": email_key(customer.email), "searched": customer.searched}


def _customer(row: Row[Any]) -> Customer:
    return Customer(**row._mapping)
