"""The table beside these tests: every promise of README.md is in it, and every test that it names exists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.strangers.conftest import ROOT

FOLDER = ROOT / "tests" / "strangers"
README = (ROOT / "README.md").read_text()
ROWS = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", (FOLDER / "README.md").read_text(), re.M)[1:]


def _promises() -> Iterator[tuple[str, str]]:
    """(section, promise): each section once, and each entry of the list of what a shop can do by its first words."""
    section = group = ""
    for line in README.splitlines():
        if line.startswith("#"):
            section = line.lstrip("# ")
            yield section, ""
        elif re.fullmatch(r"\*\*\w[\w ]*\*\*", line):
            group = line.strip("*")
        elif line.startswith("- ") and section == "What a shop can do today":
            yield section, f"{group}: {line[2:]}"


def test_every_promise_of_the_readme_is_in_the_table() -> None:
    """A section that comes new, or an entry whose first words change, has to be read by a stranger again."""
    missing = [
        (section, promise)
        for section, promise in _promises()
        if not any(section == row[0] and (not promise or promise.startswith(row[1])) for row in ROWS)
    ]
    assert not missing, missing


def test_every_test_of_the_table_exists_and_every_test_is_in_it() -> None:
    """Both ways, so that neither rots."""
    named = {name for row in ROWS for name in re.findall(r"`(test_\w+)`", row[2])}
    files = [path for path in FOLDER.glob("test_*.py") if path.name != "test_table.py"]
    defined = {name for path in files for name in re.findall(r"^def (test_\w+)", path.read_text(), re.M)}
    assert named == defined, (named - defined, defined - named)
