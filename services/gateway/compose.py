"""The paths that several services answer together, one line each."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from services.gateway import audit_log, clock, confirm, edit, order_view, settings, simulator, submit
from shared.web.intake import Receive, Scope, Send

if TYPE_CHECKING:
    from services.gateway.app import Gateway

Composed = Callable[[Scope, Receive, Send], Awaitable[None]]

_ORDER: Final = r"(?P<order_id>ord_[0-9A-HJKMNP-TV-Z]{26})"
_CART: Final = rf"/store/v1/(?:carts|orders)/{_ORDER}"
TABLE: Final[tuple[tuple[str, re.Pattern[str], Callable[..., Awaitable[None]]], ...]] = tuple(
    (method, re.compile(pattern), act)
    for method, pattern, act in (
        ("POST", rf"{_CART}/submit", submit.submit),
        ("GET", rf"{_CART}/payment_methods", submit.payment_methods),
        ("GET", rf"/store/v1/orders/{_ORDER}", order_view.customers_order),
        ("PATCH", _CART, edit.edit),
        ("POST", rf"{_CART}/lines", edit.edit),
        ("PATCH", rf"{_CART}/lines/[^/]+", edit.edit),
        ("DELETE", rf"{_CART}/lines/[^/]+", edit.edit),
        ("GET", rf"/admin/v1/orders/{_ORDER}", order_view.staff_order),
        ("POST", rf"/admin/v1/orders/{_ORDER}/confirm", confirm.confirm),
        ("POST", rf"/admin/v1/orders/{_ORDER}/payments", confirm.record_payment),
        ("PATCH", r"/admin/v1/settings", settings.patch),
        ("GET", r"/admin/v1/audit_log", audit_log.read),
        ("POST", r"/admin/v1/test_clock", clock.stop),
        ("GET", r"/admin/v1/test_clock", clock.read),
        ("DELETE", r"/admin/v1/test_clock", clock.run),
        ("POST", r"/admin/v1/simulators/stripe/(?P<ref>pi_[A-Za-z0-9_]+)/(?P<action>[a-z_]+)", simulator.act),
    )
)


def methods_of(path: str) -> list[str]:
    """The methods of a path that are composed."""
    return [verb for verb, pattern, _ in TABLE if pattern.fullmatch(path) is not None]


def composed(gateway: Gateway, method: str, path: str) -> Composed | None:
    """The gateway's own answer to a path, or None when one service answers alone."""
    for verb, pattern, act in TABLE:
        if verb == method and (match := pattern.fullmatch(path)) is not None:
            named: dict[str, Any] = match.groupdict()
            return partial(act, gateway, **named)
    return None
