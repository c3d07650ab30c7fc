"""A pytest plugin that writes down which lines of the house each test passes, and how long the test takes.

Loaded with `-p tests.guards.tracing` by `passing.py`. Python's own tracing is enough for that: a function of others is
not followed at all, and one of ours no longer once the running test has seen all of its lines.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

import pytest

WRITES_TO: Final = "CARTWRIGHT_GUARDS_COVERAGE"
"""The environment variable that names the folder: one file in it for each file of tests."""
FOR_SECONDS: Final = "CARTWRIGHT_GUARDS_SECONDS"
"""The one that says after how long no further file of tests is begun."""
HERE: Final = str(Path.cwd()) + os.sep
FOLLOWED: Final = (HERE + "services" + os.sep, HERE + "shared" + os.sep)
BEGUN: Final = time.perf_counter()


class Tracer:
    """The lines that ran since `start`, by code object."""

    def __init__(self) -> None:
        # By id, for the hash of a code object is made of all that is in it each time.
        self.seen: dict[int, set[int]] = {}
        self._codes: dict[int, CodeType] = {}
        self._all: dict[int, int] = {}
        self._others: set[str] = set()

    def start(self) -> None:
        """Forgets what ran before. The sets of functions that still run are emptied by being left behind."""
        self.seen = {}

    def call(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        """Python asks this for each function that is entered."""
        code = frame.f_code
        if code.co_filename in self._others:
            return None
        # What Jinja makes of a template bears the template's name.
        if not code.co_filename.startswith(FOLLOWED) or not code.co_filename.endswith(".py"):
            self._others.add(code.co_filename)
            return None
        if id(code) not in self._all:
            self._codes[id(code)] = code
            self._all[id(code)] = len({line for _, _, line in code.co_lines() if line is not None})
        seen = self.seen.setdefault(id(code), set())
        if len(seen) >= self._all[id(code)]:
            return None
        seen.add(frame.f_lineno)
        return self.line

    def line(self, frame: FrameType, event: str, _argument: Any) -> Any:
        """Python asks this for each line of a function that `call` said to follow."""
        if event == "line":
            self.seen.setdefault(id(frame.f_code), set()).add(frame.f_lineno)
        return self.line

    def lines(self) -> dict[str, set[int]]:
        """By file, as the house names it."""
        found: dict[str, set[int]] = {}
        for code, lines in list(self.seen.items()):
            file = self._codes[code].co_filename.removeprefix(HERE).replace(os.sep, "/")
            found.setdefault(file, set()).update(lines)
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


def seen_in(folder: Path, file: str) -> Path:
    """Where it is written down what the tests of `file` came to, as they stand now: others have another name."""
    version = hashlib.sha256(Path(file).read_bytes()).hexdigest()[:12]
    return folder / f"{file.removesuffix('.py').replace('/', '-')}-{version}.json"


def on(backend: str, test: str) -> str:
    """The name of the same test on the other database; its own when it is about no database."""
    return re.sub(r"(?<=[\[-])(sqlite|postgresql)(?=[\]-])", backend, test, count=1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that runs on both databases comes to the same lines on both: it is followed on SQLite."""
    names = {item.nodeid for item in items}
    items[:] = [item for item in items if on("sqlite", item.nodeid) == item.nodeid or on("sqlite", item.nodeid) not in names]


def pytest_sessionstart() -> None:
    """From here on threads are followed too, those that outlive a test included."""
    threading.settrace(TRACER.call)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """One test with its fixtures. After the last one of a file it is written down, and perhaps the session ends."""
    TRACER.start()
    sys.settrace(TRACER.call)
    begun = time.perf_counter()
    try:
        return (yield)
    finally:
        sys.settrace(None)
        lines = {file: sorted(numbers) for file, numbers in TRACER.lines().items()}
        TESTS.append({"test": item.nodeid, "seconds": round(time.perf_counter() - begun, 3), "lines": lines})
        if nextitem is None or nextitem.path != item.path:
            _write_down(item.nodeid.partition("::")[0])
            if time.perf_counter() - BEGUN > float(os.environ.get(FOR_SECONDS, "inf")):
                item.session.shouldstop = "its time is over"


def _write_down(file: str) -> None:
    files = {file for test in TESTS for file in test["lines"]}
    functions = {file: functions_of(Path(file).read_text(encoding="utf-8")) for file in sorted(files)}
    target = seen_in(Path(os.environ[WRITES_TO]), file)
    target.write_text(json.dumps({"tests": TESTS, "functions": functions}), encoding="utf-8")
    TESTS.clear()
