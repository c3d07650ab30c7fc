"""An order as billing knows it, and how its payments stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from services.billing.domain.payment import AUTHORIZED, CAPTURED, Payment
from shared.values.money import Precision


@dataclass(kw_only=True)
class Order:
    """The copy of an order: figures and content of its newest submission, and how far its submissions got. 0: not known yet."""

    order_id: str
    number: str = ""
    submission: int = 0
    currency: str = ""
    decimals: int = 0
    total: int = 0
    content: dict[str, Any] | None = None
    """The payload of the newest `order_submitted` or `order_confirmed`."""
    content_seq: int = 0
    """That fact's place among the order's facts: an older one never overwrites it."""
    confirmed_submission: int = 0
    ended_submission: int = 0
    """The newest submission that a reopening, or the end of its hold, has ended."""
    cancelled_submission: int = 0
    handed_over: dict[str, int] = field(default_factory=dict)
    """Units by line that were handed over while money was to be taken with them (R-PAY-20)."""
    due_changes: int = 0
    """How often `due_changed` was told; while odd, open deliveries wait for money."""
    hand_overs: dict[str, Any] = field(default_factory=dict)
    """Units at the customer's, as long as something is left to invoice: {delivery_id: {at, units {line_id: quantity}}}."""
    cancelled_units: dict[str, Any] = field(default_factory=dict)
    """Units that nobody will get: {fact: {reason, units {line_id: quantity}, value?}}; `value`, minor units, once it is known."""

    @property
    def due_held(self) -> bool:
        """Whether open deliveries wait until what the provider released is paid (P11)."""
        return self.due_changes % 2 == 1

    @property
    def confirmed(self) -> bool:
        """Whether its newest submission is binding."""
        return 0 < self.submission <= self.confirmed_submission

    @property
    def cancelled(self) -> bool:
        """Whether it will not be delivered; a newer submission begins anew."""
        return self.cancelled_submission > 0 and self.cancelled_submission >= self.submission

    @property
    def has_pro_forma(self) -> bool:
        """Whether its content is that of a submission that stands: neither a cart's again, nor cancelled (R-INV-04)."""
        return self.content is not None and self.submission > max(self.ended_submission, self.cancelled_submission)

    @property
    def cancelled_value(self) -> int:
        """What the units are worth that nobody will get, minor units."""
        return sum(cancelled.get("value", 0) for cancelled in self.cancelled_units.values())

    def take_figures(self, *, number: str, submission: int, currency: str, decimals: int, total: int) -> None:
        """Figures of a submission that is none older than the one known."""
        self.number, self.submission = number, submission
        self.currency, self.decimals, self.total = currency, decimals, total


@dataclass(frozen=True)
class Standing:
    """An order and all its payments, read under the order's lock: every figure of it holds until the transaction ends."""

    order: Order
    payments: list[Payment]

    def payment(self, payment_id: str) -> Payment:
        """One of them. Raises StopIteration for another order's: a bug."""
        return next(payment for payment in self.payments if payment.id == payment_id)

    def of_submission(self, submission: int) -> list[Payment]:
        """The payments of one submission, oldest first."""
        return [payment for payment in self.payments if payment.submission == submission]

    @property
    def precision(self) -> Precision:
        """How the order's amounts are written."""
        return Precision(self.order.currency, self.order.decimals)

    @property
    def authorized(self) -> int:
        """Promised and not captured, minor units."""
        return sum(payment.amount for payment in self.payments if payment.state == AUTHORIZED)

    @property
    def captured(self) -> int:
        """Captured and not lost again, without orphaned money, minor units."""
        return sum(payment.captured - payment.refunded for payment in self.payments if payment.state == CAPTURED and not payment.orphaned)

    @property
    def moving(self) -> int:
        """Under way: processing or authorized, minor units."""
        return sum(payment.amount for payment in self.payments if payment.moving)

    @property
    def due(self) -> int:
        """Still to pay, minor units (lifecycles.md, outstanding)."""
        return max(0, self.order.total - self.order.cancelled_value - self.captured - self.authorized)

    @property
    def paid_in_full(self) -> bool:
        """Whether all is captured that the customer gets."""
        return self.captured >= self.order.total - self.order.cancelled_value

    def money_after(self, invoiced: int) -> tuple[int, int]:
        """Captured money and money under way that documents of this sum leave to the next one, minor units: the oldest is paid first."""
        captured = max(0, self.captured - invoiced)
        return captured, max(0, self.captured + self.moving - invoiced) - captured

    def cancels(self, payment: Payment) -> bool:
        """Whether the order was cancelled in or after the submission that the payment is for."""
        return payment.submission <= self.order.cancelled_submission
