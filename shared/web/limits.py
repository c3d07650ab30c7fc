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
    """The counters of one process. A window begins with its first hit."""

    def __init__(self) -> None:
        self._storage = MemoryStorage()
        self._windows = FixedWindowRateLimiter(self._storage)

    def take(self, kind: str, subjects: Sequence[str], *, per_minute: int) -> Taken:
        """Counts one try for each subject at once, so that tries at the same time cannot pass together; see `Taken.room`."""
        item = RateLimitItemPerMinute(per_minute, namespace=_NAMESPACE)
        counted = tuple((kind, subject) for subject in subjects)
        passed = [self._windows.hit(item, *one) for one in counted]
        return Taken(self, item, counted, all(passed))

    def give_back(self, item: RateLimitItem, kind: str, subject: str) -> None:
        """One try less."""
        self._storage.decr(item.key_for(kind, subject))

    def window(self, item: RateLimitItem, kind: str, subject: str) -> tuple[int, int]:
        """What is left, and the seconds until the window ends."""
        stats = self._windows.get_window_stats(item, kind, subject)
        return int(stats.remaining), max(1, math.ceil(stats.reset_time - time.time()))


@dataclass(frozen=True, slots=True)
class Taken:
    """A try that was counted."""

    limits: Limits
    item: RateLimitItem
    counted: tuple[tuple[str, str], ...]
    room: bool
    """Whether no limit is exceeded by it."""

    @property
    def headers(self) -> dict[str, str]:
        """RateLimit-* of the subject that has least left."""
        remaining, reset = min(self.limits.window(self.item, *one) for one in self.counted)
        return {"RateLimit-Limit": str(self.item.amount), "RateLimit-Remaining": str(remaining), "RateLimit-Reset": str(reset)}

    def need_room(self) -> None:
        """Raises RateLimited."""
        if not self.room:
            windows = [self.limits.window(self.item, *one) for one in self.counted]
            raise RateLimited(max(seconds for remaining, seconds in windows if not remaining))

    def give_back(self) -> None:
        """It was none of those that count: only failures do."""
        for one in self.counted:
            self.limits.give_back(self.item, *one)
