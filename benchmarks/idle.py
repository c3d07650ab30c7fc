"""What a shop takes when nobody buys: `.venv/bin/python benchmarks/idle.py --mode up`.

Start-up time until ready, and by process: CPU to start, memory, and CPU over half a minute of idling, each from outside.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from typing import NamedTuple

import psutil

from benchmarks.figures import spent, table
from benchmarks.system import MODES, CannotMeasure, System, ends_cleanly, running

SETTLE_SECONDS = 5.0


class Memory(NamedTuple):
    """Bytes. `pss` counts what processes share once."""

    rss: int
    pss: int


def main() -> int:
    """Prints the figures; 2 when nothing could be measured."""
    parser = argparse.ArgumentParser(description="Start-up, memory and idle CPU of a shop, by process.")
    parser.add_argument("--mode", choices=MODES, default="embedded", help="one process, few, or one for each role and service (embedded)")
    parser.add_argument("--seconds", type=int, default=30, help="how long it is watched (30)")
    arguments = parser.parse_args()
    began = time.monotonic()
    ends_cleanly()
    try:
        with running(arguments.mode, provider=False) as system:
            ready_seconds = time.monotonic() - began
            time.sleep(SETTLE_SECONDS)
            started = system.cpu_seconds()
            time.sleep(arguments.seconds)
            idle = spent(started, system.cpu_seconds())
            memory = _memory(system)
    except CannotMeasure as error:
        print(f"idle: {error}", file=sys.stderr)
        return 2
    rows = [
        (label, f"{started[label]:.1f}", *_mb(used), f"{idle[label] / arguments.seconds * 100:.2f}")
        for label, used in sorted(memory.items(), key=lambda item: -item[1].pss)
    ]
    own = [label for label in idle if label in memory]
    rows.append(
        (
            "the shop",
            f"{sum(started[label] for label in own):.1f}",
            *_mb(Memory(sum(used.rss for used in memory.values()), sum(used.pss for used in memory.values()))),
            f"{sum(idle[label] for label in own) / arguments.seconds * 100:.2f}",
        )
    )
    rows += [(f"apart: {label}", "", "", "", f"{idle[label] / arguments.seconds * 100:.2f}") for label in idle if label not in memory]
    print(f"Mode {arguments.mode}, new database: ready after {ready_seconds:.1f} s; then idle for {arguments.seconds} s.\n")
    print(table(("process", "CPU s to start", "RSS, MB", "PSS, MB", "idle, % of a core"), rows))
    return 0


def _memory(system: System) -> dict[str, Memory]:
    rss: Counter[str] = Counter()
    pss: Counter[str] = Counter()
    for pid, label in system.pids().items():
        info = psutil.Process(pid).memory_full_info()
        rss[label] += info.rss
        pss[label] += info.pss
    return {label: Memory(rss[label], pss[label]) for label in rss}


def _mb(used: Memory) -> tuple[str, str]:
    return f"{used.rss / 1e6:.0f}", f"{used.pss / 1e6:.0f}"


if __name__ == "__main__":
    sys.exit(main())
