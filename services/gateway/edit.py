"""An edit of a cart. After a declined payment it withdraws the payment and reopens the cart first; all others are one hop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.gateway.neighbours import Refusal, Reply
from shared.contracts.api.submit import ClosePayment, EndSubmission
from shared.errors import Refused
from shared.web.intake import Receive, Scope, Send

if TYPE_CHECKING:
    from services.gateway.app import Gateway


class PaymentInProgress(Refused):
    """Money is moving at the provider: the cart cannot change now (R-ORD-09)."""

    code = "payment_in_progress"


async def edit(gateway: Gateway, scope: Scope, receive: Receive, send: Send, *, order_id: str) -> None:
    """Hands the edit to orders; on `reopen_first` closes the failed payment, reopens, and hands it over again."""
    reply = await _to_orders(gateway, scope)
    if reply.status == 409 and reply.code == "reopen_first":
        version = await _reopen(gateway, scope, order_id, int(reply.body["submission"]))
        reply = await _to_orders(gateway, _meant_for(scope, version))
    await send({"type": "http.response.start", "status": reply.status, "headers": list(reply.headers)})
    await send({"type": "http.response.body", "body": reply.raw})


async def _to_orders(gateway: Gateway, scope: Scope) -> Reply:
    target = scope["path"] + ("?" + scope["query_string"].decode("latin-1") if scope["query_string"] else "")
    return await gateway.neighbours.call("orders", scope["method"], target, scope["cartwright.body"], scope=scope, credentials=True)


def _meant_for(scope: Scope, version: int) -> Scope:
    """The request, of which orders has seen already that its If-Match was right: the reopening alone made another version since."""
    headers = [(name, f'"{version}"'.encode() if name == b"if-match" else value) for name, value in scope["headers"]]
    return {**scope, "headers": headers}


async def _reopen(gateway: Gateway, scope: Scope, order_id: str, submission: int) -> int:
    path = f"/internal/v1/orders/{order_id}/close_payment"
    closed = await gateway.neighbours.ask("billing", "POST", path, ClosePayment(submission=submission).model_dump(), scope=scope)
    if closed["outcome"] == "moving":
        raise PaymentInProgress("the payment went through in the meantime, or is on its way")
    body = EndSubmission(submission=submission, reason="edited after a failed payment").model_dump()
    reply = await gateway.neighbours.call("orders", "POST", f"/internal/v1/orders/{order_id}/reopen", body, scope=scope)
    if not reply.ok:
        raise Refusal(reply)
    return int(reply.body["version"])
