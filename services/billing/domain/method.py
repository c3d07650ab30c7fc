"""Payment methods: what each asks of an order, and where it can be used (R-PAY-19). The built-in ones: domain/built_in.py."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from services.billing.domain.stripe_units import UnexpressibleAmount, to_stripe
from shared.values.money import ISO_DECIMALS, Money

ONLINE: Final = "online"
OFFLINE: Final = "offline"
STRIPE: Final = "stripe"
MANUAL: Final = "manual"
CONFIRM_ON_ONLINE: Final = ("authorized", "captured")
AT_PICKUP: Final = "pay_at_pickup"
ON_DELIVERY: Final = "cash_on_delivery"


@dataclass(kw_only=True)
class Method:
    """A way to pay. `countries` and `currencies` None: all. The two limits are decimal strings in the order's currency."""

    code: str
    names: dict[str, str]
    kind: str
    provider: str
    active: bool
    staff_only: bool = False
    position: int
    instructions: dict[str, str] = field(default_factory=dict)
    """How to pay, by language."""
    details: dict[str, str] = field(default_factory=dict)
    """What is to be copied by whoever pays: iban, bic …"""
    confirm_on: str
    hold_minutes: int | None
    reminder_minutes: int | None = None
    on_expiry: str
    capture: str = "automatic"
    """on_delivery and by_hand: authorized first, and taken with the hand-overs or when staff say so (R-PAY-20, P11)."""
    review: str = "none"
    refund_support: str
    capture_support: str
    countries: list[str] | None = None
    currencies: list[str] | None = None
    min_amount: str | None = None
    max_amount: str | None = None

    @property
    def offline(self) -> bool:
        """Whether people move the money, and not a provider."""
        return self.kind == OFFLINE


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """What is to be paid, and by whom. `goods`: something of it is handed over; `pickup`: at the shop's counter."""

    country: str | None
    amount: Money
    pickup: bool
    goods: bool
    staff: bool


def unavailable_at_all(method: Method, providers: Collection[str]) -> str | None:
    """Why nothing can be paid with it now; None when something can. `providers`: those that this process can ask."""
    if not method.active:
        return "inactive"
    return None if method.offline or method.provider in providers else "not_configured"


def unavailable(method: Method, providers: Collection[str], purchase: Purchase) -> str | None:
    """Why the purchase cannot be paid with it, in one word; None when it can. Nothing to pay is never too little."""
    if reason := unavailable_at_all(method, providers) or _unfit(method, purchase):
        return reason
    if method.countries is not None and purchase.country not in method.countries:
        return "country"
    return unavailable_for_amount(method, purchase.amount)


def unavailable_for_amount(method: Method, amount: Money) -> str | None:
    """As `unavailable`, by currency and amount alone."""
    if method.currencies is not None and amount.currency not in method.currencies:
        return "currency"
    if not amount:
        return None
    if method.min_amount is not None and amount.minor < _minor(method.min_amount, amount.currency):
        return "amount_too_small"
    if method.max_amount is not None and amount.minor > _minor(method.max_amount, amount.currency):
        return "amount_too_large"
    if method.provider != STRIPE:
        return None
    try:
        to_stripe(amount)
    except UnexpressibleAmount:
        return "amount_not_expressible"  # R-MON-22
    return None


def _unfit(method: Method, purchase: Purchase) -> str | None:
    if method.staff_only and not purchase.staff:
        return "staff_only"
    if method.code == AT_PICKUP and not purchase.pickup:
        return "not_picked_up"
    if method.code == ON_DELIVERY and purchase.pickup:
        return "picked_up"
    if method.code == ON_DELIVERY and not purchase.goods:
        return "nothing_delivered"
    return None


def _minor(limit: str, currency: str) -> Fraction:
    # Exact, since the limit may be finer than the currency: 0.50 is less than one yen.
    return Fraction(limit) * Fraction(10 ** ISO_DECIMALS[currency])


def text_in(texts: Mapping[str, str], language: str, default_language: str) -> str | None:
    """The text in `language`, else in the store's default, else in English; None where there is none of these."""
    return next((texts[wanted] for wanted in (language, default_language, "en") if texts.get(wanted)), None)


def policy_view(method: Method) -> dict[str, Any]:
    """What a submit has to know of it: MethodPolicy of shared/contracts/api/submit.py."""
    return {"code": method.code, "kind": method.kind, "hold_minutes": method.hold_minutes, "on_expiry": method.on_expiry}
