"""Waiting for facts, never for time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(look: Callable[[], T], *, seconds: float = 20, what: str = "") -> T:
    """What `look` gives once it is true; its AssertionErrors count as not yet. Raises AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    last: object = None
    pause = threading.Event()
    while time.monotonic() < deadline:
        try:
            found = look()
            if found:
                return found
            last = found
        except AssertionError as error:
            last = error
        pause.wait(0.02)
    raise AssertionError(f"not within {seconds} s: {what or look}; last seen: {last!r}")
