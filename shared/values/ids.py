"""Ids: a prefix that says what it names, and 26 characters that sort by the time they were made."""

from __future__ import annotations

import re
import threading
from datetime import datetime
from typing import Final

from ulid import ULID

ID_PATTERN: Final = re.compile(r"[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}")
CODE_PATTERN: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
"""Codes the shop chooses: sku, seller, team, method, status, location (api.md, section 2)."""

_lock = threading.Lock()
_last = 0


def new_id(prefix: str) -> str:
    """`ord_` and a ULID that is greater than every other this process has made, also within one millisecond.

    The time in it is the machine's, never the test clock's: an order's timeline is sorted by it.
    """
    global _last
    with _lock:
        fresh = int(ULID())
        # A second id of the same millisecond, or a clock that was set back: one more than the last.
        _last = fresh if fresh > _last else _last + 1
        value = _last
    return f"{prefix}_{ULID.from_int(value)}"


def first_id(prefix: str, at: datetime) -> str:
    """The lowest id of this prefix that can have been made at that instant; all that were made later are higher."""
    return f"{prefix}_{ULID.from_int(int(at.timestamp() * 1000) << 80)}"


def is_id(text: str, prefix: str) -> bool:
    """True for an id with that prefix, well formed; says nothing about whether it exists."""
    return text.startswith(prefix + "_") and ID_PATTERN.fullmatch(text) is not None
