"""The filters and the sorting of the list of orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_

from services.orders.domain.order import DELIVERY_STATUSES, INVOICE_STATUSES, PAYMENT_STATUSES, STATES, Purchase
from services.orders.errors import Failures
from services.orders.tables import ORDERS
from shared.values.clock import parse_rfc3339, rfc3339
from shared.web.listing import Listing

_CHOICES: Final = {
    "state": STATES,
    "payment_status": PAYMENT_STATUSES,
    "delivery_status": DELIVERY_STATUSES,
    "invoice_status": INVOICE_STATUSES,
}
_INSTANTS: Final = ("created_at[gte]", "created_at[lt]", "confirmed_at[gte]", "confirmed_at[lt]")
_SORTS: Final = ("created_at", "-created_at")
FILTERS: Final = frozenset((*_CHOICES, "channel", "submitted", *_INSTANTS, "sort"))


def order_key(purchase: Purchase) -> tuple[str, str]:
    """An order's place in the list."""
    return rfc3339(purchase.order.created_at), purchase.order.id


def order_query(asked: Listing) -> tuple[list[ColumnElement[bool]], Sequence[Any]]:
    """Conditions and order of the rows. Raises SeveralInvalid for values that no order can have."""
    failures = Failures()
    conditions: list[ColumnElement[bool]] = []
    for name, value in asked.filters.items():
        condition = _condition(name, value, failures)
        if condition is not None:
            conditions.append(condition)
    rising = asked.filters.get("sort") == "created_at"
    failures.refuse()

    if asked.after is not None:
        conditions.append(_after(*asked.after, rising=rising))
    created_at, order_id = ORDERS.c.created_at, ORDERS.c.id
    return conditions, (created_at, order_id) if rising else (created_at.desc(), order_id.desc())


def _condition(name: str, value: str, failures: Failures) -> ColumnElement[bool] | None:
    if name == "sort":
        if value not in _SORTS:
            failures.add("/sort", "validation_failed", f"is one of {', '.join(_SORTS)}")
        return None
    if name in _INSTANTS:
        column, _, operator = name.rstrip("]").partition("[")
        instant = _instant(value, name, failures)
        if instant is None:
            return None
        return ORDERS.c[column] >= instant if operator == "gte" else ORDERS.c[column] < instant
    if name == "submitted":
        if value not in ("true", "false"):
            failures.add("/submitted", "validation_failed", "is true or false")
        return ORDERS.c.submitted_at.is_not(None) if value == "true" else ORDERS.c.submitted_at.is_(None)
    values = value.split(",")
    unknown = set(values) - set(_CHOICES[name]) if name in _CHOICES else ()
    if unknown:
        failures.add(f"/{name}", "validation_failed", f"is some of {', '.join(_CHOICES[name])}")
    return ORDERS.c[name].in_(values)


def _instant(text: str, name: str, failures: Failures) -> datetime | None:
    try:
        return parse_rfc3339(text)
    except ValueError:
        failures.add(f"/{name}", "validation_failed", "is no RFC 3339 time with an offset")
        return None


def _after(instant: datetime, last_id: str, *, rising: bool) -> ColumnElement[bool]:
    created_at, order_id = ORDERS.c.created_at, ORDERS.c.id
    if rising:
        return or_(created_at > instant, and_(created_at == instant, order_id > last_id))
    return or_(created_at < instant, and_(created_at == instant, order_id < last_id))
