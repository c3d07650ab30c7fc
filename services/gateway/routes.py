"""Which path is whose. The first line that fits decides; what fits none does not exist."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from shared.web.intake import BODY_LIMIT, Scope

_ORDER: Final = r"(?P<order_id>ord_[0-9A-HJKMNP-TV-Z]{26})"
_ANY: Final = r"[^/]+"


@dataclass(frozen=True)
class Owner:
    """A pattern of paths and the service that answers them."""

    pattern: re.Pattern[str]
    service: str


def _owner(pattern: str, service: str) -> Owner:
    return Owner(re.compile(pattern), service)


OWNERS: Final = (
    _owner(rf"/store/v1/(carts|orders)/{_ORDER}/(documents(/.*)?|invoices)", "billing"),
    _owner(rf"/store/v1/(carts|orders)/{_ORDER}/returnable", "returns"),
    _owner(rf"/store/v1/(carts|orders)/{_ORDER}(/.*)?", "orders"),
    _owner(r"/store/v1/(carts|carts/current|orders|customers|customers/me|sessions)", "orders"),
    _owner(rf"/admin/v1/orders/{_ORDER}/timeline", "notifications"),
    _owner(rf"/admin/v1/orders/{_ORDER}/returnable", "returns"),
    _owner(rf"/admin/v1/orders/{_ORDER}/deliveries", "delivery"),
    _owner(rf"/admin/v1/orders/{_ORDER}/invoices", "billing"),
    _owner(r"/admin/v1/(orders|scan|products|sellers|customers|staff|sessions|me|api_keys|settings)(/.*)?", "orders"),
    _owner(r"/admin/v1/(stock|shipping_methods|reservations|deliveries|parcels)(/.*)?", "delivery"),
    _owner(r"/admin/v1/(payments|payment_methods|invoices|provider_events)(/.*)?", "billing"),
    _owner(r"/admin/v1/(notifications|events|tasks)(/.*)?", "notifications"),
    _owner(r"/hooks/v1/stripe", "billing"),
)

LARGE_BODIES: Final = re.compile(r"PUT /admin/v1/(products|stock)|POST /hooks/v1/stripe|[A-Z]+ /_.*")
"""What may be as large as a body can be: up to 1,000 records at once, and what Stripe has to say."""
SMALL_BODY: Final = 128 * 1024
"""Bytes of every other body. Who calls is asked after the body was looked at: until then it must not cost much."""


def body_limit(scope: Scope) -> int:
    """The most bytes that this request's body may have."""
    return BODY_LIMIT if LARGE_BODIES.fullmatch(f"{scope['method']} {scope['path']}") else SMALL_BODY


def owner_of(path: str) -> tuple[str, str | None] | None:
    """The service of a path, and the order id in it; None: nobody's."""
    for owner in OWNERS:
        match = owner.pattern.fullmatch(path)
        if match is not None:
            return owner.service, match.groupdict().get("order_id")
    return None
