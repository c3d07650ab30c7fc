"""What the documents say is so: files, quoted code, commands, settings and links exist, and every document says how old it is."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from deploy.generate_docs import PAGES
from services.host import cli
from shared.settings import Environment

ROOT: Final = Path(__file__).parents[2]
GENERATED: Final = {ROOT / "docs" / name for name in PAGES}
"""Made out of the code by deploy/generate_docs.py; test_generated.py looks at them."""
DOCUMENTS: Final = sorted(
    path for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")) if path not in GENERATED and path.name != "CHANGELOG.md"
)

_FENCE: Final = re.compile(r"^```(?P<language>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE: Final = re.compile(r"`([^`\n]+)`")
_LINK: Final = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_PATH: Final = re.compile(
    r"(?:services|shared|tests|docs|deploy|benchmarks|\.ci)/[\w./*-]*|[\w.-]+\.(?:md|toml|lock)|\.importlinter|\.env\.example"
)
_VARIABLE: Final = re.compile(r"CARTWRIGHT_[A-Z_]*[A-Z]")
_ASSIGNMENT: Final = re.compile(r"[A-Z_]+=.*")
_DAY: Final = re.compile(r"\b20\d\d-\d\d-\d\d\b")
FOR_TESTS: Final = {"CARTWRIGHT_TEST_DATABASE_URL", "CARTWRIGHT_TEST_BROKER_URL"}
PLACEHOLDER: Final = "WORDS"
"""Stands for whatever may follow a command."""


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _blocks(text: str, *languages: str) -> list[str]:
    return [match["body"] for match in _FENCE.finditer(text) if match["language"] in languages]


def _inline(text: str) -> list[str]:
    return _INLINE.findall(_FENCE.sub("", text))


def _exists(name: str) -> bool:
    path = ROOT / name
    return path.exists() or path in GENERATED or ("*" in name and any(ROOT.glob(name)))


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_file_that_is_named_exists(document: Path) -> None:
    named = {code for code in _inline(document.read_text()) if _PATH.fullmatch(code)}

    assert sorted(name for name in named if not _exists(name)) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_link_leads_somewhere(document: Path) -> None:
    targets = {target for target in _LINK.findall(document.read_text()) if "://" not in target}
    found = {target: (document.parent / target).resolve() for target in targets}

    assert sorted(target for target, path in found.items() if not path.exists() and path not in GENERATED) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_quoted_code_stands_in_the_file_it_is_quoted_from(document: Path) -> None:
    """A block of Python begins with `# path`; a line of `...` leaves lines out."""
    wrong = []
    for block in _blocks(document.read_text(), "python"):
        head, _, body = block.partition("\n")
        path = ROOT / head.removeprefix("# ")
        if not path.is_file():
            wrong.append(f"{head}: no such file")
            continue
        source = path.read_text().splitlines()
        wrong += [f"{head}: {part[0]}" for part in _parts(body) if not _occurs(part, source)]

    assert wrong == []


def _parts(body: str) -> Iterator[list[str]]:
    for part in re.split(r"^\s*\.\.\.\n", body, flags=re.MULTILINE):
        lines = textwrap.dedent(part).strip("\n").splitlines()
        if lines:
            yield lines


def _occurs(part: list[str], source: list[str]) -> bool:
    windows = (source[start : start + len(part)] for start in range(len(source) - len(part) + 1))
    return any(textwrap.dedent("\n".join(window)).splitlines() == part for window in windows)


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_command_that_is_named_is_one(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = document.read_text()
    lines = [line for block in _blocks(text, "sh") for line in block.replace("\\\n", " ").splitlines()]

    assert [line for line in (*lines, *_inline(text)) if not _is_command(line)] == []
    capsys.readouterr()


def _is_command(line: str) -> bool:
    """Whether the command line takes it; what is no command of ours passes."""
    if not re.search(r"(^|\s)(cartwright|\./run|\./test)(\s|$)", line):
        return True
    words = [word for word in shlex.split(line, comments=True) if not _ASSIGNMENT.fullmatch(word) and word not in ("env", "&")]
    if not words or words[0] not in ("cartwright", "./run", "./test"):
        return True
    program, *rest = words
    if program == "./test":
        return all(_exists(word) for word in rest if "/" in word)
    if not rest or PLACEHOLDER in rest or (program == "./run" and rest == ["setup"]):
        return True
    try:
        cli._parser().parse_args(rest)
    except SystemExit as end:
        return end.code == 0
    return True


SETTINGS: Final = {f"CARTWRIGHT_{name.upper()}" for name in Environment.model_fields}


@pytest.mark.parametrize("document", [*DOCUMENTS, ROOT / ".env.example"], ids=_name)
def test_every_setting_that_is_named_exists(document: Path) -> None:
    assert sorted(set(_VARIABLE.findall(document.read_text())) - SETTINGS - FOR_TESTS) == []


@pytest.mark.parametrize("name", ["docs/operations.md", ".env.example"])
def test_no_setting_is_left_out(name: str) -> None:
    assert sorted(SETTINGS - set(_VARIABLE.findall((ROOT / name).read_text()))) == []


@pytest.mark.parametrize("document", [*DOCUMENTS, ROOT / "CHANGELOG.md"], ids=_name)
def test_every_document_says_how_old_it_is(document: Path) -> None:
    assert _DAY.search(document.read_text()), "name the day on which it was last held against the code"


def test_the_tour_has_nine_stops_in_nine_files() -> None:
    blocks = _blocks((ROOT / "docs" / "tour.md").read_text(), "python")

    assert len({block.partition("\n")[0] for block in blocks}) == 9


@pytest.mark.parametrize(
    ("line", "fine"),
    [
        ("cartwright up", True),
        ("CARTWRIGHT_PORT=8001 cartwright web orders  # alone", True),
        ("cartwright fly", False),
        ("cartwright dead-letters replay nobody 7", False),
        ("./run demo --orders 5", True),
        ("./run fly", False),
        ("./test tests/unit -k money", True),
        ("./test tests/nowhere", False),
        ("psql -c 'create database cartwright'", True),
    ],
)
def test_a_wrong_command_would_be_noticed(line: str, fine: bool, capsys: pytest.CaptureFixture[str]) -> None:
    assert _is_command(line) is fine
    capsys.readouterr()


def test_a_wrong_quotation_would_be_noticed() -> None:
    source = ["def a():", "    x = 1", "    y = 2", "    return x"]

    assert [_occurs(part, source) for part in _parts("x = 1\n...\nreturn x\n")] == [True, True]
    assert [_occurs(part, source) for part in _parts("x = 1\nreturn x\n")] == [False]
