"""Rules of the house that no linter knows (style.md): one home for the clock, one for the commit, no float money."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for top in ("services", "shared") for path in (ROOT / top).rglob("*.py") if "migrations" not in path.parts)
PRODUCT = [path for path in SOURCES if "simulators" not in path.parts and "demo" not in path.parts]


def _calls(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def _places(paths: list[Path], pattern: str) -> list[str]:
    wanted = re.compile(pattern)
    return [f"{path.relative_to(ROOT)}:{line} {name}" for path in paths for line, name in _calls(path) if wanted.fullmatch(name)]


def test_only_the_clock_asks_for_the_time_of_day() -> None:
    found = _places(PRODUCT, r"(datetime|date)(\.datetime|\.date)?\.(now|utcnow|today)")

    assert [place for place in found if not place.startswith("shared/values/clock.py")] == []


def test_only_the_database_commits() -> None:
    found = _places(PRODUCT, r".*\.(commit|rollback)")

    assert [place for place in found if not place.startswith("shared/db/")] == []


def test_transactions_are_opened_at_the_doors_only() -> None:
    """style.md: routes, consume, jobs, timers, relay, dead letters, host commands; never in handlers, actions, stores, rules."""
    floors = {"handlers", "actions", "store", "domain", "handlers.py", "actions.py", "store.py"}
    below = [path for path in PRODUCT if floors & set(path.parts)]

    assert _places(below, r".*(db|database|engine)\.(begin|read)") == []


def test_nothing_but_the_pauses_is_put_off_on_the_broker() -> None:
    """R-MSG-05: what is due later stands in a table, for the timers; a message waits for its next try only."""
    later = {"countdown", "eta", "expires"}
    calls = [(path, node) for path in PRODUCT for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    found = [
        (str(path.relative_to(ROOT)), ast.unparse(word.value))
        for path, call in calls
        if ast.unparse(call.func).endswith((".retry", ".apply_async", ".send_task", ".signature"))
        for word in call.keywords
        if word.arg in later
    ]

    assert found == [("shared/messaging/celery_app.py", "again.seconds")] * 2


RECKONING = [path for path in PRODUCT if {"domain", "pricing", "actions", "store", "handlers"} & set(path.parts) or path.stem == "money"]


@pytest.mark.parametrize("path", RECKONING, ids=lambda path: str(path.relative_to(ROOT)))
def test_money_is_never_a_float(path: Path) -> None:
    """R-MON-01: no float() call, no float literal where money is reckoned."""
    tree = ast.parse(path.read_text())
    floats = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, float)]
    casts = [line for line, name in _calls(path) if name == "float"]

    assert (floats, casts) == ([], [])


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path for path in SOURCES if path.stem in ("utils", "helpers", "common", "misc", "managers")] == []
