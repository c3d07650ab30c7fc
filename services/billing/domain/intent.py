"""A payment as the provider holds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ProviderFault:
    """Why the provider's last attempt at a payment failed, in its words: `code` for machines, `message` for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Intent:
    """A PaymentIntent of Stripe, as read in an answer. Amounts are in Stripe's unit (R-MON-22), `currency` is in upper case."""

    ref: str
    status: str
    """requires_payment_method, requires_confirmation, requires_action, processing, requires_capture, succeeded, canceled."""
    amount: int
    amount_capturable: int | None
    amount_received: int | None
    currency: str
    client_secret: str | None = field(repr=False)
    """What the customer's browser pays with. A secret: never logged, hence not in the repr."""
    latest_charge: str | None
    livemode: bool
    created: int
    """Unix seconds of the intent's birth, not of its status."""
    last_error: ProviderFault | None
    metadata: Mapping[str, str]
