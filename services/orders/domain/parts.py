"""What other services told of an order, record by record: the newest word on each, whatever order the words came in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

PAYMENT: Final = "payment"
DISPUTE: Final = "dispute"
REVIEW: Final = "review"
RESOLVED: Final = "resolved"
RESERVED: Final = "reserved"
SHORTAGE: Final = "shortage"
DELIVERY: Final = "delivery"
STARTED: Final = "started"
PICKUP_READY: Final = "pickup_ready"
CANCELLED_UNITS: Final = "cancelled_units"
PARCEL: Final = "parcel"
TRACKING: Final = "tracking"
ARRIVAL: Final = "arrival"
INVOICE: Final = "invoice"
INVOICE_PAYMENT: Final = "invoice_payment"

MOVING: Final = frozenset({"created", "pending", "authorized", "captured"})
"""States of a payment in which money is on its way or there: nothing may change under it (R-ORD-09)."""


@dataclass(frozen=True, slots=True)
class Part:
    """The newest word on one record. `seq` is the record's own count, so that older news never overwrites it."""

    kind: str
    record_id: str
    seq: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment as billing told it last. Amounts are ISO minor units."""

    submission: int
    method: str
    kind: str
    state: str
    amount: int
    captured: int
    refunded: int
    orphaned: bool
    mismatched: bool
    """The provider got another amount than asked (R-PAY-04): only the shop can resolve it."""
    confirms: bool
    """It has reached the state that its method confirms on."""
    reference: str
    """What the customer names when paying."""
    instructions: Mapping[str, Any] | None
    """How an offline payment is made, as long as it is awaited."""
    deadline_at: str | None
    numbers: Sequence[str]
    """What it is called here, at the provider and on its receipt."""

    @property
    def authorized(self) -> int:
        """Promised and not captured yet."""
        return self.amount - self.captured if self.state == "authorized" else 0

    @property
    def awaited(self) -> bool:
        """Asked for, and the customer pays without a provider."""
        return self.kind == "offline" and self.state == "pending"

    @property
    def secured(self) -> int:
        """What counts for a confirmation: money that is promised or there, or awaited by a method that trusts it (R-ORD-37)."""
        trusted = self.amount - self.captured if self.awaited and self.confirms else 0
        return self.authorized + trusted + self.captured - self.refunded


@dataclass(frozen=True, slots=True)
class Parts:
    """All words on one order."""

    by_kind: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, parts: Iterable[Part]) -> Parts:
        """Sorted by kind."""
        found: dict[str, tuple[Part, ...]] = {}
        for part in parts:
            found[part.kind] = (*found.get(part.kind, ()), part)
        return cls(found)

    def with_news(self, news: Iterable[Part]) -> Parts:
        """With newer words in the place of what was known of their records; older news changes nothing."""
        known = {(part.kind, part.record_id): part for parts in self.by_kind.values() for part in parts}
        for part in news:
            before = known.get((part.kind, part.record_id))
            if before is None or before.seq < part.seq:
                known[part.kind, part.record_id] = part
        return Parts.of(known[key] for key in sorted(known))

    def news_to(self, known: Parts) -> list[Part]:
        """Those that `known` does not have, or has another word on."""
        before = {(part.kind, part.record_id): part for parts in known.by_kind.values() for part in parts}
        return [part for parts in self.by_kind.values() for part in parts if before.get((part.kind, part.record_id)) != part]

    def all(self, kind: str) -> tuple[Part, ...]:
        """The parts of one kind."""
        return self.by_kind.get(kind, ())

    @property
    def payments(self) -> list[Payment]:
        """Payments that count: one that came for a cancelled payment or order is not this order's money (R-ORD-53)."""
        lost = {part.record_id: part for part in self.all(DISPUTE) if part.values["dispute"] == "lost"}
        resolved = {part.record_id for part in self.all(RESOLVED)}
        found = []
        for part in self.all(PAYMENT):
            payment = Payment(**part.values)
            dispute = lost.get(part.record_id)
            if dispute is not None and dispute.seq > part.seq:
                # The bank has given it back (P14); a younger word on the payment has it among what is refunded.
                payment = replace(payment, refunded=min(payment.refunded + dispute.values["amount"], payment.captured))
            if part.record_id in resolved:
                payment = replace(payment, mismatched=False)
            if not payment.orphaned:
                found.append(payment)
        return found

    @property
    def authorized(self) -> int:
        """Over all payments."""
        return sum(payment.authorized for payment in self.payments)

    @property
    def captured(self) -> int:
        """Over all payments."""
        return sum(payment.captured for payment in self.payments)

    @property
    def refunded(self) -> int:
        """Over all payments."""
        return sum(payment.refunded for payment in self.payments)

    @property
    def secured(self) -> int:
        """Over all payments, whether it is enough to confirm or not."""
        return sum(payment.secured for payment in self.payments)

    def awaited(self, submission: int) -> Payment | None:
        """The offline payment that the submission waits for."""
        return next((payment for payment in self.of_submission(submission) if payment.awaited), None)

    @property
    def payment_problem(self) -> bool:
        """Money of another amount or for nothing that is not resolved, a review that is not passed, an open dispute."""
        resolved = {part.record_id for part in self.all(RESOLVED)}
        strange = {part.record_id for part in self.all(PAYMENT) if part.values["mismatched"] or part.values["orphaned"]}
        return (
            bool(strange - resolved)
            or any(part.values["result"] in ("required", "failed") for part in self.all(REVIEW))
            or any(part.values["dispute"] == "open" for part in self.all(DISPUTE))
        )

    def of_submission(self, submission: int) -> list[Payment]:
        """The payments made for one submission."""
        return [payment for payment in self.payments if payment.submission == submission]


def sum_units(parts: Iterable[Part]) -> dict[str, int]:
    """Units by line, of parts that name them."""
    total: dict[str, int] = {}
    for part in parts:
        for line_id, quantity in part.values["units"].items():
            total[line_id] = total.get(line_id, 0) + quantity
    return total


def handed_over(parts: Parts) -> list[Part]:
    """Deliveries that are through the door: the last step done."""
    return [part for part in parts.all(DELIVERY) if part.values["state"] == "done" and part.values["last"]]


NO_PARTS: Final = Parts()
