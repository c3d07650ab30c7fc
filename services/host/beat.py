"""Beat: runs what is due, one timer and one transaction at a time. Two of them are harmless."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

from shared.db.timers import next_due, run_timer
from shared.observe.logging import logger
from shared.service import Running

PERIOD_SECONDS: Final = 1.0
log = logger("beat")


def run_beat(services: Sequence[Running], stop: threading.Event) -> None:
    """Until `stop` is set. A failing timer is postponed and logged, and its neighbours go on."""
    while not stop.is_set():
        for running in services:
            try:
                while not stop.is_set() and _one(running):
                    pass
            except Exception as error:
                log.warning("beat_tries_again", service=running.service.name, error=repr(error))
        stop.wait(PERIOD_SECONDS)


def _one(running: Running) -> bool:
    with running.db.read() as tx:
        due = next_due(tx)
        if due is None or due > tx.now:
            return False
    done = run_timer(running.db, running.service.timers)
    if done is None:
        return False
    timer, error = done
    if error is not None:
        log.error("timer_failed", kind=timer.kind, record_id=timer.record_id, failures=timer.failures + 1, error=repr(error))
    return True
