"""A submitted cart whose payment failed is open again once the payment is withdrawn: before an edit, before another method (O4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.gateway.neighbours import Refusal, Reply
from shared.contracts.api.submit import ClosePayment, EndSubmission
from shared.errors import Refused
from shared.web.intake import Scope

if TYPE_CHECKING:
    from services.gateway.app import Gateway


class PaymentInProgress(Refused):
    """Money is moving at the provider: the cart cannot change now (R-ORD-09)."""

    code = "payment_in_progress"


def asks_to_reopen(reply: Reply) -> bool:
    """Whether orders does it as soon as the payment is withdrawn and the cart is open."""
    return reply.status == 409 and reply.code == "reopen_first"


async def reopen(gateway: Gateway, scope: Scope, order_id: str, asked: Reply, *, reason: str) -> Scope:
    """Withdraws the failed payment at billing and reopens the cart; returns the request to repeat. Raises PaymentInProgress, Refusal."""
    submission = int(asked.body["submission"])
    path = f"/internal/v1/orders/{order_id}/close_payment"
    closed = await gateway.neighbours.ask("billing", "POST", path, ClosePayment(submission=submission).model_dump(), scope=scope)
    if closed["outcome"] == "moving":
        raise PaymentInProgress("the payment went through in the meantime, or is on its way")
    body = EndSubmission(submission=submission, reason=reason).model_dump()
    reply = await gateway.neighbours.call("orders", "POST", f"/internal/v1/orders/{order_id}/reopen", body, scope=scope)
    if not reply.ok:
        raise Refusal(reply)
    return _meant_for(scope, int(reply.body["version"]))


def _meant_for(scope: Scope, version: int) -> Scope:
    """The request, of which orders has seen already that its If-Match was right: the reopening alone made another version since."""
    headers = [(name, f'"{version}"'.encode() if name == b"if-match" else value) for name, value in scope["headers"]]
    return {**scope, "headers": headers}
