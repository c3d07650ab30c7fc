"""The cards' banks, and Stripe's courier: what happens to an intent, and when the shop hears of it: late, twice, never."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Final

from services.billing.adapters.stripe import ProviderRefused, ProviderUnavailable
from services.host.simulators.stripe import signature_header
from services.host.simulators.stripe.intents import Action
from tests.machine.house import House
from tests.support.driver import Answer
from tests.support.stripe_double import WEBHOOK_SECRET, StripeDouble

PAYING: Final[tuple[Action, ...]] = ("succeed", "authorize", "process", "fail", "cancel")
POSSIBLE: Final[dict[str, tuple[Action, ...]]] = {
    "requires_payment_method": PAYING,
    "processing": ("succeed", "authorize", "fail"),
    "requires_capture": ("fail", "cancel"),
    "succeeded": ("dispute", "win_dispute", "lose_dispute"),
    "canceled": (),
}
"""What can happen to an intent by its status. A bank does not take money of a card that the shop has not asked for."""


@dataclass
class Bank:
    """What it has done and not told yet is in `events`, oldest first."""

    house: House
    stripe: StripeDouble
    events: list[bytes] = field(default_factory=list)

    def intents(self) -> list[dict[str, Any]]:
        """Those of this shop's payments, oldest first."""
        refs = [payment["provider_ref"] for payment in self.house.look_at("billing", "payments")]
        known = {intent["id"]: intent for intent in self.stripe.intents()}
        return [known[ref] for ref in refs if ref is not None]

    def possible(self) -> list[tuple[str, Action]]:
        """(intent, action) for all that can happen now."""
        return [(intent["id"], action) for intent in self.intents() for action in self._actions(intent)]

    def _actions(self, intent: dict[str, Any]) -> tuple[Action, ...]:
        by_hand = intent["capture_method"] == "manual"
        wrong = {"succeed"} if by_hand else {"authorize"}
        return tuple(action for action in POSSIBLE[intent["status"]] if action not in wrong)

    def does(self, ref: str, action: Action, *, lost: bool = False, **overrides: Any) -> None:
        """It happens. `lost`: no event of it ever comes. `overrides`: the intent is not as it was asked for."""
        event = self.stripe.happens(ref, action, created=int(time.time()), **overrides)
        if not lost:
            self.events.append(event)

    def tells(self, number: int, *, keep: bool = False) -> Answer | None:
        """One event is brought, counted round; `keep`: it comes again."""
        if not self.events:
            return None
        number %= len(self.events)
        event = self.events[number] if keep else self.events.pop(number)
        headers = {"stripe-signature": signature_header(event, secret=WEBHOOK_SECRET, at_unix=int(time.time()))}
        return self.house.asks("POST", "/hooks/v1/stripe", raw=event, headers=headers)

    def recovers(self) -> None:
        """Stripe answers well again: what it was told to do badly is used up."""
        provider = self.stripe.outside().stripe
        assert provider is not None
        while True:
            try:
                provider.retrieve_intent("pi_nobodys")
            except ProviderUnavailable:
                continue
            except ProviderRefused:
                return
