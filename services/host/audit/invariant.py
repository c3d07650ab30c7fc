"""What an invariant is, and the function that looks whether some of them hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.host.audit.look import Look
from services.host.audit.report import Violation


@dataclass(frozen=True, slots=True)
class Invariant:
    """A sentence that must always be true. `rule`: where the specification says so."""

    name: str
    rule: str
    says: str

    def broken(
        self, service: str, record_id: str, what: str, *, repair: str, order_id: str | None = None, since: datetime | None = None
    ) -> Violation:
        """One record of `service` of which it is not true."""
        return Violation(self.name, self.rule, service, record_id, order_id, since, what, repair)


@dataclass(frozen=True, slots=True)
class Subject:
    """Invariants that are looked up together. `services`: all that must be there to ask; without them it is left out."""

    services: tuple[str, ...]
    invariants: Sequence[Invariant]
    check: Callable[[Look], Iterator[Violation]]
