"""A neighbour of the gateway that answers as it is told, and remembers what it was asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from shared.web.door import json_response
from shared.web.intake import Receive, Scope, Send


@dataclass
class Neighbour:
    """`answers` by the end of the path: status and body; everything else is answered 200 with nothing in it."""

    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, raw = scope["path"], scope["cartwright.body"]
        self.asked.append((path, orjson.loads(raw) if raw else None))
        status, body = next((answer for end, answer in self.answers.items() if path.endswith(end)), (200, {}))
        await json_response(body, status)(scope, receive, send)

    def paths(self) -> list[str]:
        """What it was asked for, by the last two words of each path."""
        return ["/".join(path.split("/")[-2:]) for path, _ in self.asked]

    def refuses(self, end: str, status: int, code: str, *, pointer: str | None = None) -> None:
        """A problem from now on."""
        errors = {"errors": [{"pointer": pointer, "code": code, "message": "no"}]} if pointer is not None else {}
        self.answers[end] = (status, {"status": status, "code": code, "detail": "no"} | errors)
