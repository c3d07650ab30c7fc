"""The filters and the sorting of the list of orders, out of the query."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from services.orders.domain.order import DELIVERY_STATUSES, INVOICE_STATUSES, PAYMENT_STATUSES, STATES, Purchase
from services.orders.errors import Failures
from shared.values.clock import parse_rfc3339, rfc3339
from shared.web.listing import Listing

_CHOICES: Final = {
    "state": STATES,
    "payment_status": PAYMENT_STATUSES,
    "delivery_status": DELIVERY_STATUSES,
    "invoice_status": INVOICE_STATUSES,
}
_INSTANTS: Final = ("created_at[gte]", "created_at[lt]", "confirmed_at[gte]", "confirmed_at[lt]")
_SORTS: Final = ("-created_at", "created_at")
FILTERS: Final = frozenset((*_CHOICES, "channel", "submitted", *_INSTANTS, "sort"))


def order_key(purchase: Purchase) -> tuple[str, str]:
    """An order's place in the list."""
    return rfc3339(purchase.order.created_at), purchase.order.id


def order_filters(asked: Listing) -> dict[str, Any]:
    """The filters as the store takes them. Raises SeveralInvalid for values that no order can have."""
    failures = Failures()
    found = {name: _value(name, text, failures) for name, text in asked.filters.items()}
    failures.refuse()
    return found


def _value(name: str, text: str, failures: Failures) -> list[str] | datetime | bool | str | None:
    if name == "sort":
        return _one_of(name, text, _SORTS, failures)
    if name == "submitted":
        return _one_of(name, text, ("true", "false"), failures) == "true"
    if name in _INSTANTS:
        try:
            return parse_rfc3339(text)
        except ValueError:
            failures.add(f"/{name}", "validation_failed", "is no RFC 3339 time with an offset")
            return None
    values = text.split(",")
    for value in values if name in _CHOICES else ():
        _one_of(name, value, _CHOICES[name], failures)
    return values


def _one_of(name: str, text: str, choices: tuple[str, ...], failures: Failures) -> str:
    if text not in choices:
        failures.add(f"/{name}", "validation_failed", f"{text!r} is none of {', '.join(choices)}")
    return text
