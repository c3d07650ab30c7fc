"""Submit, step by step for the gateway (lifecycles.md, section 1), and the end of a command over several services."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.orders.actions.confirm import confirm_free_order
from services.orders.actions.edit import known_parts
from services.orders.actions.offer import read_offer
from services.orders.actions.reopen import reopen_order
from services.orders.actions.submit import submit_order
from services.orders.api.carts import if_match
from services.orders.api.order_view import order_view
from services.orders.domain.order import CONFIRMED, QUOTATION, Order, Purchase
from services.orders.store.orders import get_purchase
from shared.contracts.api.submit import CloseKey, EndSubmission, HoldLine, StoredAnswer, SubmitOrder, SubmitPrepared, Submitted
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.web import idempotency
from shared.web.caller import Caller
from shared.web.door import internal, key_of, running

router = APIRouter(prefix="/internal/v1")

LEASE_SECONDS: Final = 30
"""How long a submit that died keeps its Idempotency-Key; then a repeat takes up its steps."""


@router.post("/orders/{order_id}/submit/prepare")
def prepare_submit(request: Request, order_id: str, look: bool = False) -> Response:
    """What the next steps need. The gateway sends the customer's own credentials and raw body along; their Idempotency-Key is opened.

    `look`: the methods are only listed, no steps follow, and no key is opened.
    """
    with internal(request) as door:
        door.caller.need_storefront()
        door.caller.need_order(order_id)
        key = None if look else key_of(request, door.caller)
        stored = None if key is None else idempotency.find(door.tx, key, running(request).secret)
        if key is not None and stored is None:
            idempotency.open_lease(door.tx, key, seconds=LEASE_SECONDS)
        purchase = get_purchase(door.tx, order_id)
        answer = None if stored is None else StoredAnswer(status=stored.status, headers=dict(stored.headers), body=stored.body.decode())
        prepared = _prepared(door.tx, purchase, door.caller, key=None if key is None else key.value, stored=answer)
        return door.answer(prepared.model_dump(mode="json"))


@router.post("/orders/{order_id}/submit")
def post_submit(request: Request, order_id: str, body: SubmitOrder) -> Response:
    """Submits the order; prices that changed are kept although the submit is refused (R-ORD-08)."""
    with internal(request) as door:
        _need_order(door.caller, order_id)
        result = submit_order(
            door.tx, order_id, payment_method=body.payment_method, expected_total=body.expected_total, version=if_match(request)
        )
        response = door.answer(_submitted(door.tx, result.purchase, door.caller).model_dump(mode="json"))
    if result.refused is not None:
        raise result.refused
    return response


@router.post("/orders/{order_id}/confirm_free")
def post_confirm_free(request: Request, order_id: str, body: EndSubmission) -> Response:
    """Confirms an order with nothing left to pay, whose goods are held by now; answered by {order}."""
    with internal(request) as door:
        _need_order(door.caller, order_id)
        purchase = confirm_free_order(door.tx, order_id, submission=body.submission)
        return door.answer({"order": order_view(purchase, None, staff=door.caller.staff)})


@router.post("/orders/{order_id}/reopen")
def post_reopen(request: Request, order_id: str, body: EndSubmission) -> Response:
    """Ends a submission, answered by the order as it is then."""
    with internal(request) as door:
        _need_order(door.caller, order_id)
        purchase = reopen_order(door.tx, order_id, submission=body.submission, reason=body.reason)
        offer = read_offer(door.tx, [purchase], shop_settings(door.tx)) if purchase.order.open else None
        return door.answer(order_view(purchase, offer, staff=door.caller.staff))


@router.post("/idempotency/close")
def close_key(request: Request, body: CloseKey) -> Response:
    """Keeps the answer of a command over several services for a repeat with the same key."""
    with internal(request) as door:
        stored = idempotency.Stored(body.answer.status, body.answer.headers, body.answer.body.encode())
        idempotency.close(door.tx, body.key, stored, running(request).secret)
        return door.nothing()


def hold_lines(purchase: Purchase) -> tuple[HoldLine, ...]:
    """The goods of an order, as delivery holds them."""
    return tuple(
        HoldLine(line_id=line.id, sku=line.sku, quantity=line.quantity, allow_backorder=line.allow_backorder) for line in purchase.goods
    )


def _need_order(caller: Caller, order_id: str) -> None:
    if not caller.staff:
        caller.need_order(order_id)


def _still_due(tx: Tx, order: Order) -> int:
    """What a submit has to ask for, minor units: money that was recorded for the order before it was submitted is not asked for again."""
    parts = known_parts(tx, order)
    return max(0, order.due - (parts.captured - parts.refunded))


def _prepared(tx: Tx, purchase: Purchase, caller: Caller, *, key: str | None, stored: StoredAnswer | None) -> SubmitPrepared:
    order = purchase.order
    return SubmitPrepared(
        order_id=order.id,
        currency=order.currency,
        decimals=order.decimals,
        country=order.shipping_country or order.billing_country,
        due=order.precision.format(_still_due(tx, order)),
        pickup=order.shipping_pickup,
        goods=bool(purchase.goods),
        state=order.state,
        submission=order.submission,
        submitted=order.submitted,
        payment_method=order.payment_method,
        caller=caller.model_dump(mode="json", exclude_defaults=True),
        idempotency_key=key,
        stored=stored,
    )


def _submitted(tx: Tx, purchase: Purchase, caller: Caller) -> Submitted:
    order = purchase.order
    return Submitted(
        order=order_view(purchase, None, staff=caller.staff),
        order_id=order.id,
        number=order.number or "",
        submission=order.submission,
        currency=order.currency,
        decimals=order.decimals,
        total=order.precision.format(order.total),
        due=order.precision.format(_still_due(tx, order)),
        lines=hold_lines(purchase),
        confirmed=order.state == CONFIRMED,
        hold=order.state == QUOTATION or order.offered,
    )
