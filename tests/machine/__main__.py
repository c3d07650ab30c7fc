"""`./prove machine`: the state machine for as long as one likes, with other seeds than the suite's."""

from __future__ import annotations

import argparse
import secrets
import sys
import time
import traceback
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import seed

from tests.machine.run import machine, run
from tests.support.databases import Databases

BATCH = 10
"""Examples under one seed: what a repetition by `--seed` costs."""


def main() -> int:
    """Returns 0 when nothing was found, else 1."""
    parser = argparse.ArgumentParser(prog="./prove machine", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20, help="how long (20)")
    parser.add_argument("--backend", choices=["sqlite", "postgresql"], default="sqlite", help="sqlite")
    parser.add_argument("--steps", type=int, default=40, help="steps of one example (40)")
    parser.add_argument("--seed", type=int, help="repeat this seed, and nothing else")
    parser.add_argument("--shrink", action="store_true", help="look for the shortest example of what is found; it takes long")
    asked = parser.parse_args()

    ends = time.monotonic() + 60 * asked.minutes
    seeds = found = 0
    databases = Databases()
    try:
        with TemporaryDirectory() as folder, machine(asked.backend, databases, Path(folder)) as found_machine:
            while seeds == 0 or (asked.seed is None and time.monotonic() < ends):
                number = secrets.randbelow(1 << 32) if asked.seed is None else asked.seed
                seeds += 1
                try:
                    run(seed(number)(found_machine), examples=BATCH, steps=asked.steps, shrink=asked.shrink)
                except Exception as error:
                    found += 1
                    print(f"--- seed {number}", file=sys.stderr)
                    traceback.print_exception(error)
                print(f"{seeds} seeds, {BATCH * seeds} examples of up to {asked.steps} steps, {found} found", flush=True)
    finally:
        databases.close()
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
