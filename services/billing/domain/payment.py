"""A payment: its states, its arrows (lifecycles.md, section 3), and what it is to its order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from shared.lifecycle import Lifecycle, Record
from shared.values.money import Precision

CREATED: Final = "created"
PENDING: Final = "pending"
AUTHORIZED: Final = "authorized"
CAPTURED: Final = "captured"
CANCELLED: Final = "cancelled"
FAILED: Final = "failed"

MOVING: Final = frozenset({PENDING, AUTHORIZED})
"""Money is under way: processing or authorized."""
KEY_HOURS: Final = 23
"""The provider keeps an idempotency key for a day; after this long a fresh one is used (R-PAY-12)."""


@dataclass(kw_only=True)
class Payment(Record):
    """One try to get an amount for one submission of an order. Amounts are ISO minor units."""

    LIFECYCLE: ClassVar[Lifecycle] = Lifecycle(
        "payment",
        {
            (CREATED, "process"): PENDING,  # P2
            (FAILED, "process"): PENDING,  # P8
            (CREATED, "authorize"): AUTHORIZED,  # P3
            (PENDING, "authorize"): AUTHORIZED,
            (FAILED, "authorize"): AUTHORIZED,  # P8
            (CREATED, "capture"): CAPTURED,  # P4
            (PENDING, "capture"): CAPTURED,
            (AUTHORIZED, "capture"): CAPTURED,
            (FAILED, "capture"): CAPTURED,
            (CANCELLED, "capture"): CAPTURED,  # P10
            (CREATED, "fail"): FAILED,  # P5
            (PENDING, "fail"): FAILED,
            (AUTHORIZED, "fail"): FAILED,
            (CREATED, "cancel"): CANCELLED,  # P6
            (PENDING, "cancel"): CANCELLED,
            (AUTHORIZED, "cancel"): CANCELLED,
            (FAILED, "cancel"): CANCELLED,
            (CREATED, "mismatch"): FAILED,  # P7
            (PENDING, "mismatch"): FAILED,
            (AUTHORIZED, "mismatch"): FAILED,
            (FAILED, "mismatch"): FAILED,
        },
    )

    order_id: str
    number: str
    """The order's number."""
    submission: int
    method: str
    kind: str
    provider: str
    reference: str
    """What people name it by: the order's number, then -1, -2 …"""
    livemode: bool
    amount: int
    currency: str
    decimals: int
    captured: int = 0
    refunded: int = 0
    confirm_on: str
    hold_minutes: int | None
    on_expiry: str
    orphaned: bool = False
    """Money for a payment or an order that was cancelled: it counts for no order (P10)."""
    review: str = "none"
    failure: dict[str, Any] | None = None
    """{code, message} of the last failure."""
    received: dict[str, Any] | None = None
    """{amount, currency} that a mismatching event named (P7)."""
    provider_ref: str | None = None
    receipt_number: str | None = None
    news_at: int = 0
    """Unix seconds, by the provider's clock, of the youngest news taken: older news changes nothing (P9)."""
    key_attempt: int = 1
    """Which idempotency key is in use: raised after a 5xx, since the provider repeats that answer (R-PAY-12)."""
    key_used_at: int
    """Unix seconds, real time, since when."""
    authorized_until: datetime | None = None
    created_at: datetime
    captured_at: datetime | None = None

    @property
    def precision(self) -> Precision:
        """How its amounts are written."""
        return Precision(self.currency, self.decimals)

    @property
    def released(self) -> int:
        """What was promised and not taken."""
        return max(self.amount - self.captured, 0) if self.state == CAPTURED else 0

    @property
    def counts(self) -> bool:
        """Whether it is one of the order's payments still: neither withdrawn nor money that belongs to no order."""
        return self.state != CANCELLED and not self.orphaned

    @property
    def payable(self) -> bool:
        """Whether the customer may (still) pay it: open, or failed without money that waits for a person (R-PAY-11)."""
        if self.state == FAILED:
            return self.provider_ref is not None and self.received is None
        return self.state in (CREATED, PENDING)

    @property
    def waits_for_person(self) -> bool:
        """Whether the provider named another amount or currency than was asked, and somebody has to look (P7, R-PAY-11)."""
        return self.state == FAILED and self.received is not None

    @property
    def closable(self) -> bool:
        """Whether a hold's end, a reopening or another method withdraws it: nothing is moving as far as we know."""
        return self.state in (CREATED, FAILED)

    @property
    def confirms(self) -> bool:
        """Whether its state has reached its method's `confirm_on`."""
        return self.state == CAPTURED or (self.state == AUTHORIZED and self.confirm_on == AUTHORIZED)

    @property
    def create_key(self) -> str:
        """The idempotency key under which its intent is asked for: its own id."""
        return self.id if self.key_attempt == 1 else f"{self.id}-{self.key_attempt}"

    @property
    def cancel_key(self) -> str:
        """The idempotency key under which its intent is withdrawn."""
        return f"{self.id}-cancel" if self.key_attempt == 1 else f"{self.id}-cancel-{self.key_attempt}"

    def use_next_key(self, now_unix: int) -> None:
        """The key in use answers nothing any more: a 5xx, or a day's age."""
        self.key_attempt += 1
        self.key_used_at = now_unix

    def key_is_old(self, now_unix: int) -> bool:
        """Whether the provider may have forgotten the key."""
        return now_unix - self.key_used_at > KEY_HOURS * 3600
