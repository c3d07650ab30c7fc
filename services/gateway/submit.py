"""Submit over three services, in one answer (lifecycles.md, section 1). Each step is keyed and safe to repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from services.gateway import command
from services.gateway.bodies import Body, body_of
from services.gateway.neighbours import Refusal, Reply
from services.gateway.reopen import asks_to_reopen, reopen
from shared.contracts.api.submit import (
    CheckMethod,
    CreatePayment,
    EndSubmission,
    HoldStock,
    MethodPolicy,
    SubmitOrder,
    SubmitPrepared,
    Submitted,
)
from shared.web.caller import Caller
from shared.web.door import json_response
from shared.web.intake import Receive, Scope, Send

if TYPE_CHECKING:
    from services.gateway.app import Gateway


class SubmitBody(Body):
    """`POST …/submit`."""

    payment_method: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    expected_total: str | None = None


async def submit(gateway: Gateway, scope: Scope, receive: Receive, send: Send, *, order_id: str) -> None:
    """Answers {order, payment?}. A repeat with the same Idempotency-Key gets the first answer."""
    body = body_of(scope, SubmitBody)
    prepared = await _prepare(gateway, scope, order_id)
    if prepared.stored is not None:
        await command.replay(prepared.stored, scope, receive, send)
        return
    steps = _Submission(gateway, scope, prepared, body).run
    await command.run(gateway, scope, receive, send, key=prepared.idempotency_key, steps=steps)


async def payment_methods(gateway: Gateway, scope: Scope, receive: Receive, send: Send, *, order_id: str) -> None:
    """The methods of a cart, each with whether it is available and why not."""
    prepared = await _prepare(gateway, scope, order_id, look=True)
    question = _question(prepared, "").model_dump()
    path, caller = f"/internal/v1/orders/{order_id}/payment_methods", Caller.model_validate(prepared.caller)
    listed = await gateway.neighbours.ask("billing", "POST", path, question, scope=scope, caller=caller)
    await json_response(listed)(scope, receive, send)


class _Submission:
    """One run of the steps."""

    def __init__(self, gateway: Gateway, scope: Scope, prepared: SubmitPrepared, body: SubmitBody) -> None:
        self.gateway = gateway
        self.scope = scope
        self.prepared = prepared
        self.body = body
        self.caller = Caller.model_validate(prepared.caller)

    async def run(self) -> command.Outcome:
        """All steps; raises Refusal with the first that is refused."""
        answer = await self._steps()
        return command.Outcome(answer, headers={"ETag": f'"{answer["order"]["version"]}"'})

    async def _steps(self) -> dict[str, Any]:
        policy = await self._check()
        submitted = await self._submit()
        if submitted.confirmed:
            return {"order": submitted.order, "payment": await self._latest_payment()}
        if submitted.hold:
            await self._hold(submitted, policy)
        if policy is None:
            # Nothing is due any more: it was the goods that had to be there first (R-ORD-13).
            confirmed = await self._ask(
                "orders", f"/internal/v1/orders/{submitted.order_id}/confirm_free", self._end(submitted, "nothing to pay")
            )
            return {"order": confirmed["order"], "payment": await self._latest_payment()}
        payment = await self._pay(submitted)
        return {"order": submitted.order, "payment": payment}

    async def _submit(self) -> Submitted:
        reply = await self._to_orders(self.scope)
        if asks_to_reopen(reply):
            # Another method after a declined payment (R-PAY-11).
            again = await reopen(self.gateway, self.scope, self.prepared.order_id, reply, reason="paid by another method")
            reply = await self._to_orders(again)
        if not reply.ok:
            raise Refusal(reply)
        return Submitted.model_validate(reply.body)

    async def _to_orders(self, scope: Scope) -> Reply:
        path = f"/internal/v1/orders/{self.prepared.order_id}/submit"
        body = SubmitOrder(**self.body.model_dump()).model_dump()
        return await self.gateway.neighbours.call("orders", "POST", path, body, scope=scope, caller=self.caller, conditional=True)

    async def _check(self) -> MethodPolicy | None:
        if not self.prepared.due.strip("0."):
            return None
        question = _question(self.prepared, self.body.payment_method)
        return MethodPolicy.model_validate(await self._ask("billing", "/internal/v1/methods/check", question))

    async def _hold(self, submitted: Submitted, policy: MethodPolicy | None) -> None:
        if not submitted.lines:
            return
        hold = HoldStock(
            order_id=submitted.order_id,
            number=submitted.number,
            submission=submitted.submission,
            minutes=policy.hold_minutes if policy is not None else 5,
            on_expiry=policy.on_expiry if policy is not None else "release",
            lines=submitted.lines,
        )
        try:
            await self._ask("delivery", "/internal/v1/holds", hold)
        except Refusal as refusal:
            if refusal.code == "out_of_stock":
                await self._reopen(submitted, "out_of_stock")
            raise

    async def _pay(self, submitted: Submitted) -> Any:
        payment = CreatePayment(
            order_id=submitted.order_id,
            number=submitted.number,
            submission=submitted.submission,
            method=self.body.payment_method,
            amount=submitted.due,
            total=submitted.total,
            currency=submitted.currency,
            decimals=submitted.decimals,
            language=submitted.order.get("language"),
        )
        try:
            return await self._ask("billing", "/internal/v1/payments", payment)
        except Refusal as refusal:
            # The provider will never take it: the cart is open again. A 503 leaves order and hold, for a repeat.
            if refusal.code == "payment_method_unavailable":
                await self._reopen(submitted, "payment_method_unavailable")
            raise

    async def _latest_payment(self) -> Any:
        path = f"/internal/v1/orders/{self.prepared.order_id}/parts?eyes=customer"
        parts = await self.gateway.neighbours.ask("billing", "GET", path, scope=self.scope, caller=self.caller)
        return parts["payments"][-1] if parts["payments"] else None

    async def _reopen(self, submitted: Submitted, reason: str) -> None:
        await self._ask("orders", f"/internal/v1/orders/{submitted.order_id}/reopen", self._end(submitted, reason))

    def _end(self, submitted: Submitted, reason: str) -> EndSubmission:
        return EndSubmission(submission=submitted.submission, reason=reason)

    async def _ask(self, service: str, path: str, body: Any) -> Any:
        return await self.gateway.neighbours.ask(service, "POST", path, body.model_dump(), scope=self.scope, caller=self.caller)


def _question(prepared: SubmitPrepared, code: str) -> CheckMethod:
    return CheckMethod(
        code=code,
        currency=prepared.currency,
        country=prepared.country,
        amount=prepared.due,
        pickup=prepared.pickup,
        goods=prepared.goods,
    )


async def _prepare(gateway: Gateway, scope: Scope, order_id: str, *, look: bool = False) -> SubmitPrepared:
    """`look`: nothing will follow, so an Idempotency-Key is not opened. Raises Refusal."""
    path = f"/internal/v1/orders/{order_id}/submit/prepare" + ("?look=true" if look else "")
    reply = await gateway.neighbours.call("orders", "POST", path, scope["cartwright.body"], scope=scope, credentials=True)
    if not reply.ok:
        raise Refusal(reply)
    return SubmitPrepared.model_validate(reply.body)
