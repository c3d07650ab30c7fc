"""A pytest plugin that writes down which lines of the house each test passes, and how long the test takes.

Loaded with `-p tests.guards.tracing` by `passing.py`. Python's own tracing is enough for that: a function of others is
not followed at all, and one of ours no longer once the running test has seen all of its lines.
"""

from __future__ import annotations

import ast
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

import pytest

WRITES_TO: Final = "CARTWRIGHT_GUARDS_COVERAGE"
"""The environment variable that names the file."""
IMPORT: Final = "<import>"
"""Stands in the place of a test for what ran before the first one."""
HERE: Final = str(Path.cwd()) + os.sep
FOLLOWED: Final = (HERE + "services" + os.sep, HERE + "shared" + os.sep)


class Tracer:
    """The lines that ran since `start`, by code object."""

    def __init__(self) -> None:
        self.seen: dict[CodeType, set[int]] = {}
        self._all: dict[CodeType, int] = {}

    def start(self) -> None:
        """Forgets what ran before. The sets of functions that still run are emptied by being left behind."""
        self.seen = {}

    def call(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        """Python asks this for each function that is entered."""
        code = frame.f_code
        # What Jinja makes of a template bears the template's name.
        if not code.co_filename.startswith(FOLLOWED) or not code.co_filename.endswith(".py"):
            return None
        if code not in self._all:
            self._all[code] = len({line for _, _, line in code.co_lines() if line is not None})
        seen = self.seen.setdefault(code, set())
        if len(seen) >= self._all[code]:
            return None
        seen.add(frame.f_lineno)
        return self.line

    def line(self, frame: FrameType, event: str, _argument: Any) -> Any:
        """Python asks this for each line of a function that `call` said to follow."""
        if event == "line":
            self.seen.setdefault(frame.f_code, set()).add(frame.f_lineno)
        return self.line

    def lines(self) -> dict[str, set[int]]:
        """By file, as the house names it."""
        found: dict[str, set[int]] = {}
        for code, lines in list(self.seen.items()):
            found.setdefault(code.co_filename.removeprefix(HERE).replace(os.sep, "/"), set()).update(lines)
        return found


TRACER: Final = Tracer()
TESTS: Final[list[dict[str, Any]]] = []


def functions_of(text: str) -> list[tuple[str, int, int]]:
    """Functions and methods of a file, not those inside them: name with class, first line, last line."""

    def walk(tree: ast.AST, prefix: str) -> Iterator[tuple[str, int, int]]:
        for node in ast.iter_child_nodes(tree):
            if isinstance(node, ast.ClassDef):
                yield from walk(node, f"{prefix}{node.name}.")
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{prefix}{node.name}", node.lineno, node.end_lineno or node.lineno

    return list(walk(ast.parse(text), ""))


def pytest_sessionstart() -> None:
    """From here on threads are followed too, those that outlive a test included."""
    threading.settrace(TRACER.call)
    sys.settrace(TRACER.call)


def pytest_collection_finish() -> None:
    """All test files are imported, and with them the house."""
    _write_down(IMPORT, 0.0)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """One test with its fixtures."""
    TRACER.start()
    sys.settrace(TRACER.call)
    begun = time.perf_counter()
    try:
        return (yield)
    finally:
        _write_down(item.nodeid, round(time.perf_counter() - begun, 3))


def pytest_sessionfinish() -> None:
    """Writes it all to the file of `WRITES_TO`."""
    sys.settrace(None)
    threading.settrace(None)
    files = {file for test in TESTS for file in test["lines"]}
    functions = {file: functions_of(Path(file).read_text(encoding="utf-8")) for file in sorted(files)}
    Path(os.environ[WRITES_TO]).write_text(json.dumps({"tests": TESTS, "functions": functions}), encoding="utf-8")


def _write_down(test: str, seconds: float) -> None:
    lines = {file: sorted(numbers) for file, numbers in TRACER.lines().items()}
    TESTS.append({"test": test, "seconds": seconds, "lines": lines})
