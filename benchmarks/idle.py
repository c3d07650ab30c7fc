"""What the embedded shop takes when nobody buys: `.venv/bin/python benchmarks/idle.py`.

Start-up time until ready, memory and CPU over half a minute of idling, each from outside.
"""

from __future__ import annotations

import argparse
import sys
import time

import psutil

from benchmarks.figures import table
from benchmarks.system import CannotMeasure, System, ends_cleanly, running

SETTLE_SECONDS = 5.0


def main() -> int:
    """Prints the figures; 2 when nothing could be measured."""
    parser = argparse.ArgumentParser(description="Start-up, memory and idle CPU of the embedded shop.")
    parser.add_argument("--seconds", type=int, default=30, help="how long it is watched (30)")
    seconds = parser.parse_args().seconds
    began = time.monotonic()
    ends_cleanly()
    try:
        with running("embedded", provider=False) as system:
            ready_seconds = time.monotonic() - began
            time.sleep(SETTLE_SECONDS)
            before = _cpu(system)
            time.sleep(seconds)
            idle = (_cpu(system) - before) / seconds
            rss, pss = _memory(system)
    except CannotMeasure as error:
        print(f"idle: {error}", file=sys.stderr)
        return 2
    print(
        table(
            ("embedded `cartwright up`, new data dir", ""),
            [
                ("start until ready, s", f"{ready_seconds:.1f}"),
                ("memory, RSS, MB", f"{rss / 1e6:.0f}"),
                ("memory, PSS, MB", f"{pss / 1e6:.0f}"),
                (f"CPU, idle for {seconds} s, % of a core", f"{idle * 100:.1f}"),
            ],
        )
    )
    return 0


def _cpu(system: System) -> float:
    return sum(system.cpu_seconds().values())


def _memory(system: System) -> tuple[int, int]:
    infos = [psutil.Process(pid).memory_full_info() for pid in system.pids()]
    return sum(info.rss for info in infos), sum(info.pss for info in infos)


if __name__ == "__main__":
    sys.exit(main())
