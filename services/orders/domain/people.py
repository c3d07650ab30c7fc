"""Customers with an account and members of staff, as the shop knows them; never their passwords."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from services.orders.domain.catalogue import searchable


@dataclass(slots=True, kw_only=True)
class Customer:
    """An account. `credit_limit` is minor units of `credit_currency`; `addresses` are Addresses, each with an `id`."""

    id: str
    email: str
    name: str | None = None
    phone: str | None = None
    type: Literal["private", "business"] = "private"
    company: str | None = None
    tax_id: str | None = None
    tax_exempt: bool = False
    language: str
    marketing_consent: bool = False
    blocked: bool = False
    credit_limit: int | None = None
    credit_currency: str | None = None
    payment_terms_days: int | None = None
    addresses: Sequence[Mapping[str, Any]] = field(default_factory=list)

    @property
    def searched(self) -> str:
        """What `q` is looked for in."""
        return searchable(" ".join(filter(None, (self.email, self.name, self.phone, self.company))))

    @property
    def contact(self) -> dict[str, Any]:
        """What an order made for the account begins with (api.md, section 5)."""
        return {
            "email": self.email,
            "name": self.name,
            "phone": self.phone,
            "customer_type": self.type,
            "company": self.company,
            "tax_id": self.tax_id,
            "tax_exempt": self.tax_exempt,
        }


@dataclass(slots=True, kw_only=True)
class StaffMember:
    """Someone who works here. `seller_id` narrows them to what is that seller's (R-ACC-06); `language` of their pages."""

    id: str
    email: str
    name: str
    roles: Sequence[str]
    seller_id: str | None = None
    language: str | None = None
    active: bool = True


def email_key(email: str) -> str:
    """The address as accounts are told apart: capitals make no other person."""
    return email.casefold()
