"""How often is too often (R-ORD-21): counters of this process, by the machine's time, asked before any work is done."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from shared.errors import Refused

_NAMESPACE: Final = "cartwright"


class RateLimited(Refused):
    """Too many tries of this kind in a short time; the same call may be made again after `retry_after` seconds."""

    status = 429
    code = "rate_limited"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"that was too often; try again in {retry_after} s")
        self.retry_after = retry_after

    def extra(self) -> Mapping[str, Any]:
        return {"retry_after": self.retry_after}


class Limits:
    """The counters of one process."""

    def __init__(self) -> None:
        self._storage = MemoryStorage()
        self._windows = FixedWindowRateLimiter(self._storage)

    def per_minute(self, kind: str, subjects: Sequence[str], most: int) -> Limit:
        """At most so many of a kind for each of these subjects, in a minute that begins with the first."""
        item = RateLimitItemPerMinute(most, namespace=_NAMESPACE)
        return Limit(self._storage, self._windows, item, tuple((kind, subject) for subject in subjects))


@dataclass(frozen=True, slots=True)
class Limit:
    """What one request may still do."""

    storage: MemoryStorage
    windows: FixedWindowRateLimiter
    item: RateLimitItem
    counted: tuple[tuple[str, str], ...]

    @property
    def headers(self) -> dict[str, str]:
        """RateLimit-* of the subject that has least left."""
        remaining, reset = min(self._left())
        return {"RateLimit-Limit": str(self.item.amount), "RateLimit-Remaining": str(remaining), "RateLimit-Reset": str(reset)}

    def need_room(self) -> None:
        """Raises RateLimited when nothing is left for one of the subjects; counts nothing."""
        waits = [seconds for remaining, seconds in self._left() if not remaining]
        if waits:
            raise RateLimited(max(waits))

    def take(self) -> None:
        """Counts one for each subject, at once: tries at the same time cannot pass together. Raises RateLimited, then it counts none."""
        passed = [self.windows.hit(self.item, *one) for one in self.counted]
        if not all(passed):
            seconds = max(seconds for _, seconds in self._left())
            self.give_back()
            raise RateLimited(seconds)

    def give_back(self) -> None:
        """It was none of those that count."""
        for one in self.counted:
            self.storage.decr(self.item.key_for(*one))

    def _left(self) -> list[tuple[int, int]]:
        """What is left for each subject, and the seconds until its minute ends."""
        stats = [self.windows.get_window_stats(self.item, *one) for one in self.counted]
        return [(int(found.remaining), max(1, math.ceil(found.reset_time - time.time()))) for found in stats]
