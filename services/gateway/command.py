"""What commands over several services share: the Idempotency-Key that orders opens for them is closed with their answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from services.gateway.neighbours import Refusal
from shared.contracts.api.submit import CloseKey, StoredAnswer
from shared.errors import Refused, Unavailable
from shared.web.door import json_response
from shared.web.idempotency import KEPT_HEADERS
from shared.web.intake import Receive, Scope, Send
from shared.web.problem import problem_of

if TYPE_CHECKING:
    from services.gateway.app import Gateway


@dataclass(frozen=True)
class Outcome:
    """What a command came to."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


async def replay(stored: StoredAnswer, scope: Scope, receive: Receive, send: Send) -> None:
    """The answer that was given to the same key before."""
    headers = {**stored.headers, "Idempotent-Replayed": "true"}
    await json_response(stored.body.encode(), stored.status, headers)(scope, receive, send)


async def run(
    gateway: Gateway, scope: Scope, receive: Receive, send: Send, *, key: str | None, steps: Callable[[], Awaitable[Outcome]]
) -> None:
    """Runs the steps, closes the key with what came of them, answers. Raises what the steps raise, after closing the key."""
    try:
        outcome = await steps()
    except Refusal as refusal:
        await _close(gateway, scope, key, refusal.status, {"content-type": "application/problem+json"}, refusal.reply.raw)
        raise
    except Refused as refused:
        problem = problem_of(refused, instance=scope["path"], request_id=scope["cartwright.request_id"])
        await _close(gateway, scope, key, refused.status, {"content-type": "application/problem+json"}, bytes(problem.body))
        raise
    except Unavailable:
        await _close(gateway, scope, key, 503, {}, b"{}")
        raise
    response = json_response(outcome.body, outcome.status, outcome.headers)
    kept = {name: value for name, value in response.headers.items() if name in KEPT_HEADERS}
    await _close(gateway, scope, key, outcome.status, kept, bytes(response.body))
    await response(scope, receive, send)


async def _close(gateway: Gateway, scope: Scope, key: str | None, status: int, headers: Mapping[str, str], raw: bytes) -> None:
    """Keeps the answer for a repeat; what is no answer to keep (5xx, 401 …) gives the key back."""
    if key is None:
        return
    answer = StoredAnswer(status=status, headers=dict(headers), body=raw.decode())
    body = CloseKey(key=key, answer=answer).model_dump()
    await gateway.neighbours.ask("orders", "POST", "/internal/v1/idempotency/close", body, scope=scope)
