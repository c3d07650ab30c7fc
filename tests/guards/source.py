"""A file's text, and edits of it that leave every other line where it is."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """`start` to `end`, in bytes of the file, become `by`. `shown` is what is gone, on one line."""

    start: int
    end: int
    by: str
    shown: str

    def of(self, text: str) -> str:
        """The file without it, with as many lines."""
        raw = text.encode()
        gone = raw[self.start : self.end]
        # Inside brackets, or at the end of a statement, an empty line says nothing.
        lines = b"\n" * (gone.count(b"\n") - self.by.encode().count(b"\n"))
        return (raw[: self.start] + self.by.encode() + lines + raw[self.end :]).decode()


class Source:
    """A file's text with its tree."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.raw = text.encode()
        self.tree = ast.parse(text)
        self._starts = [0]
        for line in self.raw.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def span(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        """Where a node begins and ends."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._starts[node.lineno - 1] + node.col_offset, self._starts[node.end_lineno - 1] + node.end_col_offset

    def of(self, node: ast.expr | ast.stmt) -> str:
        """The node on one line."""
        return ast.unparse(node)

    def line_of(self, position: int) -> int:
        """The line of a byte."""
        return self.raw.count(b"\n", 0, position) + 1

    def replace(self, node: ast.expr | ast.stmt | ast.keyword, by: str, shown: str) -> Edit:
        """The edit that puts `by` in the place of a node."""
        return Edit(*self.span(node), by, shown)

    def replace_all(self, nodes: Sequence[ast.stmt], by: str, shown: str) -> Edit:
        """The same for statements that follow each other."""
        return Edit(self.span(nodes[0])[0], self.span(nodes[-1])[1], by, shown)
