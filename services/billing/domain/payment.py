"""A payment: its states, its arrows (lifecycles.md, section 3), and what it is to its order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from shared.errors import IllegalTransition
from shared.lifecycle import Lifecycle, Record
from shared.values.money import Precision

CREATED: Final = "created"
PENDING: Final = "pending"
AUTHORIZED: Final = "authorized"
CAPTURED: Final = "captured"
CANCELLED: Final = "cancelled"
FAILED: Final = "failed"

OPEN: Final = frozenset({CREATED, PENDING})
"""One of these at most per order: a unique key of the table."""
AUTHORIZED_FOR: Final = timedelta(days=7)
"""How long the provider keeps authorized money, when it names no time (api.md, 13.7)."""
KEY_HOURS: Final = 23
"""The provider keeps an idempotency key for a day; after this long a fresh one is used (R-PAY-12)."""


@dataclass(kw_only=True)
class Payment(Record):
    """One try to get an amount for one submission of an order. Amounts are ISO minor units."""

    LIFECYCLE: ClassVar[Lifecycle] = Lifecycle(
        "payment",
        {
            (CREATED, "await_money"): PENDING,  # P1, offline
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
            (CAPTURED, "orphan"): CAPTURED,
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
            (CAPTURED, "pass_review"): CAPTURED,  # P13
            (CAPTURED, "fail_review"): CAPTURED,
            (CAPTURED, "dispute"): CAPTURED,  # P14
            (CAPTURED, "close_dispute"): CAPTURED,
            (FAILED, "accept"): CAPTURED,  # P15
            (CAPTURED, "accept"): CAPTURED,
            (FAILED, "ignore"): FAILED,
            (CAPTURED, "ignore"): CAPTURED,
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
    reminder_at: datetime | None = None
    """When the customer is reminded of an offline payment."""
    deadline_at: datetime | None = None
    """When an offline payment is withdrawn with the order's hold; None: it waits for ever (R-ORD-55)."""
    capture: str = "automatic"
    """automatic, on_delivery or by_hand."""
    capture_asked: int | None = None
    """How much of the authorized money was asked for: written before the provider is, and what its answer is held against."""
    instructions: dict[str, Any] | None = None
    """{text, details{}} of an offline payment, in the order's language."""
    orphaned: bool = False
    """Money for a payment or an order that was cancelled: it counts for no order (P10)."""
    review: str = "none"
    """none, required, passed or failed (R-PAY-17)."""
    review_policy: str = "none"
    """What its method asks once the money is there."""
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None
    dispute: str = "none"
    """none, open, won or lost (R-PAY-23)."""
    resolution: str | None = None
    """accept or ignore: what a person decided of money that did not fit (P15)."""
    failure: dict[str, Any] | None = None
    """{code, message} of the last failure."""
    received: dict[str, Any] | None = None
    """{amount, currency} that a mismatching event named (P7)."""
    provider_ref: str | None = None
    receipt_number: str | None = None
    record_key: str | None = None
    """Of the staff's command that recorded it: the same command again records nothing (R-API-02)."""
    paid_at: datetime | None = None
    """When recorded money came, by its receipt."""
    bank: str | None = None
    note: str | None = None
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
        """What was promised, and given back when a part of it was taken."""
        return max(self.amount - self.captured, 0) if self.state == CAPTURED and self.capture_asked is not None else 0

    @property
    def counts(self) -> bool:
        """Whether it is one of the order's payments still: neither withdrawn nor money that belongs to no order."""
        return self.state != CANCELLED and not self.orphaned

    @property
    def offline(self) -> bool:
        """Whether people move the money, and not a provider."""
        return self.kind == "offline"

    @property
    def payable(self) -> bool:
        """Whether the customer may (still) pay it: open, or failed without money that waits for a person (R-PAY-11)."""
        if self.state == FAILED:
            return self.provider_ref is not None and self.received is None
        return self.state in OPEN

    @property
    def moving(self) -> bool:
        """Whether money is under way at the provider: processing or authorized."""
        return self.state == AUTHORIZED or (self.state == PENDING and not self.offline)

    @property
    def waits_for_person(self) -> bool:
        """Whether the provider named another amount or currency than was asked, and somebody has to look (P7, R-PAY-11)."""
        return self.state == FAILED and self.received is not None and self.resolution is None

    @property
    def closable(self) -> bool:
        """Whether a hold's end, a reopening or another method withdraws it: nothing is moving as far as we know."""
        return self.state in (CREATED, FAILED) or (self.state == PENDING and self.offline)

    @property
    def confirms(self) -> bool:
        """Whether its state has reached its method's `confirm_on` (R-ORD-34, R-ORD-37)."""
        match self.confirm_on:
            case "never":
                return False
            case "pending":
                return self.state in (PENDING, AUTHORIZED, CAPTURED)
            case "authorized":
                return self.state in (AUTHORIZED, CAPTURED)
            case _:
                return self.state == CAPTURED

    @property
    def expected(self) -> int:
        """What came is held against: a capture's amount once one was asked for, minor units."""
        return self.amount if self.capture_asked is None else self.capture_asked

    @property
    def commands(self) -> list[str]:
        """What staff may ask of it now."""
        fitting = {
            "capture": self.state == AUTHORIZED,
            "void": (self.state, "cancel") in self.LIFECYCLE.arrows,
            "review": self.state == CAPTURED and self.review == "required",
            "resolve": self.waits_for_person or (self.orphaned and self.resolution is None),
        }
        return [command for command, fits in fitting.items() if fits]

    def need(self, command: str) -> None:
        """Raises IllegalTransition for what staff cannot ask of it now."""
        if command not in self.commands:
            raise IllegalTransition(self.LIFECYCLE.name, self.state, command, self.commands)

    @property
    def create_key(self) -> str:
        """The idempotency key under which its intent is asked for: its own id."""
        return self.id if self.key_attempt == 1 else f"{self.id}-{self.key_attempt}"

    @property
    def cancel_key(self) -> str:
        """The idempotency key under which its intent is withdrawn."""
        return f"{self.id}-cancel" if self.key_attempt == 1 else f"{self.id}-cancel-{self.key_attempt}"

    @property
    def capture_key(self) -> str:
        """The idempotency key under which authorized money is taken."""
        return f"{self.id}-capture-{self.key_attempt}"

    def use_next_key(self, now_unix: int) -> None:
        """The key in use answers nothing any more: a 5xx, or a day's age."""
        self.key_attempt += 1
        self.key_used_at = now_unix

    def key_is_old(self, now_unix: int) -> bool:
        """Whether the provider may have forgotten the key."""
        return now_unix - self.key_used_at > KEY_HOURS * 3600
