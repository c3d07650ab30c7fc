"""Confirm by staff, and money recorded by hand (lifecycles.md, section 1): goods, then money, then the order; each step keyed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import orjson
from pydantic import Field

from services.gateway import command
from services.gateway.bodies import Body, body_of
from services.gateway.neighbours import Refusal, Reply
from shared.contracts.api.record_payment import ConfirmOpened, ConfirmPrepared, GiveBackHold, Recordable, RecordOpened, RecordPayment
from shared.contracts.api.submit import HoldStock
from shared.errors import CartwrightError
from shared.values.ids import CODE_PATTERN
from shared.web.caller import Caller
from shared.web.intake import Receive, Scope, Send

if TYPE_CHECKING:
    from services.gateway.app import Gateway

HOLD_MINUTES: Final = 5
"""How long the goods wait for the steps that follow."""
Amount = Annotated[str, Field(pattern=r"^[0-9]{1,15}(\.[0-9]{1,10})?$")]
Text = Annotated[str, Field(min_length=1, max_length=200)]


class MoneyBody(Body):
    """Money that came without the provider."""

    method: str = Field(pattern=f"^{CODE_PATTERN.pattern}$")
    amount: Amount
    receipt_number: Text | None = None
    paid_at: Text | None = None


class PaymentBody(MoneyBody):
    """`POST /admin/v1/orders/{id}/payments`."""

    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    bank: Text | None = None
    note: str | None = Field(default=None, min_length=1, max_length=2000)


class ConfirmBody(Body):
    """`POST /admin/v1/orders/{id}/confirm`."""

    accept_shortage: bool = False
    record_payment: MoneyBody | None = None


async def confirm(gateway: Gateway, scope: Scope, receive: Receive, send: Send, *, order_id: str) -> None:
    """Answers the Order. A repeat with the same Idempotency-Key gets the first answer; one that is confirmed already stays as it is."""
    body = body_of(scope, ConfirmBody)
    opened = ConfirmOpened.model_validate(await _open(gateway, scope, f"/internal/v1/orders/{order_id}/confirm/prepare"))
    if opened.stored is not None:
        await command.replay(opened.stored, scope, receive, send)
        return
    assert opened.order is not None
    steps = _Confirmation(gateway, scope, opened, opened.order, body).run
    await command.run(gateway, scope, receive, send, key=opened.idempotency_key, steps=steps)


async def record_payment(gateway: Gateway, scope: Scope, receive: Receive, send: Send, *, order_id: str) -> None:
    """Answers the Payment: 201, or 200 when it was recorded before."""
    body = body_of(scope, PaymentBody)
    opened = RecordOpened.model_validate(await _open(gateway, scope, f"/internal/v1/orders/{order_id}/recordable"))
    if opened.stored is not None:
        await command.replay(opened.stored, scope, receive, send)
        return

    async def steps() -> command.Outcome:
        assert opened.order is not None
        caller, key = Caller.model_validate(opened.caller), opened.idempotency_key
        recorded = await _record(gateway, scope, caller, _money(opened.order, body, key))
        payment = recorded["payment"]
        if not recorded["created"]:
            return command.Outcome(payment)
        return command.Outcome(payment, 201, {"Location": f"/admin/v1/payments/{payment['id']}"})

    await command.run(gateway, scope, receive, send, key=opened.idempotency_key, steps=steps)


class _Confirmation:
    """One run of the steps."""

    def __init__(self, gateway: Gateway, scope: Scope, opened: ConfirmOpened, order: ConfirmPrepared, body: ConfirmBody) -> None:
        self.gateway = gateway
        self.scope = scope
        self.order = order
        self.body = body
        self.key = opened.idempotency_key
        self.caller = Caller.model_validate(opened.caller)

    async def run(self) -> command.Outcome:
        """All steps; the goods are given back when one after them is refused or cannot be reached."""
        if self.order.confirmed:
            return await self._confirm()
        held = await self._hold()
        try:
            await self._take_money()
            return await self._confirm()
        except CartwrightError:
            if held:
                await self._give_back()
            raise

    async def _hold(self) -> bool:
        if self.body.accept_shortage or not self.order.lines:
            return False
        hold = HoldStock(
            order_id=self.order.order_id,
            number=self.order.number,
            submission=self.order.submission,
            minutes=HOLD_MINUTES,
            on_expiry=None,
            lines=self.order.lines,
        )
        await self._ask("delivery", "/internal/v1/holds", hold.model_dump())
        return True

    async def _take_money(self) -> None:
        body = self.body.record_payment
        if body is None:
            return
        try:
            await _record(self.gateway, self.scope, self.caller, _money(self.order, body, self.key))
        except Refusal as refusal:
            raise _inside("/record_payment", refusal) from None

    async def _confirm(self) -> command.Outcome:
        order = await self._ask("orders", f"/internal/v1/orders/{self.order.order_id}/confirm", {})
        return command.Outcome(order, headers={"ETag": f'"{order["version"]}"'})

    async def _give_back(self) -> None:
        body = GiveBackHold(order_id=self.order.order_id, submission=self.order.submission)
        try:
            await self._ask("delivery", "/internal/v1/holds/give_back", body.model_dump())
        except CartwrightError:
            # It ends by itself within minutes; what the caller has to hear is why the confirm failed.
            return

    async def _ask(self, service: str, path: str, body: Any) -> Any:
        return await self.gateway.neighbours.ask(service, "POST", path, body, scope=self.scope, caller=self.caller)


async def _open(gateway: Gateway, scope: Scope, path: str) -> Any:
    reply = await gateway.neighbours.call("orders", "POST", path, scope["cartwright.body"], scope=scope, credentials=True)
    if not reply.ok:
        raise Refusal(reply)
    return reply.body


def _money(order: Recordable, body: MoneyBody, key: str | None) -> RecordPayment:
    plain = Recordable.model_validate(order.model_dump())
    return RecordPayment(order=plain, key=key, **body.model_dump())


async def _record(gateway: Gateway, scope: Scope, caller: Caller, money: RecordPayment) -> Any:
    path = f"/internal/v1/orders/{money.order.order_id}/payments"
    return await gateway.neighbours.ask("billing", "POST", path, money.model_dump(), scope=scope, caller=caller)


def _inside(pointer: str, refusal: Refusal) -> Refusal:
    """The refusal of a part of the body, whose pointers are those of the whole."""
    problem = dict(refusal.reply.body)
    problem["errors"] = [{**item, "pointer": pointer + item["pointer"]} for item in problem.get("errors", ())]
    headers = tuple(header for header in refusal.reply.headers if header[0] != b"content-length")
    return Refusal(Reply(refusal.reply.status, headers, orjson.dumps(problem)))
