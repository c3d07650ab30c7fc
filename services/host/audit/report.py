"""What an audit says: which invariant does not hold, of which record, since when, and what repairs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.values.clock import rfc3339


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong. `rule` is a rule or section of the specification, `repair` a command or a request."""

    invariant: str
    rule: str
    service: str
    record_id: str
    order_id: str | None
    since: datetime | None
    """The instant of the newest thing that is known of the record; None when nothing of it bears a time."""
    what: str
    repair: str

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What a second look compares: it is the same violation when invariant, record and values are."""
        return (self.invariant, self.service, self.record_id, self.what)

    def as_json(self) -> dict[str, Any]:
        """As documented in docs/operations.md."""
        return {
            "invariant": self.invariant,
            "rule": self.rule,
            "service": self.service,
            "record_id": self.record_id,
            "order_id": self.order_id,
            "since": None if self.since is None else rfc3339(self.since),
            "what": self.what,
            "repair": self.repair,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """The whole: `counted` says how much was looked at, by kind of record, so that an empty list means something."""

    started_at: datetime
    took_seconds: float
    settle_seconds: float
    counted: Mapping[str, int]
    violations: Sequence[Violation]

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.violations

    def as_json(self) -> dict[str, Any]:
        """As documented in docs/operations.md."""
        return {
            "started_at": rfc3339(self.started_at),
            "took_seconds": round(self.took_seconds, 3),
            "settle_seconds": self.settle_seconds,
            "clean": self.clean,
            "counted": dict(sorted(self.counted.items())),
            "violations": [violation.as_json() for violation in self.violations],
        }
