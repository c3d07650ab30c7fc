"""The guards of one file, each with the edit that removes it and no more."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from tests.guards.clauses import clause_edits
from tests.guards.source import Edit, Source

Reached = Literal["body", "past", "line"]
"""Who would miss it: tests that came into its body, those that went past, or all that came to the line."""
MODULE: Final = "<module>"
"""Where a guard stands that is in no function: a statement that is built once."""
_EXITS: Final = (ast.Raise, ast.Return, ast.Continue, ast.Break)
_BOUNDS: Final = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">"}


@dataclass(frozen=True, slots=True)
class Guard:
    """One guard. `where` and `text` name it for as long as it is not rewritten; lines are only where it stands today."""

    file: str
    where: str
    kind: str
    text: str
    nth: int
    """Of those that read alike in one function."""
    line: int
    body: tuple[int, int] | None
    """First and last line of what it lets in or keeps out."""
    reached: Reached
    names: tuple[str, ...]
    """For one in no function: what the statement is called."""
    edit: Edit

    @property
    def key(self) -> str:
        """Its name in results."""
        return f"{self.file}::{self.where}::{self.kind}::{self.text}::{self.nth}"


def find_guards(file: str, text: str) -> list[Guard]:
    """All guards of a file, in the order of their lines."""
    source = Source(text)
    found: list[Guard] = []
    alike: dict[tuple[str, str, str], int] = {}
    # The pieces of an f-string stand, to Python, where the whole of it does.
    seen: set[tuple[str, Edit]] = set()
    for top in _statements(source.tree, MODULE):
        for kind, edit, line, body, reached in _edits(source, top.node):
            if (kind, edit) in seen:
                continue
            seen.add((kind, edit))
            shown = edit.shown
            nth = alike[top.where, kind, shown] = alike.get((top.where, kind, shown), 0) + 1
            found.append(Guard(file, top.where, kind, shown, nth, line, body, reached, top.names, edit))
    return sorted(found, key=lambda guard: (guard.line, guard.edit.start))


@dataclass(frozen=True, slots=True)
class _Top:
    node: ast.AST
    where: str
    names: tuple[str, ...]


def _statements(tree: ast.AST, where: str) -> Iterator[_Top]:
    """Functions whole, with those inside them; statements of modules and classes one by one."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield _Top(node, node.name if where == MODULE else f"{where}.{node.name}", ())
        elif isinstance(node, ast.ClassDef):
            yield from _statements(node, node.name if where == MODULE else f"{where}.{node.name}")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield _Top(node, MODULE, tuple(target.id for target in targets if isinstance(target, ast.Name)))


_Found = tuple[str, Edit, int, "tuple[int, int] | None", Reached]


def _edits(source: Source, top: ast.AST) -> Iterator[_Found]:
    for node in ast.walk(top):
        match node:
            case ast.If():
                yield from _of_if(source, node)
            case ast.BoolOp():
                yield from _of_operands(source, node)
            case ast.Compare(ops=[op]) if type(op) in _BOUNDS:
                moved = f"{source.of(node.left)} {_BOUNDS[type(op)]} {source.of(node.comparators[0])}"
                yield "bound", source.replace(node, f"({moved})", source.of(node)), node.lineno, None, "line"
            case ast.comprehension():
                for test in node.ifs:
                    shown = source.of(test)
                    yield "filter", source.replace(test, f"(({shown}) or True)", f"if {shown}"), test.lineno, None, "line"
            case ast.ExceptHandler():
                yield from _of_handler(source, node)
            case (
                ast.Call(func=ast.Name(id="max" | "min"), args=[ast.Constant(), other])
                | ast.Call(func=ast.Name(id="max" | "min"), args=[other, ast.Constant()])
            ):
                yield "clamp", source.replace(node, f"({source.of(other)})", source.of(node)), node.lineno, None, "line"
            case _:
                pass
        for kind, edit in clause_edits(source, node):
            yield kind, edit, source.line_of(edit.start), None, "line"


def _of_if(source: Source, node: ast.If) -> Iterator[_Found]:
    test = source.of(node.test)
    body = (node.body[0].lineno, node.body[-1].end_lineno or node.body[-1].lineno)
    if isinstance(node.body[-1], _EXITS):
        word = type(node.body[-1]).__name__.lower()
        yield word, source.replace(node.test, f"(({test}) and False)", f"if {test}: … {word}"), node.lineno, body, "body"
    else:
        yield "only if", source.replace(node.test, f"(({test}) or True)", f"if {test}: …"), node.lineno, body, "past"


def _of_operands(source: Source, node: ast.BoolOp) -> Iterator[_Found]:
    # `x or default` chooses a value: only a condition keeps anything out, and that is an operand that is itself one.
    conditions = (ast.Compare, ast.BoolOp, ast.UnaryOp)
    if isinstance(node.op, ast.Or) and not all(isinstance(value, (*conditions, ast.Call, ast.Attribute)) for value in node.values):
        return
    if isinstance(node.op, ast.Or) and not any(isinstance(value, conditions) for value in node.values):
        return
    word, neutral = ("and", "or True") if isinstance(node.op, ast.And) else ("or", "and False")
    for position, value in enumerate(node.values):
        shown = f"{word} {source.of(value)}" if position else f"{source.of(value)} {word}"
        yield word, source.replace(value, f"(({source.of(value)}) {neutral})", shown), value.lineno, None, "line"


def _of_handler(source: Source, node: ast.ExceptHandler) -> Iterator[_Found]:
    last = node.body[-1]
    body = (node.body[0].lineno, last.end_lineno or last.lineno)
    if isinstance(node.body[0], ast.Raise) and node.body[0].exc is None:
        return
    shown = f"except {source.of(node.type) if node.type else ''}: …"
    yield "except", source.replace_all(node.body, "raise", shown), node.lineno, body, "body"
