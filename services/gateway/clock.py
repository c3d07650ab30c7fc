"""The test clock over all services: stops business time, and runs what is due by then before it answers."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from services.gateway.bodies import Body, body_of
from shared.errors import CartwrightError, Unavailable
from shared.settings import SERVICES
from shared.web.door import json_response
from shared.web.intake import Receive, Scope, Send

if TYPE_CHECKING:
    from services.gateway.app import Gateway

SETTLE_SECONDS: Final = 30.0
"""How long it waits for the services' outboxes to be empty."""


class ClockBody(Body):
    """`POST /admin/v1/test_clock`."""

    now: Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class NoTestMode(CartwrightError):
    """The path exists in test mode only."""

    status = 404
    code = "not_found"


async def stop(gateway: Gateway, scope: Scope, receive: Receive, send: Send) -> None:
    """Stops the clock at `now`, then runs every timer that is due, in due order, and what follows from it."""
    await _permit(gateway, scope)
    body = body_of(scope, ClockBody)
    now = await _set(gateway, scope, body.now)
    handled = await _run_due(gateway, scope)
    await json_response({"now": now, "handled": handled})(scope, receive, send)


async def read(gateway: Gateway, scope: Scope, receive: Receive, send: Send) -> None:
    """What time it is for the shop."""
    await _permit(gateway, scope)
    quiet = await gateway.neighbours.ask("orders", "GET", "/internal/v1/quiet", scope=scope)
    await json_response({"now": quiet["now"]})(scope, receive, send)


async def run(gateway: Gateway, scope: Scope, receive: Receive, send: Send) -> None:
    """Real time again."""
    await _permit(gateway, scope)
    await json_response({"now": await _set(gateway, scope, None)})(scope, receive, send)


async def _permit(gateway: Gateway, scope: Scope) -> None:
    if not gateway.test_mode:
        raise NoTestMode("there is no test clock without CARTWRIGHT_TEST_MODE=1")
    (await gateway.caller(scope, None)).need("ops.write")


async def _set(gateway: Gateway, scope: Scope, now: str | None) -> str:
    answers = [await gateway.neighbours.ask(service, "PUT", "/internal/v1/clock", {"now": now}, scope=scope) for service in SERVICES]
    return str(answers[0]["now"])


async def _run_due(gateway: Gateway, scope: Scope) -> int:
    handled = 0
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        quiet = await asyncio.gather(*(gateway.neighbours.ask(service, "GET", "/internal/v1/quiet", scope=scope) for service in SERVICES))
        due = sorted((state["next_due_at"], service) for state, service in zip(quiet, SERVICES, strict=True) if state["due"])
        if due:
            handled += await _run_one(gateway, scope, due[0][1])
        elif any(state["outbox"] for state in quiet):
            await asyncio.sleep(0.02)
        else:
            return handled
    raise Unavailable("the services did not come to rest in time: is a relay running?")


async def _run_one(gateway: Gateway, scope: Scope, service: str) -> int:
    ran: Any = await gateway.neighbours.ask(service, "POST", "/internal/v1/timers/run", {}, scope=scope)
    return 1 if ran["ran"] is not None and not ran["failed"] else 0
