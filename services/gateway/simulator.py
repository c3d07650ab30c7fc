"""Test mode: what the payment simulator's customer or bank does next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.gateway.clock import NoTestMode
from shared.web.door import json_response
from shared.web.intake import Receive, Scope, Send

if TYPE_CHECKING:
    from services.gateway.app import Gateway


async def act(gateway: Gateway, scope: Scope, receive: Receive, send: Send, *, ref: str, action: str) -> None:
    """`succeed`, `authorize`, `process`, `fail`, `cancel` or `dispute` of one PaymentIntent, and how that ends; answers {event_id}."""
    if gateway.simulate is None or not gateway.test_mode:
        raise NoTestMode("there is no payment simulator here")
    (await gateway.caller(scope, None)).need("ops.write")
    await json_response({"event_id": await gateway.simulate(ref, action)})(scope, receive, send)
