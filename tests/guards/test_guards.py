"""The tool that takes guards away finds them, takes away no more than it says, and knows a missed one from one that is not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.guards.__main__ import all_guards
from tests.guards.finding import Guard, find_guards
from tests.guards.results import explained

RULES = "tests/unit/delivery/test_chain.py"
CHAIN = "services/delivery/domain/chain.py"
STANDING = "services/delivery/domain/order.py"
PLANTED = """
LOCK = select(T).where(T.c.id == bindparam("id"), T.c.state != "over").with_for_update(skip_locked=True)
CLAIM = text("INSERT INTO inbox (fact) SELECT fact FROM x ORDER BY fact ON CONFLICT DO NOTHING RETURNING fact")
DUE = text("SELECT id FROM timers WHERE due_at <= :now AND kind = :kind ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED")


def ship(order, lines):
    if order.held and not order.paid:
        raise Refused
    if not lines:
        return None
    try:
        found = [line for line in lines if line.units > 0]
    except KeyError:
        return None
    if found:
        tell(order)
    return max(0, order.left)
"""


def planted(kind: str) -> list[Guard]:
    return [guard for guard in find_guards("planted.py", PLANTED) if guard.kind == kind]


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("raise", ["if order.held and (not order.paid): … raise"]),
        ("and", ["order.held and", "and not order.paid"]),
        ("return", ["if not lines: … return"]),
        ("filter", ["if line.units > 0"]),
        ("bound", ["line.units > 0"]),
        ("except", ["except KeyError: …"]),
        ("only if", ["if found: …"]),
        ("clamp", ["max(0, order.left)"]),
        ("where", ["where T.c.id == bindparam('id')", "where T.c.state != 'over'"]),
        ("on conflict", ["ON CONFLICT DO NOTHING"]),
        ("order", ["ORDER BY fact", "ORDER BY due_at"]),
        ("skip locked", ["SKIP LOCKED"]),
        ("condition", ["due_at <= :now", "AND kind = :kind"]),
    ],
)
def test_each_kind_of_guard_is_found(kind: str, texts: Sequence[str]) -> None:
    assert sorted(guard.text for guard in planted(kind)) == sorted(texts)


def test_a_guard_is_gone_and_every_line_is_where_it_was() -> None:
    without = {guard.text: guard.edit.of(PLANTED) for guard in find_guards("planted.py", PLANTED)}

    assert '" SELECT' not in without["ON CONFLICT DO NOTHING"]
    assert "ORDER BY fact  RETURNING fact" in without["ON CONFLICT DO NOTHING"]
    assert "WHERE (due_at <= :now OR true) AND kind = :kind" in without["due_at <= :now"]
    assert "if ((not lines) and False):" in without["if not lines: … return"]
    assert {text.count("\n") for text in without.values()} == {PLANTED.count("\n")}


@pytest.fixture(scope="module")
def guards() -> list[Guard]:
    return all_guards()


def test_the_house_without_any_one_of_its_guards_can_still_be_read(guards: list[Guard]) -> None:
    """A guard whose absence is no Python would seem to be missed by no test."""
    texts: dict[str, str] = {}
    for guard in guards[::23]:
        text = texts.setdefault(guard.file, Path(guard.file).read_text(encoding="utf-8"))
        compile(guard.edit.of(text), guard.file, "exec")


def test_what_is_explained_is_still_there(guards: list[Guard]) -> None:
    assert [entry for entry in explained() if not any(entry.explains(guard) for guard in guards)] == []


@pytest.mark.timeout(600)
def test_what_the_tests_of_a_rule_miss_is_counted_and_what_none_misses_is_named(tmp_path: Path) -> None:
    """All of it on a small scale: traced, taken away one at a time, asked, told."""
    words = [
        "--folder",
        str(tmp_path),
        "--results",
        str(tmp_path / "outcomes.jsonl"),
        "--suite",
        RULES,
        "--only",
        CHAIN,
        "--only",
        STANDING,
        "--kind",
        "return",
    ]

    proof = subprocess.run([sys.executable, "-m", "tests.guards", *words], capture_output=True, text=True, check=False)

    assert proof.returncode == 1, proof.stdout + proof.stderr
    assert f"missed: {STANDING}" in proof.stdout
    assert "note_hold return: if seq <= self.hold_seq: … return" in proof.stdout
    assert f"missed: {CHAIN}" not in proof.stdout
    assert f"| {CHAIN} | 1 | 1 | 0 | 0 | 0 |" in proof.stdout
