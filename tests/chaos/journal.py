"""What the customers were promised and what was done to the shop, line by line: a run that was interrupted goes on from it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Journal:
    """`accepted`: by position, the order that the shop has taken on; `ended`: what its customer saw of it at last."""

    path: Path
    accepted: dict[int, dict[str, Any]] = field(default_factory=dict)
    ended: dict[int, str] = field(default_factory=dict)
    lapsed: dict[int, str] = field(default_factory=dict)
    """By position, the order that ended, with its hold, before the submit was answered: it was promised to nobody."""
    struck: dict[int, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    """Sentences about what customers and staff must not have been told."""
    retries: Counter[str] = field(default_factory=Counter)
    """How often a call was repeated, by what was answered."""

    def __post_init__(self) -> None:
        if self.path.exists():
            for line in self.path.read_text().splitlines():
                self._apply(json.loads(line))

    def accept(self, position: int, order_id: str, number: str | None) -> None:
        """The shop has said that the order is placed. Raises AssertionError when it said something else before."""
        known = self.accepted.get(position)
        if known is None:
            self._write({"accept": position, "order_id": order_id, "number": number})
        elif known["order_id"] != order_id or known["number"] != number:
            self.breach(f"order {position} was promised as {known['number']} ({known['order_id']}), then as {number} ({order_id})")

    def lapse(self, position: int, order_id: str) -> None:
        """The submit was answered too late: the order had ended."""
        self._write({"lapse": position, "order_id": order_id})

    def end(self, position: int, outcome: str) -> None:
        """Its customer goes."""
        if position not in self.ended:
            self._write({"end": position, "outcome": outcome})

    def strike(self, number: int, fault: str) -> None:
        """A fault was done."""
        self._write({"strike": number, "fault": fault})

    def breach(self, sentence: str) -> None:
        """A promise was broken in the customer's face."""
        self._write({"breach": sentence})

    def _write(self, entry: dict[str, Any]) -> None:
        self._apply(entry)
        with self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")

    def _apply(self, entry: dict[str, Any]) -> None:
        if "accept" in entry:
            self.accepted[entry["accept"]] = {"order_id": entry["order_id"], "number": entry["number"]}
        elif "lapse" in entry:
            self.lapsed[entry["lapse"]] = entry["order_id"]
        elif "end" in entry:
            self.ended[entry["end"]] = entry["outcome"]
        elif "strike" in entry:
            self.struck[entry["strike"]] = entry["fault"]
        else:
            self.broken.append(entry["breach"])
