"""Which tests come to a guard, the likeliest to miss it first."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from pathlib import Path
from typing import Final

import pytest

from tests.guards.applying import dependants
from tests.guards.finding import MODULE, Guard
from tests.guards.tracing import FOR_SECONDS, WRITES_TO, functions_of, on, seen_in

SUITES: Final = (
    "tests/unit",
    "tests/services/house",
    "tests/services/returns",
    "tests/services/delivery",
    "tests/services/billing",
    "tests/services/orders",
    "tests/services/notifications",
    "tests/services/gateway",
    "tests/contract/test_bus_suite.py",
)
"""What starts whole shops is too slow to be asked about one guard."""


NARROW_LINES: Final = 400
"""Who comes to no more lines of the house than that is about one thing in it."""


def make_map(folder: Path, suites: Iterable[str], for_seconds: float) -> bool:
    """Runs, under `tracing`, the files of tests that were not followed yet as they stand now; False when time ended before that."""
    folder.mkdir(parents=True, exist_ok=True)
    todo = [file for file in files_of(suites) if not seen_in(folder, file).exists()]
    if todo:
        print(f"following the tests of {len(todo)} files", flush=True)
        words = [sys.executable, "-m", "pytest", "-p", "tests.guards.tracing", "-p", "no:cacheprovider", "-p", "no:xdist", *todo]
        environment = os.environ | {WRITES_TO: str(folder), FOR_SECONDS: str(for_seconds), "PYTHONPATH": "."}
        ended = subprocess.run(words, env=environment, check=False, stdout=subprocess.DEVNULL).returncode
        left = [file for file in todo if not seen_in(folder, file).exists()]
        if ended not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            return not left
        for file in left:
            seen_in(folder, file).write_text('{"tests": [], "functions": {}}', encoding="utf-8")
    return True


def files_of(suites: Iterable[str]) -> list[str]:
    """Their files of tests, each once, in the order in which they are followed."""
    found = (Path(suite) if suite.endswith(".py") else sorted(Path(suite).rglob("test_*.py")) for suite in suites)
    return list(dict.fromkeys(str(file) for some in found for file in ([some] if isinstance(some, Path) else some)))


@dataclass
class Map:
    """Tests by function and by line, counted from the function's first: what changes elsewhere in a file moves nothing."""

    seconds: dict[str, float] = field(default_factory=dict)
    reach: dict[str, int] = field(default_factory=dict)
    """How many lines of the house each test comes to: who comes to few is about these."""
    at: dict[tuple[str, str], dict[int, list[str]]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path, suites: Iterable[str], about: Iterable[str]) -> Map:
        """What is known of the files of guards in `about`."""
        found = cls()
        wanted = set(about)
        for file in files_of(suites):
            if not seen_in(folder, file).exists():
                continue
            known = json.loads(seen_in(folder, file).read_text(encoding="utf-8"))
            for entry in known["tests"]:
                found.seconds[entry["test"]] = entry["seconds"]
                found.reach[entry["test"]] = sum(len(lines) for lines in entry["lines"].values())
                for path, lines in entry["lines"].items():
                    for where, offset in _placed(known["functions"][path], lines) if path in wanted else ():
                        found.at.setdefault((path, where), {}).setdefault(offset, []).append(entry["test"])
        return found

    def tests(self, guard: Guard, text: str) -> list[str]:
        """Those that come to it, in the order in which to ask them."""
        if guard.where == MODULE:
            came = self._users(guard, text)
            return self._ordered(guard, set(), came)
        lines = self.at.get((guard.file, guard.where), {})
        first = next(first for where, first, _ in functions_of(text) if where == guard.where and first <= guard.line)
        came = set(lines.get(guard.line - first, ()))
        if all(on("neither", test) != test == on("postgresql", test) for test in came):
            # Perhaps the others come to it on PostgreSQL, where they were not followed.
            nearby = set(chain.from_iterable(lines.values()))
            came |= nearby | self._all_on("postgresql", nearby)
        if guard.body is None:
            return self._ordered(guard, set(), came)
        inside = set(chain.from_iterable(lines.get(line - first, ()) for line in range(guard.body[0], guard.body[1] + 1)))
        return self._ordered(guard, inside if guard.reached == "body" else came - inside, came)

    def _users(self, guard: Guard, text: str) -> set[str]:
        names = dependants(text, guard.names)
        found: set[str] = set()
        for where, node in _functions(ast.parse(text)):
            if any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(node)):
                found.update(chain.from_iterable(self.at.get((guard.file, where), {}).values()))
        return found

    def _ordered(self, guard: Guard, likely: set[str], came: set[str]) -> list[str]:
        backend = _backend_of(guard)
        if backend is not None:
            likely, came = self._all_on(backend, likely), self._all_on(backend, came)
        if guard.kind in ("lock", "skip locked"):
            likely = {test for test in came if "/test_locks.py" in test}
        # Tests of plain rules are asked first, all of them: that takes no time, and they know the edges.
        rules = {test for test in came if test.startswith("tests/unit/")}
        narrow = {test for test in came - rules if self.reach[test] <= NARROW_LINES}
        first = [*self._in_turn(rules), *self._in_turn(narrow & likely), *self._in_turn(narrow - likely)]
        return [*first, *self._in_turn(likely - rules - narrow), *self._in_turn(came - likely - rules - narrow)]

    def _all_on(self, backend: str, tests: Iterable[str]) -> set[str]:
        found = {on(backend, test): test for test in tests}
        for there, here in found.items():
            self.seconds.setdefault(there, self.seconds[here])
            self.reach.setdefault(there, self.reach[here])
        return set(found)

    def _in_turn(self, tests: Iterable[str]) -> list[str]:
        """The quickest of each file, then the next quickest of each: a file looks at one thing from all sides. Narrow files first."""
        files: dict[str, list[str]] = {}
        for test in sorted(tests, key=lambda test: (self.seconds[test], test)):
            files.setdefault(test.split("::")[0], []).append(test)
        turns = zip_longest(*sorted(files.values(), key=lambda tests: self.reach[tests[0]]))
        return [test for test in chain.from_iterable(turns) if test is not None]


def _backend_of(guard: Guard) -> str | None:
    """The only database on which its absence shows."""
    if guard.kind in ("lock", "skip locked", "order") or any(name.startswith("_PG_") for name in guard.names):
        return "postgresql"
    return "sqlite" if any(name.startswith("_SQLITE_") for name in guard.names) else None


def _functions(tree: ast.AST, prefix: str = "") -> Iterable[tuple[str, ast.AST]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{node.name}", node


def _placed(functions: Iterable[tuple[str, int, int]], lines: Iterable[int]) -> Iterable[tuple[str, int]]:
    """The function of each line, and how far down in it the line is."""
    of_line: Mapping[int, tuple[str, int]] = {line: (where, first) for where, first, last in functions for line in range(first, last + 1)}
    for line in lines:
        if line in of_line:
            where, first = of_line[line]
            yield where, line - first
