"""Guards of statements: conditions, locks, the order in which locks are taken, what happens on a conflict."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from tests.guards.source import Edit, Source

_ONE: Final = rb"[^\"()]+?(?:\([^()\"]*\)[^\"()]*?)?"
_ENDS: Final = rb" AND | OR | ORDER | GROUP | RETURNING | LIMIT | FOR |\"|\)"
_CLAUSES: Final = (
    ("on conflict", re.compile(rb"ON CONFLICT(?: \([^)]*\))? DO (?:NOTHING|UPDATE SET [^\"]*?(?= RETURNING|\"))")),
    ("lock", re.compile(rb" ?FOR (?:NO KEY )?(?:UPDATE|SHARE)(?: OF \w+)?(?: SKIP LOCKED)?")),
    ("skip locked", re.compile(rb" SKIP LOCKED")),
    ("condition", re.compile(rb" AND (?!EXISTS)" + _ONE + rb"(?=" + _ENDS + rb")")),
    ("condition", re.compile(rb"(?<= WHERE )" + _ONE + rb"(?=" + _ENDS + rb")")),
)
_ORDER: Final = re.compile(rb" ?ORDER BY [\w.,: ]+?(?= LIMIT| ON | FOR | RETURNING|\"|\)| \{)")
_SQL: Final = re.compile(rb"\b(SELECT|INSERT|UPDATE|DELETE|ON CONFLICT|FOR UPDATE)\b")


def clause_edits(source: Source, node: ast.AST) -> Iterator[tuple[str, Edit]]:
    """The edits that take one clause away each: kind and edit."""
    if isinstance(node, ast.Call):
        yield from _of_call(source, node)
    elif isinstance(node, ast.Constant | ast.JoinedStr):
        yield from _of_text(source, node)


def _of_call(source: Source, node: ast.Call) -> Iterator[tuple[str, Edit]]:
    for keyword in node.keywords:
        if keyword.arg in ("lock", "skip_locked") and isinstance(keyword.value, ast.Constant) and keyword.value.value is True:
            yield "lock", source.replace(keyword, f"{keyword.arg}=False", f"{_of_what(source, node)} {keyword.arg}=True")
    if not isinstance(node.func, ast.Attribute):
        return
    name, before = node.func.attr, source.of(node.func.value)
    if name == "where":
        for condition in node.args:
            if not isinstance(condition, ast.Starred):
                # Two lists of conditions are never equal: what is true of all rows takes the place of one.
                yield "where", source.replace(condition, "__import__('sqlalchemy').true()", f"where {source.of(condition)}")
    elif name == "with_for_update" or name.startswith("on_conflict_"):
        kind = "lock" if name == "with_for_update" else "on conflict"
        yield kind, source.replace(node, f"({before})", f".{name}({', '.join(source.of(argument) for argument in node.args)})")
    elif name == "order_by" and "with_for_update" in source.text:
        yield "order", source.replace(node, f"({before})", f".order_by({', '.join(source.of(argument) for argument in node.args)})")


def _of_what(source: Source, node: ast.Call) -> str:
    return f"{source.of(node.func)}({', '.join(source.of(argument) for argument in node.args)})"


def _of_text(source: Source, node: ast.Constant | ast.JoinedStr) -> Iterator[tuple[str, Edit]]:
    if isinstance(node, ast.Constant) and not isinstance(node.value, str):
        return
    start, end = source.span(node)
    raw = source.raw[start:end]
    if raw.startswith(b'"""') or not raw.endswith(b'"') or not _SQL.search(raw):
        return
    clauses = list(_CLAUSES)
    if b"FOR UPDATE" in raw or b"INSERT" in raw or b"{lock}" in raw:
        clauses.append(("order", _ORDER))
    for kind, pattern in clauses:
        for match in pattern.finditer(raw):
            shown = match.group().decode().strip()
            if shown.partition(" ")[0] != "true":
                yield kind, Edit(start + match.start(), start + match.end(), _without(kind, match.group().decode()), shown)


def _without(kind: str, clause: str) -> str:
    """What stands in a clause's place. Of a condition its words stay, for the values it takes are handed in with the statement."""
    if kind != "condition":
        return ""
    before, condition = (" AND ", clause.removeprefix(" AND ")) if clause.startswith(" AND ") else ("", clause)
    return f"{before}({condition} OR true)" if condition.count("(") == condition.count(")") else "true" if not before else ""
