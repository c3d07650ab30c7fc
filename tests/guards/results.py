"""What became of each guard, kept in a file as it is found out, and the table of it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tests.guards.finding import Guard

EXPLAINED: Final = Path(__file__).with_name("explained.toml")
KEPT: Final = Path(__file__).with_name("outcomes.jsonl")
"""What is known of the house; it is committed."""
PROOF: Final = Path("docs/proof.md")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`killed`: a test failed without the guard, `by` says which. `missed`: none did. `elsewhere`: it runs in no test's process.

    `unbuilt`: without it the module cannot be read, so no test was asked. Only `killed` counts as seen by a test.
    """

    word: str
    by: str | None = None
    asked: int = 0
    of: int = 0
    """Tests that come to it, of which so many were asked."""


class Results:
    """A file with one line per guard; a guard's last line counts."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.known: dict[str, Outcome] = {}
        if file.exists():
            for line in file.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                key = entry.pop("guard")
                self.known[key] = Outcome(**entry)

    def of(self, guard: Guard) -> Outcome | None:
        """What is known of it; None when nothing is."""
        return self.known.get(guard.key)

    def add(self, guard: Guard, outcome: Outcome) -> None:
        """Written at once: who is interrupted goes on from there."""
        self.known[guard.key] = outcome
        with self.file.open("a", encoding="utf-8") as lines:
            lines.write(self._line(guard, outcome))

    def keep(self, guards: Sequence[Guard]) -> None:
        """Writes the file anew: these guards in their order, each once; none that is no more, and none to which no test comes."""
        tried = [guard for guard in guards if guard.key in self.known and self.known[guard.key].of > 0]
        if self.file.exists():
            self.file.write_text("".join(self._line(guard, self.known[guard.key]) for guard in tried), encoding="utf-8")

    @staticmethod
    def _line(guard: Guard, outcome: Outcome) -> str:
        return json.dumps({"guard": guard.key} | asdict(outcome), ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class Explained:
    """A guard that no test can miss, and why."""

    file: str
    where: str
    guard: str
    reason: str

    def explains(self, guard: Guard) -> bool:
        """Whether it is about this one; all that read alike in one function are one to it."""
        return (self.file, self.where, self.guard) == (guard.file, guard.where, guard.text)


def explained(file: Path = EXPLAINED) -> list[Explained]:
    """The list of them."""
    return [Explained(**entry) for entry in tomllib.loads(file.read_text(encoding="utf-8")).get("guard", ())]


@dataclass
class Row:
    """The figures of one file."""

    guards: int = 0
    killed: int = 0
    explained: int = 0
    missed: int = 0
    open: int = 0


def table(guards: Sequence[Guard], known: Mapping[str, Outcome], excuses: Sequence[Explained]) -> tuple[str, list[Guard]]:
    """The table as Markdown, and the guards that are missed and not explained."""
    rows, missed = _counted(guards, known, excuses, _file_of)
    lines = ["| file | guards | killed | explained | missed | not tried |", "|---|---:|---:|---:|---:|---:|"]
    for file, row in rows.items():
        lines.append(f"| {file} | {row.guards} | {row.killed} | {row.explained} | {row.missed} | {row.open} |")
    return "\n".join(lines), missed


def write_table(guards: Sequence[Guard], known: Mapping[str, Outcome], excuses: Sequence[Explained]) -> None:
    """Puts the table of places into docs/proof.md, in the place of the one that stands there."""
    rows, _ = _counted(guards, known, excuses, place_of)
    lines = ["| guards of | there are | killed | explained | missed | not tried |", "|---|---:|---:|---:|---:|---:|"]
    for place, row in rows.items():
        name = place if place == "**all**" else f"`{place}`"
        lines.append(f"| {name} | {row.guards} | {row.killed} | {row.explained} | {row.missed} | {row.open} |")
    text = PROOF.read_text(encoding="utf-8")
    start = text.index("| guards of |")
    end = text.index("\n\n", start)
    PROOF.write_text(text[:start] + "\n".join(lines) + text[end:], encoding="utf-8")


def place_of(guard: Guard) -> str:
    """A layer of a service, or a file of the house."""
    return "/".join(guard.file.split("/")[:3])


def _counted(
    guards: Sequence[Guard], known: Mapping[str, Outcome], excuses: Sequence[Explained], name: Callable[[Guard], str]
) -> tuple[dict[str, Row], list[Guard]]:
    rows: dict[str, Row] = {}
    missed: list[Guard] = []
    for guard in guards:
        row = rows.setdefault(name(guard), Row())
        row.guards += 1
        outcome = known.get(guard.key)
        if outcome is None:
            row.open += 1
        elif outcome.word == "killed":
            row.killed += 1
        elif any(excuse.explains(guard) for excuse in excuses):
            row.explained += 1
        else:
            row.missed += 1
            missed.append(guard)
    total = Row(*(sum(getattr(row, name) for row in rows.values()) for name in ("guards", "killed", "explained", "missed", "open")))
    return dict(sorted(rows.items())) | {"**all**": total}, missed


def _file_of(guard: Guard) -> str:
    return guard.file
