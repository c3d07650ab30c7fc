"""The filters and sorts of the list of orders, out of the query."""

from __future__ import annotations

from typing import Any, Final

from services.orders.domain.order import DELIVERY_STATUSES, INVOICE_STATUSES, PAYMENT_STATUSES, RETURN_STATUSES, STATES
from services.orders.domain.search import LONGEST_QUERY, MOST_WORDS, readings
from services.orders.store.order_list import VIEWS
from shared.values.clock import parse_rfc3339
from shared.values.ids import CODE_PATTERN
from shared.web.listing import Key, Listing, Reader, flag, instant, read_filters, some_of, texts


def _codes(text: str) -> list[str]:
    if not all(CODE_PATTERN.fullmatch(code) for code in texts(text)):
        raise ValueError("is one or more codes")
    return texts(text)


def _view(text: str) -> str:
    if text not in VIEWS:
        raise ValueError(f"{text!r} is none of {', '.join(VIEWS)}")
    return text


def _words(text: str) -> str:
    if len(text) > LONGEST_QUERY or len(text.split()) > MOST_WORDS:
        raise ValueError(f"is longer than {LONGEST_QUERY} characters or {MOST_WORDS} words")
    return text


FILTERS: Final[dict[str, Reader]] = {
    "state": some_of(*STATES),
    "status": _codes,
    "payment_status": some_of(*PAYMENT_STATUSES),
    "delivery_status": some_of(*DELIVERY_STATUSES),
    "invoice_status": some_of(*INVOICE_STATUSES),
    "return_status": some_of(*RETURN_STATUSES),
    "channel": _codes,
    "team": texts,
    "salesperson": texts,
    "manager": texts,
    "unassigned": flag,
    "tag": texts,
    "seller_id": texts,
    "customer_id": texts,
    "held": flag,
    "late": flag,
    "duplicate": flag,
    "submitted": flag,
    "view": _view,
    "q": _words,
    "created_at[gte]": instant,
    "created_at[lt]": instant,
    "confirmed_at[gte]": instant,
    "confirmed_at[lt]": instant,
}
SORTS: Final[dict[str, Key]] = {
    "created_at": (parse_rfc3339, str),
    "confirmed_at": (flag, parse_rfc3339, str),
    "total": (int, str),
    "last_activity_at": (parse_rfc3339, str),
}


def order_filters(asked: Listing, *, prefix: str) -> dict[str, Any]:
    """The filters as the store takes them; `prefix` stands before scanned numbers. Raises SeveralInvalid."""
    found = read_filters(asked.filters, FILTERS)
    meant = readings(found.pop("q", ""), prefix=prefix)
    return found | ({"q": meant} if meant else {})
