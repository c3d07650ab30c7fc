"""`cartwright up` on PostgreSQL and RabbitMQ: a small parent that minds a few children, and starts again what dies."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import psutil

from services.host.start import DOCUMENTS
from shared.observe.logging import logger

CHILDREN: Final = (("web", "all"), ("worker", "all"), ("worker", DOCUMENTS), ("relay", "--beat", "all"))
"""Words of each child: web with all services and the gateway, two workers, and relay with beat."""
STOP_SECONDS: Final = 30
QUICK_DEATH_SECONDS: Final = 5
LONGEST_BREATH_SECONDS: Final = 10
PR_SET_PDEATHSIG: Final = 1
"""Linux: the signal that a process gets when its parent ends."""
log = logger("up")


@dataclass
class Child:
    """One process of the shop."""

    words: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    quick_deaths: int = 0
    start_again_at: float | None = None

    def start(self) -> None:
        """Starts it, as `cartwright WORDS` with this process's environment."""
        command = [sys.executable, "-m", "services.host.cli", *self.words]
        self.process = subprocess.Popen(command, preexec_fn=_end_with_parent)
        self.started, self.start_again_at = time.monotonic(), None


def run_children(*, ready: Callable[[], None] | None, is_ready: Callable[[], bool]) -> None:
    """Until SIGTERM or SIGINT: all children, each started again when it dies. `ready` is called once `is_ready()`."""
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: stopping.append(received))
    children = [Child(words) for words in CHILDREN]
    for child in children:
        child.start()
    announced = ready is None
    try:
        while not stopping:
            for child in children:
                _mind(child)
            if not announced and is_ready() and ready is not None:
                ready()
                announced = True
            time.sleep(0.1 if not announced else 0.5)
    finally:
        _stop(children)


def _mind(child: Child) -> None:
    assert child.process is not None
    code = child.process.poll()
    if code is None:
        return
    now = time.monotonic()
    if child.start_again_at is None:
        lived = now - child.started
        child.quick_deaths = child.quick_deaths + 1 if lived < QUICK_DEATH_SECONDS else 0
        # It dies as soon as it starts: a longer breath after each try.
        child.start_again_at = now + min(child.quick_deaths, LONGEST_BREATH_SECONDS)
        log.error("child_died", child=" ".join(child.words), exit_code=code, lived_seconds=round(lived, 1))
    if now >= child.start_again_at:
        child.start()


def _end_with_parent() -> None:
    # Runs in the child before it becomes the new program: a parent killed by -9 takes its children along.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _stop(children: Sequence[Child]) -> None:
    running = [child.process for child in children if child.process is not None and child.process.poll() is None]
    for process in running:
        process.terminate()
    _, alive = psutil.wait_procs([psutil.Process(process.pid) for process in running if psutil.pid_exists(process.pid)], STOP_SECONDS)
    for left in alive:
        left.kill()
