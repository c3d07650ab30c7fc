"""What accounts of customers and staff take, and how they are answered (api.md, sections 4 and 5)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from services.orders.api.bodies import Amount, Body, Code, CustomerType, Email, Short
from services.orders.domain.people import Customer, StaffMember
from shared.contracts.shop_settings import Language
from shared.values.address import Address
from shared.values.money import Precision

Role = Annotated[str, Field(max_length=64)]
Password = Annotated[str, Field(min_length=8, max_length=200)]


class SessionBody(Body):
    """Signing in. Any text may be tried as a password."""

    email: Email
    password: Annotated[str, Field(max_length=200)]


class MePatch(Body):
    """What customers change of their own account. Type and language cannot be taken away, so null is none of them."""

    name: Short | None = None
    phone: Short | None = None
    language: Language = "en"
    type: CustomerType = "private"
    company: Short | None = None
    tax_id: Short | None = None
    marketing_consent: bool = False


class RegistrationBody(MePatch):
    """`POST /store/v1/customers`."""

    email: Email
    password: Password


class AccountPatch(MePatch):
    """What staff change of an account."""

    email: Email = ""
    tax_exempt: bool = False
    blocked: bool = False
    credit_limit: Amount | None = None
    payment_terms_days: Annotated[int, Field(ge=0, le=365)] | None = None
    addresses: list[Address] = Field(default=[], max_length=50)


class AccountBody(AccountPatch):
    """`POST /admin/v1/customers`."""

    email: Email


class StaffPatch(Body):
    """What owners change of someone who works here."""

    email: Email = ""
    name: Short = ""
    roles: list[Role] = Field(default=[], min_length=1, max_length=20)
    password: Password = ""
    seller_id: Code | None = None
    language: Language | None = None


class StaffBody(StaffPatch):
    """`POST /admin/v1/staff`. Without a password they cannot sign in yet."""

    email: Email
    name: Short
    roles: list[Role] = Field(min_length=1, max_length=20)


def customer_view(customer: Customer) -> dict[str, Any]:
    """The Customer of the API."""
    currency, limit = customer.credit_currency, customer.credit_limit
    return {
        "id": customer.id,
        "email": customer.email,
        "name": customer.name,
        "phone": customer.phone,
        "type": customer.type,
        "company": customer.company,
        "tax_id": customer.tax_id,
        "tax_exempt": customer.tax_exempt,
        "language": customer.language,
        "marketing_consent": customer.marketing_consent,
        "blocked": customer.blocked,
        "credit_limit": None if currency is None or limit is None else Precision.of(currency, {}).format(limit),
        "currency": currency,
        "payment_terms_days": customer.payment_terms_days,
        "email_verified": False,
        "addresses": list(customer.addresses),
        "erased_at": None,
    }


def staff_view(member: StaffMember) -> dict[str, Any]:
    """One who works here."""
    return {
        "id": member.id,
        "email": member.email,
        "name": member.name,
        "roles": list(member.roles),
        "seller_id": member.seller_id,
        "language": member.language,
        "active": member.active,
    }
