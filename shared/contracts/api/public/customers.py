"""Customers' accounts: in their own hands, and in staff's."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from shared.contracts.api.public.kinds import Currency, CustomerId, Instant, Language, Money, Page, Shown
from shared.contracts.api.public.path import CUSTOMER, STOREFRONT, Answer, Path, Query, Subject, staff


class SavedAddress(Shown):
    """An address of the account's book."""

    id: str = Field(pattern="^adr_[0-9A-HJKMNP-TV-Z]{26}$", examples=["adr_01KAVR5Z3M8QW4T7R2N5V0C1DE"])
    name: str = Field(examples=["Sara Rad"])
    company: str | None = Field(examples=[None])
    line1: str = Field(examples=["Hauptstr. 1"])
    line2: str | None = Field(examples=[None])
    city: str = Field(examples=["Berlin"])
    region: str | None = Field(examples=[None])
    postal_code: str | None = Field(examples=["10115"])
    country: str = Field(pattern="^[A-Z]{2}$", examples=["DE"])
    phone: str | None = Field(examples=[None])


class Account(Shown):
    """A customer with an account. `credit_limit` is in `currency`; null: none was set."""

    id: CustomerId
    email: str = Field(examples=["sara@example.org"])
    name: str | None = Field(examples=["Sara Rad"])
    phone: str | None = Field(examples=["+4930123456"])
    type: Literal["private", "business"]
    company: str | None = Field(examples=[None])
    tax_id: str | None = Field(examples=[None])
    tax_exempt: bool
    language: Language
    marketing_consent: bool
    blocked: bool = Field(description="Whether the shop sells them nothing.")
    credit_limit: Money | None = Field(examples=[None])
    currency: Currency | None = Field(examples=[None])
    payment_terms_days: int | None = Field(examples=[None])
    email_verified: bool
    addresses: list[SavedAddress]
    erased_at: Instant | None = Field(examples=[None])


class AccountPage(Shown):
    """A page of accounts."""

    data: list[Account]
    page: Page


class CustomerSession(Shown):
    """A customer who has signed in. The token is in this answer and never again."""

    customer: Account
    token: str = Field(examples=["ses_mVb3kq0bL0mTfB7cWl2x9dHn5sYp8uQe1rZaGtJ4oXw"])
    expires_at: Instant


_OWN: Final = {200: Answer(shape=Account, says="The account as it is now.")}
_OPENED: Final = {201: Answer(shape=CustomerSession, says="The account, and the token that opens it.", headers=("Location",))}
_ONE: Final = {200: Answer(shape=Account, says="The account.")}

SUBJECT: Final = Subject(
    name="Customers",
    says="Accounts. An order belongs to an account when it was made while signed in, or by staff; an equal e-mail address gives nothing.",
    paths=(
        Path(
            at="POST /store/v1/customers",
            name="register",
            summary="Make an account, and sign in",
            who=STOREFRONT,
            takes={"email": "mina@example.org", "password": "a long sentence", "name": "Mina Rad", "language": "en"},
            answers=_OPENED,
            errors=("already_exists", "rate_limited"),
        ),
        Path(
            at="POST /store/v1/sessions",
            name="sign_in",
            summary="Sign in",
            says="The token holds for twelve hours.",
            who=STOREFRONT,
            takes={"email": "sara@example.org", "password": "a long sentence"},
            answers=_OPENED,
            errors=("bad_credentials", "rate_limited"),
        ),
        Path(
            at="DELETE /store/v1/sessions",
            name="sign_out",
            summary="Sign out",
            who=CUSTOMER,
            answers={204: Answer(says="The token of this request opens nothing any more.")},
        ),
        Path(
            at="GET /store/v1/customers/me",
            name="get_own_account",
            summary="Look at the own account",
            who=CUSTOMER,
            answers=_OWN,
        ),
        Path(
            at="PATCH /store/v1/customers/me",
            name="change_own_account",
            summary="Change the own account",
            who=CUSTOMER,
            takes={"name": "Sara Rad", "phone": "+4930123456", "marketing_consent": True},
            answers=_OWN,
        ),
        Path(
            at="GET /admin/v1/customers",
            name="list_customers",
            summary="List accounts",
            who=staff("customers.read"),
            answers={200: Answer(shape=AccountPage, says="A page, newest first.")},
            paged=True,
            queries=(Query(name="q", says="Words of e-mail, name, phone or company; all must be found.", several=False, example="sara"),),
        ),
        Path(
            at="POST /admin/v1/customers",
            name="create_customer",
            summary="Make an account for a customer",
            who=staff("customers.write"),
            takes={"email": "omid@example.org", "name": "Omid Rad", "type": "business", "company": "Rad & Co", "credit_limit": "500.00"},
            answers={201: Answer(shape=Account, says="The account.", headers=("Location",))},
            errors=("already_exists", "money_precision"),
        ),
        Path(
            at="GET /admin/v1/customers/{customer_id}",
            name="get_customer",
            summary="Look at an account",
            who=staff("customers.read"),
            answers=_ONE,
        ),
        Path(
            at="PATCH /admin/v1/customers/{customer_id}",
            name="change_customer",
            summary="Change an account",
            who=staff("customers.write"),
            takes={"blocked": False, "payment_terms_days": 14, "credit_limit": "500.00"},
            answers={200: Answer(shape=Account, says="The account as it is now.")},
            errors=("already_exists", "money_precision"),
        ),
    ),
)
