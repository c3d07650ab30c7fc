"""Arithmetic of the figures: values in, values out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

SHARES = (0.50, 0.95, 0.99)
"""The percentiles that are reported."""


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that at least `share` of them do not exceed (nearest rank). Raises ValueError without values."""
    if not values:
        raise ValueError("there is no percentile of nothing")
    if not 0 < share <= 1:
        raise ValueError(f"a share is above 0 and at most 1, not {share}")
    return sorted(values)[math.ceil(share * len(values)) - 1]


def percentiles(values: Sequence[float]) -> tuple[float, ...]:
    """p50, p95 and p99."""
    return tuple(percentile(values, share) for share in SHARES)


def missing_numbers(numbers: Iterable[int]) -> list[int]:
    """What lacks in 1..n, n being how many there are: empty when the series has neither gap nor double."""
    found = list(numbers)
    return sorted(set(range(1, len(found) + 1)) - set(found))


def spent(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """CPU seconds between two readings, by label."""
    return {label: after[label] - before.get(label, 0.0) for label in after}


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table, aligned for reading as text; numbers to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[column]) for line in (list(head), *cells)) for column in range(len(head))]

    def line(row: Sequence[str]) -> str:
        padded = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        return "| " + " | ".join(padded) + " |"

    rule = "|" + "|".join("-" * (width + 1) + ("-" if column == 0 else ":") for column, width in enumerate(widths)) + "|"
    return "\n".join((line(head), rule, *map(line, cells)))
