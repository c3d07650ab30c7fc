"""docs/api-guide.md is run: its commands in their order against an embedded shop, and each answer held against what it shows."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.shop import open_shop

GUIDE: Final = Path(__file__).parents[2] / "docs" / "api-guide.md"
ANYTHING: Final = "…"
_BLOCK: Final = re.compile(r"^```(sh|json|http|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK: Final = "---- the guide goes on ----"


@dataclass
class Step:
    """Commands, and what they are said to print: kind of block and its text; None: nothing is said."""

    commands: str
    shown: tuple[str, str] | None = None


def _steps(text: str) -> list[Step]:
    steps: list[Step] = []
    for kind, body in _BLOCK.findall(text):
        if kind == "sh":
            steps.append(Step(body))
        else:
            assert steps[-1].shown is None, f"an answer without a command: {body}"
            steps[-1].shown = (kind, body)
    return steps


def _objects(text: str) -> Iterator[Any]:
    """JSON texts, one after the other."""
    decoder = json.JSONDecoder()
    rest = text.strip()
    while rest:
        value, end = decoder.raw_decode(rest)
        yield value
        rest = rest[end:].strip()


def differences(shown: Any, found: Any, at: str = "") -> list[str]:
    """Where an answer is not as shown: members that are not shown do not count, `…` stands for anything."""
    if shown in (ANYTHING, found):
        return []
    if isinstance(shown, dict) and isinstance(found, dict):
        missing = [f"{at}/{name}: is not there" for name in shown if name not in found]
        return missing + [one for name in shown if name in found for one in differences(shown[name], found[name], f"{at}/{name}")]
    if isinstance(shown, list) and isinstance(found, list) and len(shown) == len(found):
        return [one for index, pair in enumerate(zip(shown, found, strict=True)) for one in differences(*pair, f"{at}/{index}")]
    return [f"{at or '/'}: {found!r}, not {shown!r}"]


def _wrong(step: Step, printed: str) -> list[str]:
    if step.shown is None:
        return []
    kind, shown = step.shown
    if kind == "text":
        pattern = ".*".join(map(re.escape, shown.strip().split(ANYTHING)))
        return [] if re.fullmatch(pattern, printed.strip()) else [f"{printed.strip()!r}, not {shown.strip()!r}"]
    if kind == "json":
        return differences(list(_objects(shown)), list(_objects(printed)))
    shown_head, _, shown_body = shown.partition("\n\n")
    head, _, body = printed.replace("\r", "").strip().partition("\n\n")
    lines = {line.lower().strip() for line in head.splitlines()}
    missing = [f"{line!r} is not among {head!r}" for line in shown_head.splitlines() if line.lower().strip() not in lines]
    return missing + differences(list(_objects(shown_body)), list(_objects(body)))


@pytest.mark.skipif(
    "CI" not in os.environ and not (shutil.which("curl") and shutil.which("jq")), reason="the guide needs curl and jq, which are not here"
)
def test_the_guide_is_true(tmp_path: Path) -> None:
    steps = _steps(GUIDE.read_text())
    script = tmp_path / "guide.sh"
    script.write_text("set -euo pipefail\n" + f"\necho; echo '{_MARK}'\n".join(step.commands for step in steps))
    with open_shop("embedded") as shop:
        keys = {"SHOP": f"http://127.0.0.1:{shop.port}", "PUBLISHABLE_KEY": shop.publishable_key, "ADMIN_KEY": shop.admin_key}
        ran = subprocess.run(
            ["bash", script], cwd=tmp_path, env=os.environ | keys, capture_output=True, text=True, timeout=100, check=False
        )

    printed = ran.stdout.split(_MARK)
    wrong = {step.commands: found for step, text in zip(steps, printed, strict=False) if (found := _wrong(step, text))}
    assert wrong == {}
    assert (ran.returncode, len(printed)) == (0, len(steps)), f"{printed[-1]}\n{ran.stderr}"
    assert len([step for step in steps if step.shown]) > 15


def test_a_wrong_claim_would_be_noticed() -> None:
    answer = '{"code": "x", "errors": [{"pointer": "/a"}], "more": 1}'

    assert _wrong(Step("", ("json", '{"code": "x", "errors": [{"pointer": "…"}]}')), answer) == []
    assert _wrong(Step("", ("json", '{"code": "y"}')), answer) == ["/0/code: 'x', not 'y'"]
    assert _wrong(Step("", ("json", '{"errors": []}')), answer) != []
    assert _wrong(Step("", ("json", '{"other": "…"}')), answer) == ["/0/other: is not there"]
    assert _wrong(Step("", ("http", 'HTTP/1.1 200 OK\n\n{"code": "x"}')), f"HTTP/1.1 409 Conflict\r\n\r\n{answer}") != []
    assert _wrong(Step("", ("text", "200 …\n")), "200 application/pdf") == []
    assert _wrong(Step("", ("text", "200\n")), "201") != []
