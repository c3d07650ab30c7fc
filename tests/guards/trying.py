"""A pytest plugin that collects the tests once, and then asks those that come to a guard, in a fork that is without it."""

from __future__ import annotations

import gc
import os
import select
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Final

import pytest
from _pytest.runner import runtestprotocol

from services.host.roster import ROSTER
from tests.guards.applying import NotApplied, functions_by_file, take_away
from tests.guards.finding import Guard
from tests.guards.passing import Map
from tests.guards.results import Outcome, Results
from tests.guards.tracing import on
from tests.support.databases import BACKENDS, Databases

HANGS_SECONDS: Final = 60
"""A test that waits for so long is one that fails: in CI pytest-timeout ends it."""


SLOW_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is asked about one guard: tests, and seconds that these took when they were traced; five at least.

    Tests that take next to no time are not counted.

    After `until`, as `time.monotonic()` counts, no further guard is begun.
    """

    tests: int
    seconds: float
    until: float

    def of(self, tests: Sequence[str], seconds: dict[str, float]) -> list[str]:
        """The first of them, within these limits."""
        taken: list[str] = []
        total, slow = 0.0, 0
        for test in tests:
            total += seconds[test]
            slow += seconds[test] > SLOW_SECONDS
            if slow > self.tests or (total > self.seconds and slow > 5):
                break
            taken.append(test)
        return taken


class Trial:
    """Takes the place of running the collected tests."""

    def __init__(self, guards: Sequence[Guard], known: Map, kept: Sequence[Results], limits: Limits) -> None:
        self.guards = guards
        self.known = known
        self.kept = kept
        self.limits = limits
        self._texts = {guard.file: Path(guard.file).read_text(encoding="utf-8") for guard in guards}
        self._tests = {guard.key: known.tests(guard, self._texts[guard.file]) for guard in guards}
        self._sound: dict[str, bool] = {}
        self._items: dict[str, pytest.Item] = {}
        self._functions: dict[str, list[FunctionType]] = {}

    def files(self) -> list[str]:
        """The test files that have to be collected."""
        return sorted({test.split("::")[0] for test in self._asked()})

    def _asked(self) -> set[str]:
        return {test for tests in self._tests.values() for test in self.limits.of(tests, self.known.seconds)}

    @pytest.fixture(autouse=True, scope="session")
    def _migrated(self, request: pytest.FixtureRequest) -> None:
        """All databases are migrated once, here; a fork empties those that it works on, as every test does."""
        if not any("databases" in getattr(item, "fixturenames", ()) for item in request.session.items):
            return
        databases: Databases = request.getfixturevalue("databases")
        for backend in BACKENDS:
            name = str(getattr(backend, "values", [backend])[0])
            if any(on(name, test) == test != on("neither", test) for test in self._asked()):
                for service in ROSTER.values():
                    databases.url(name, service)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """One guard after the other."""
        self._items = {item.nodeid: item for item in session.items}
        # A first test sets up what lives as long as the session, for the forks to find it there.
        runtestprotocol(session.items[0], log=False, nextitem=session.items[-1])
        self._functions = functions_by_file()
        # What is here stays: a fork that looked through it for rubbish would copy all of it.
        gc.collect()
        gc.freeze()
        for number, guard in enumerate(self.guards, 1):
            if time.monotonic() > self.limits.until:
                break
            begun = time.perf_counter()
            outcome = self._outcome(guard)
            for results in self.kept:
                results.add(guard, outcome)
            seconds = time.perf_counter() - begun
            line = f"{number}/{len(self.guards)} {outcome.word:8} {seconds:5.1f} s  {guard.file}:{guard.line} {guard.kind}: {guard.text}"
            os.write(2, f"{line}  {outcome.by or ''}\n".encode())
        return True

    def _outcome(self, guard: Guard) -> Outcome:
        tests = [test for test in self._tests[guard.key] if test in self._items]
        asked = self.limits.of(tests, self.known.seconds)
        while True:
            asked = [test for test in asked if self._sound.get(test, True)]
            if not asked:
                return Outcome("missed", asked=0, of=len(tests))
            word, by = self._fork(guard, asked)
            if word == "killed" and not self._is_sound(by):
                continue
            return Outcome(word, by=by or None, asked=len(asked), of=len(tests))

    def _is_sound(self, test: str) -> bool:
        """Whether it passes with every guard in its place: one that fails anyway says nothing."""
        if test not in self._sound:
            self._sound[test] = self._fork(None, [test])[0] == "missed"
        return self._sound[test]

    def _fork(self, guard: Guard | None, tests: Sequence[str]) -> tuple[str, str]:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.setsid()
            os.close(reading)
            self._ask(guard, tests, writing)
            os._exit(0)
        os.close(writing)
        said = _read_for(reading, HANGS_SECONDS, child)
        os.close(reading)
        os.waitpid(child, 0)
        last = (said.splitlines() or [""])[-1]
        match last.partition(" ")[0]:
            case "missed" | "elsewhere" | "unbuilt" as word:
                return word, ""
            case "killed":
                return "killed", last.partition(" ")[2]
            case _:
                # Nothing was said of the one that was begun: it hung, or took the process with it.
                return "killed", last.partition(" ")[2]

    def _ask(self, guard: Guard | None, tests: Sequence[str], writing: int) -> None:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        try:
            if guard is not None:
                take_away(guard, self._texts[guard.file], self._functions)
        except NotApplied:
            os.write(writing, b"elsewhere")
            return
        except Exception:
            # The statement cannot even be built without it, which no test has shown.
            os.write(writing, b"unbuilt")
            return
        items = [self._items[test] for test in tests]
        # The test that set up the session left the fixtures of its neighbour standing.
        items[0].session._setupstate.teardown_exact(items[0])
        for item, following in zip(items, [*items[1:], items[0]], strict=True):
            os.write(writing, f"begun {item.nodeid}\n".encode())
            if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
                os.write(writing, f"killed {item.nodeid}".encode())
                return
        os.write(writing, b"missed")


def _read_for(reading: int, seconds: float, child: int) -> str:
    """What the fork says until it ends; killed with all its children when it says nothing for so long."""
    said = b""
    while True:
        ready, _, _ = select.select([reading], [], [], seconds)
        more = os.read(reading, 65536) if ready else b""
        if not more:
            break
        said += more
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return said.decode()
