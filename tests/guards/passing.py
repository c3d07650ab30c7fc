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

from tests.guards.applying import dependants
from tests.guards.finding import MODULE, Guard
from tests.guards.tracing import IMPORT, WRITES_TO, functions_of

SUITES: Final = (
    "tests/contract/test_bus_suite.py",
    "tests/services/house",
    "tests/services/returns",
    "tests/unit",
    "tests/services/delivery",
    "tests/services/billing",
    "tests/services/notifications",
    "tests/services/orders",
)
"""Each is traced by itself, so that the map can be made in parts. What starts whole shops is too slow to be asked about one guard."""


def make_map(folder: Path, suites: Iterable[str], *, again: bool) -> None:
    """Runs the suites under `tracing`; those that have their file already only if `again`. Takes about as long as the tests."""
    folder.mkdir(parents=True, exist_ok=True)
    for suite in suites:
        file = folder / f"{suite.replace('/', '-')}.json"
        if file.exists() and not again:
            continue
        print(f"tracing {suite}", flush=True)
        words = [sys.executable, "-m", "pytest", "-p", "tests.guards.tracing", "-p", "no:cacheprovider", suite]
        subprocess.run(words, env=os.environ | {WRITES_TO: str(file), "PYTHONPATH": "."}, check=False, stdout=subprocess.DEVNULL)


@dataclass
class Map:
    """Tests by function and by line, counted from the function's first: what changes elsewhere in a file moves nothing."""

    seconds: dict[str, float] = field(default_factory=dict)
    at: dict[tuple[str, str], dict[int, list[str]]] = field(default_factory=dict)
    imported: set[tuple[str, str]] = field(default_factory=set)
    """Functions that ran before any test did."""

    @classmethod
    def read(cls, folder: Path) -> Map:
        """Of all the files in the folder."""
        found = cls()
        for file in sorted(folder.glob("*.json")):
            known = json.loads(file.read_text(encoding="utf-8"))
            for entry in known["tests"]:
                found.seconds[entry["test"]] = entry["seconds"]
                for path, lines in entry["lines"].items():
                    for where, offset in _placed(known["functions"][path], lines):
                        if entry["test"] == IMPORT:
                            found.imported.add((path, where))
                        else:
                            found.at.setdefault((path, where), {}).setdefault(offset, []).append(entry["test"])
        return found

    def tests(self, guard: Guard, text: str) -> list[str]:
        """Those that come to it, in the order in which to ask them."""
        if guard.where == MODULE:
            came = self._users(guard, text)
            return self._ordered(guard, set(), came)
        lines = self.at.get((guard.file, guard.where), {})
        first = next(first for where, first, _ in functions_of(text) if where == guard.where and first <= guard.line)
        came = set(lines.get(guard.line - first, ())) or set(chain.from_iterable(lines.values()))
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
            likely = {test for test in likely if f"[{backend}" in test or "[" not in test}
            came = {test for test in came if f"[{backend}" in test or "[" not in test}
        # Tests of plain rules are asked first, all of them: that takes no time, and they know the edges.
        rules = {test for test in came if test.startswith("tests/unit/")}
        return [*self._in_turn(rules), *self._in_turn(likely - rules), *self._in_turn(came - likely - rules)]

    def _in_turn(self, tests: Iterable[str]) -> list[str]:
        """The quickest of each file, then the next quickest of each: a file looks at one thing from all sides."""
        files: dict[str, list[str]] = {}
        for test in sorted(tests, key=lambda test: (self.seconds[test], test)):
            files.setdefault(test.split("::")[0], []).append(test)
        turns = zip_longest(*sorted(files.values(), key=lambda tests: self.seconds[tests[0]]))
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
