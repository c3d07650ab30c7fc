"""Which answers the published document gives to a path: a refusal that is not in it is none that a program can be written for."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
DOCUMENT: Final = ROOT / "services" / "gateway" / "openapi.json"


@cache
def _operations() -> list[tuple[re.Pattern[str], str, dict[str, set[str]]]]:
    """(pattern of the path, method, {status: codes}); no codes: the status alone is documented."""
    document = json.loads(DOCUMENT.read_text())
    shared = document["components"]["responses"]
    found = []
    # A path without a parameter comes before one that would take it for a value.
    for path, item in sorted(document["paths"].items(), key=lambda entry: entry[0].count("{")):
        pattern = re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + r"\Z")
        for method, operation in item.items():
            answers = {status: _codes(said, shared) for status, said in operation["responses"].items()}
            found.append((pattern, method.upper(), answers))
    return found


def _codes(said: dict[str, Any], shared: dict[str, Any]) -> set[str]:
    if "$ref" in said:
        said = shared[said["$ref"].rsplit("/", 1)[-1]]
    return set(re.findall(r"`([a-z_]+)`:", said.get("description", ""))) or set(_enum(said))


def _enum(said: Any) -> list[str]:
    """The values of `code` wherever the schema names them."""
    if isinstance(said, dict):
        code = said.get("code")
        own = [] if not isinstance(code, dict) else [*code.get("enum", ()), *([code["const"]] if "const" in code else [])]
        return [*own, *(value for part in said.values() for value in _enum(part))]
    return [value for part in said for value in _enum(part)] if isinstance(said, list) else []


def is_documented(method: str, path: str, status: int, code: str | None) -> bool:
    """Whether the document says that this path may answer so. Raises KeyError for a path that it does not have."""
    for pattern, known, answers in _operations():
        if known == method and pattern.match(path):
            codes = answers.get(str(status))
            return codes is not None and (code is None or not codes or code in codes)
    raise KeyError(f"{method} {path}")
