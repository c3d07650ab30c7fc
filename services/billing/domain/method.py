"""Payment methods: the built-in ones, and where they can be used (R-PAY-19)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from services.billing.domain.stripe_units import UnexpressibleAmount, to_stripe
from shared.values.money import ISO_DECIMALS, Money


@dataclass(kw_only=True)
class Method:
    """A way to pay. `countries` and `currencies` None: all. The two limits are decimal strings in the order's currency."""

    code: str
    names: dict[str, str]
    kind: str
    provider: str
    active: bool
    position: int
    confirm_on: str
    hold_minutes: int | None
    on_expiry: str
    countries: list[str] | None = None
    currencies: list[str] | None = None
    min_amount: str | None = None
    max_amount: str | None = None


CARD: Final = Method(
    code="card",
    names={"en": "Card", "fa": "کارت بانکی", "vi": "Thẻ", "ru": "Банковская карта"},
    kind="online",
    provider="stripe",
    active=True,
    position=1,
    confirm_on="authorized",
    hold_minutes=15,
    on_expiry="release",
)
BUILT_IN: Final = (CARD,)
"""What a new installation can be paid with (api.md, section 7)."""
CONFIRM_ON_ONLINE: Final = ("authorized", "captured")


def unavailable_at_all(method: Method, providers: Collection[str]) -> str | None:
    """Why nothing can be paid with it now; None when something can. `providers`: those that this process can ask."""
    if not method.active:
        return "inactive"
    return None if method.provider in providers else "not_configured"


def unavailable(method: Method, providers: Collection[str], *, country: str | None, amount: Money) -> str | None:
    """Why this amount cannot be paid with it from `country`, in one word; None when it can. Nothing to pay is never too little."""
    if reason := unavailable_at_all(method, providers):
        return reason
    if method.countries is not None and country not in method.countries:
        return "country"
    if method.currencies is not None and amount.currency not in method.currencies:
        return "currency"
    if not amount:
        return None
    if method.min_amount is not None and amount.minor < _minor(method.min_amount, amount.currency):
        return "amount_too_small"
    if method.max_amount is not None and amount.minor > _minor(method.max_amount, amount.currency):
        return "amount_too_large"
    try:
        to_stripe(amount)
    except UnexpressibleAmount:
        return "amount_not_expressible"  # R-MON-22
    return None


def _minor(limit: str, currency: str) -> Fraction:
    # Exact, since the limit may be finer than the currency: 0.50 is less than one yen.
    return Fraction(limit) * Fraction(10 ** ISO_DECIMALS[currency])


def policy_view(method: Method) -> dict[str, Any]:
    """What a submit has to know of it: MethodPolicy of shared/contracts/api/submit.py."""
    return {"code": method.code, "kind": method.kind, "hold_minutes": method.hold_minutes, "on_expiry": method.on_expiry}
