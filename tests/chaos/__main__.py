"""`./prove chaos`: see docs/proof.md."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.chaos.report import table
from tests.chaos.run import Asked, prove
from tests.chaos.servers import CannotBreak
from tests.chaos.shop import LAYOUTS, MODES

ORDERS_A_FAULT: Final = 6


def main() -> int:
    """Prints the table; 0 when nothing is violated, 1 when something is, 2 when there could be no run."""
    arguments = _arguments()
    # Interrupted or not, what was started is ended.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    faults = max(1, arguments.orders // ORDERS_A_FAULT) if arguments.faults is None else arguments.faults
    until = arguments.until or arguments.orders
    asked = Asked(arguments.mode, arguments.processes, arguments.orders, faults, arguments.rate, arguments.seed, until)
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="cartwright-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        outcome = prove(asked, folder.absolute(), lambda line: print(line, flush=True))
    except CannotBreak as error:
        print(f"chaos: {error}", file=sys.stderr)
        return 2
    print(table(outcome))
    if outcome.violations:
        print(f"Everything is kept in {folder}")
        return 1
    if arguments.folder is None:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./prove chaos", description="Breaks a shop of its own in every way while customers order.")
    parser.add_argument("--orders", type=int, default=300, help="how many orders (300)")
    parser.add_argument("--mode", choices=MODES, default="full", help="on servers of its own, or embedded (full)")
    parser.add_argument("--seed", type=int, default=1, help="decides orders and faults: the same again (1)")
    parser.add_argument("--faults", type=int, help=f"how many faults (one for {ORDERS_A_FAULT} orders)")
    parser.add_argument("--rate", type=float, default=2.0, help="orders begun in a second (2)")
    parser.add_argument("--processes", choices=LAYOUTS, default="few", help="two of each role, or one for each service (few)")
    parser.add_argument("--until", type=int, help="stop after so many of the orders, and look; with more the next time it goes on (all)")
    parser.add_argument("--folder", type=Path, help="where it keeps everything; the same again goes on where it was interrupted")
    found = parser.parse_args()
    if not (1 <= found.orders <= 100_000 and 0.01 <= found.rate <= 100):
        parser.error("1 to 100000 orders, 0.01 to 100 a second")
    return found


if __name__ == "__main__":
    sys.exit(main())
