"""Accounts: customers make their own, staff make and change them. An equal e-mail gives nobody anything (R-ACC-01)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.orders.actions.contact import language_of, phone_of
from services.orders.domain.contact import kept_address
from services.orders.domain.order import Order
from services.orders.domain.people import Customer
from services.orders.errors import Failures, field_invalid
from services.orders.store import customers as store
from shared.contracts.shop_settings import ShopSettings
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.errors import NotFound
from shared.values.ids import new_id
from shared.values.money import Precision

_PLAIN: Final = (
    "email",
    "name",
    "type",
    "company",
    "tax_id",
    "tax_exempt",
    "marketing_consent",
    "blocked",
    "payment_terms_days",
)


def create_customer(tx: Tx, given: Mapping[str, Any], *, password_hash: str | None) -> Customer:
    """A new account; without a password nobody can sign in to it. Raises SeveralInvalid, EmailTaken."""
    settings = shop_settings(tx)
    customer = Customer(id=new_id("cus"), email=given["email"], language=settings.store.default_language)
    _set(customer, given, settings)
    store.insert_customer(tx, customer, password_hash=password_hash)
    return customer


def change_customer(tx: Tx, customer_id: str, given: Mapping[str, Any]) -> Customer:
    """Sets the fields that were given; null takes a value away. Orders keep what they were made with.

    Raises NotFound, SeveralInvalid, EmailTaken.
    """
    customer = store.get_customer(tx, customer_id, lock=True)
    _set(customer, given, shop_settings(tx))
    store.save_customer(tx, customer)
    return customer


def owned_by(tx: Tx, order: Order, customer_id: str | None) -> dict[str, Any]:
    """Makes a new order the account's, if there is one; returns the contact fields that it begins with. Raises SeveralInvalid."""
    if customer_id is None:
        return {}
    try:
        customer = store.get_customer(tx, customer_id)
    except NotFound as error:
        raise field_invalid("/customer_id", str(error)) from None
    order.customer_id = customer.id
    return customer.contact


def _set(customer: Customer, given: Mapping[str, Any], settings: ShopSettings) -> None:
    failures = Failures()
    for field in _PLAIN:
        if field in given:
            setattr(customer, field, given[field])
    if "phone" in given:
        customer.phone = phone_of(given["phone"], settings, failures)
    if "language" in given:
        customer.language = language_of(given["language"], settings, failures)
    if "credit_limit" in given:
        _set_credit(customer, given["credit_limit"], settings, failures)
    if "addresses" in given:
        customer.addresses = [{"id": new_id("adr"), **kept_address(address)} for address in given["addresses"]]
    failures.refuse()


def _set_credit(customer: Customer, amount: str | None, settings: ShopSettings, failures: Failures) -> None:
    customer.credit_limit = customer.credit_currency = None
    if amount is None:
        return
    try:
        precision = Precision.of(settings.store.default_currency, settings.store.currency_decimals)
        customer.credit_limit, customer.credit_currency = precision.parse(amount), precision.currency
    except ValueError as error:
        failures.add("/credit_limit", getattr(error, "code", "validation_failed"), str(error))
