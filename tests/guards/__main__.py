"""`./prove guards`: removes guards one at a time, and says which of them no test misses."""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.guards.finding import Guard, find_guards
from tests.guards.passing import SUITES, Map, make_map
from tests.guards.results import KEPT, Results, explained, table, write_table
from tests.guards.trying import Limits, Trial

PLACES: Final = (
    "services/*/domain/**/*.py",
    "shared/messaging/consume.py",
    "shared/messaging/relay.py",
    "services/*/store/**/*.py",
    "services/*/store.py",
    "services/*/handlers/**/*.py",
    "services/*/handlers.py",
    "shared/db/*.py",
    "shared/messaging/*.py",
    "services/*/actions/**/*.py",
    "services/*/actions.py",
)
"""Where the guards are, in the order in which they are tried."""


def main(words: Sequence[str]) -> int:
    """Returns 1 when one is missed that is not explained, 2 when time ended before all were tried."""
    wanted = _wanted(words)
    begun = time.monotonic()
    suites = wanted.suite or SUITES
    results = Results(wanted.results)
    everything = all_guards()
    guards = _chosen(everything, wanted)
    todo = [] if wanted.table or wanted.write else [guard for guard in guards if _to_try(results, guard, wanted)]
    # Those that were tried again before time ended; forgotten when all were.
    again = Results(wanted.folder / "again.jsonl")
    todo = [guard for guard in todo if not wanted.again or again.of(guard) is None]
    kept = [results, again] if wanted.again else [results]
    if todo and not make_map(wanted.folder / "map", suites, wanted.for_seconds):
        print("Not all tests were followed yet: the same command goes on.")
        return 2
    mine = [guard for number, guard in enumerate(todo) if number % wanted.processes == wanted.share]
    others = [
        subprocess.Popen([sys.executable, "-m", "tests.guards", *words, "--share", str(share), "--of-many"])
        for share in range(1, wanted.processes if todo and not wanted.of_many else 0)
    ]
    if mine:
        # More than these are not tried in the time, and what none of them needs is not collected.
        mine = mine[: max(1, int(wanted.for_seconds * 4))] if wanted.for_seconds < float("inf") else mine
        known = Map.read(wanted.folder / "map", suites, {guard.file for guard in mine})
        trial = Trial(mine, known, kept, Limits(wanted.tests, wanted.seconds, begun + wanted.for_seconds))
        pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", *trial.files()], plugins=[trial])
    for other in others:
        other.wait()
    if wanted.of_many:
        return 0
    results = Results(wanted.results)
    results.keep(everything)
    lines, missed = table(guards, results.known, explained())
    print(lines)
    for guard in missed:
        print(f"missed: {guard.file}:{guard.line} {guard.where} {guard.kind}: {guard.text}")
    if wanted.write:
        write_table(everything, results.known, explained())
    tried = Results(again.file) if wanted.again else results
    if any(tried.of(guard) is None for guard in todo):
        print("Not all were tried yet: the same command goes on.")
        return 2
    again.file.unlink(missing_ok=True)
    return 1 if missed else 0


def all_guards() -> list[Guard]:
    """Of the house as it stands here."""
    files = dict.fromkeys(str(file) for place in PLACES for file in sorted(Path().glob(place)))
    return [guard for file in files for guard in find_guards(file, Path(file).read_text(encoding="utf-8"))]


def _chosen(guards: Sequence[Guard], wanted: argparse.Namespace) -> list[Guard]:
    chosen = [guard for guard in guards if not wanted.only or any(guard.file.startswith(only) for only in wanted.only)]
    chosen = [guard for guard in chosen if not wanted.kind or guard.kind in wanted.kind]
    if wanted.sample is not None and wanted.sample < len(chosen):
        kept = set(random.Random(wanted.seed).sample(range(len(chosen)), wanted.sample))
        chosen = [guard for number, guard in enumerate(chosen) if number in kept]
    return chosen


def _to_try(results: Results, guard: Guard, wanted: argparse.Namespace) -> bool:
    outcome = results.of(guard)
    return outcome is None or (wanted.again and outcome.word != "killed")


def _wanted(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./prove guards", description=__doc__)
    parser.add_argument("--only", action="append", metavar="PATH", help="guards of this file or folder; may be said several times")
    parser.add_argument("--kind", action="append", help="guards of this kind: raise, return, and, or, bound, filter, where, lock, …")
    parser.add_argument("--sample", type=int, metavar="N", help="so many of them, chosen by --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="try those once more that were missed")
    parser.add_argument("--suite", action="append", metavar="PATH", help="ask these tests only; may be said several times")
    parser.add_argument("--table", action="store_true", help="try nothing, print what is known")
    parser.add_argument("--write", action="store_true", help="try nothing, and put what is known into docs/proof.md")
    parser.add_argument("--for-seconds", type=float, default=float("inf"), help="then end, to go on with the same command")
    parser.add_argument("--tests", type=int, default=40, help="ask no more than so many tests about one guard")
    parser.add_argument("--seconds", type=float, default=20, help="nor more than take so long")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path(".cartwright/guards"), help="keeps which tests come to which line")
    parser.add_argument("--results", type=Path, default=KEPT, help="keeps what became of each guard, to go on later")
    parser.add_argument("--share", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--of-many", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
