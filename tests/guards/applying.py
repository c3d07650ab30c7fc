"""Taking a guard away in memory: the files stay as they are, and only a forked process is ever changed."""

from __future__ import annotations

import ast
import gc
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.guards.finding import MODULE, Guard


class NotApplied(Exception):
    """Nothing that runs comes from the lines of this guard."""


def functions_by_file() -> dict[str, list[FunctionType]]:
    """All functions of the house that exist, by file; what is made later is made by one of them, from its changed code."""
    found: dict[str, list[FunctionType]] = {}
    here = f"{Path.cwd()}/"
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename.startswith(here):
            found.setdefault(thing.__code__.co_filename.removeprefix(here), []).append(thing)
    return found


def take_away(guard: Guard, text: str, functions: Mapping[str, Sequence[FunctionType]]) -> None:
    """Removes `guard` from this process; `text` is its file. Raises NotApplied."""
    changed = guard.edit.of(text)
    if guard.where == MODULE:
        _rebind(guard, text, changed)
        return
    codes = dict(_codes(compile(changed, str(Path.cwd() / guard.file), "exec")))
    applied = False
    for function in functions.get(guard.file, ()):
        old = function.__code__
        new = codes.get((old.co_qualname, old.co_firstlineno))
        if new is not None and new != old and new.co_freevars == old.co_freevars:
            function.__code__ = new
            applied = True
    if not applied:
        raise NotApplied(guard.key)


def _codes(code: CodeType) -> Iterator[tuple[tuple[str, int], CodeType]]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield (constant.co_qualname, constant.co_firstlineno), constant
            yield from _codes(constant)


def _rebind(guard: Guard, text: str, changed: str) -> None:
    """Runs the changed statement of a module once more, then those that were made of it; whoever imported one gets the new one."""
    name = guard.file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    module = sys.modules.get(name)
    if module is None or not guard.names:
        raise NotApplied(guard.key)
    stale = dependants(text, guard.names)
    ran = False
    for node in ast.parse(changed).body:
        if names := set(assigned(node)) & stale:
            before = {name: module.__dict__[name] for name in names}
            exec(compile(ast.Module([node], []), guard.file, "exec"), module.__dict__)
            for each, old in before.items():
                _pass_on(each, old, module.__dict__[each], module)
            ran = True
    if not ran:
        raise NotApplied(guard.key)


def _pass_on(name: str, old: Any, new: Any, owner: ModuleType) -> None:
    for module in list(sys.modules.values()):
        if (
            module is not owner
            and getattr(module, "__name__", "").startswith(("services.", "shared.", "tests."))
            and vars(module).get(name) is old
        ):
            setattr(module, name, new)


def assigned(node: ast.stmt) -> list[str]:
    """The names that a statement gives a value."""
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [target.id for target in targets if isinstance(target, ast.Name)]
    return []


def dependants(text: str, names: Sequence[str]) -> set[str]:
    """`names`, and the names of the file's statements that are made of them."""
    found = set(names)
    for node in ast.parse(text).body:
        if any(isinstance(part, ast.Name) and part.id in found and isinstance(part.ctx, ast.Load) for part in ast.walk(node)):
            found.update(assigned(node))
    return found
