"""What delivery knows of an order: the submission that ended last, and why its goods are to stay in the house."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(kw_only=True)
class OrderStanding:
    """Facts may come in any order: the newest of each kind counts, by its number (R-DLV-06, R-ORD-50).

    `reviews` is {payment: [number, passed]}: goods stay while one of them is not passed.
    """

    order_id: str
    ended_submission: int = 0
    hold_seq: int = 0
    held: bool = False
    due_seq: int = 0
    due_held: bool = False
    review_open: bool = False
    reviews: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def hold_reasons(self) -> list[str]:
        """Why nothing of it is started or handed over now; empty: it may."""
        standing = (("order", self.held), ("payment_review", self.review_open), ("payment_due", self.due_held))
        return [reason for reason, holds in standing if holds]

    def note_hold(self, seq: int, *, held: bool) -> bool:
        """The order was held or released; returns whether that is news."""
        if seq <= self.hold_seq:
            return False
        self.hold_seq, self.held = seq, held
        return True

    def note_due(self, seq: int, *, held: bool) -> bool:
        """Something is due again, or no more; returns whether that is news."""
        if seq <= self.due_seq:
            return False
        self.due_seq, self.due_held = seq, held
        return True

    def note_review(self, payment_id: str, seq: int, *, passed: bool) -> bool:
        """A payment has to be looked at, or somebody did; returns whether that is news."""
        if seq <= self.reviews.get(payment_id, [0])[0]:
            return False
        self.reviews = {**self.reviews, payment_id: [seq, passed]}
        self.review_open = not all(passed for _, passed in self.reviews.values())
        return True
