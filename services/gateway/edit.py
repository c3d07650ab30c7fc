"""An edit of a cart. After a declined payment it withdraws the payment and reopens the cart first; all others are one hop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.gateway.neighbours import Reply
from services.gateway.reopen import asks_to_reopen, reopen
from shared.web.caller import target_of
from shared.web.intake import Receive, Scope, Send

if TYPE_CHECKING:
    from services.gateway.app import Gateway


async def edit(gateway: Gateway, scope: Scope, receive: Receive, send: Send, *, order_id: str) -> None:
    """Hands the edit to orders; on `reopen_first` closes the failed payment, reopens, and hands it over again."""
    reply = await _to_orders(gateway, scope)
    if asks_to_reopen(reply):
        again = await reopen(gateway, scope, order_id, reply, reason="edited after a failed payment")
        reply = await _to_orders(gateway, again)
    await send({"type": "http.response.start", "status": reply.status, "headers": list(reply.headers)})
    await send({"type": "http.response.body", "body": reply.raw})


async def _to_orders(gateway: Gateway, scope: Scope) -> Reply:
    return await gateway.neighbours.call(
        "orders", scope["method"], target_of(scope), scope["cartwright.body"], scope=scope, credentials=True
    )
