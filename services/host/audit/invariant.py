"""What an invariant is: a name, the rule it stands for, the services it asks, and a function that yields what breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.host.audit.look import Look
from services.host.audit.report import Violation


@dataclass(frozen=True, slots=True)
class Invariant:
    """`services`: all that it asks; an audit of fewer leaves it out."""

    name: str
    rule: str
    services: tuple[str, ...]
    says: str
    """One sentence for the documentation: what must be true."""
    check: Callable[[Look], Iterator[Violation]]

    def asks(self, look: Look) -> bool:
        """Whether this look can answer it."""
        return look.has(*self.services)
