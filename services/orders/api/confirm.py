"""Confirm by staff and money recorded by hand, step by step for the gateway (lifecycles.md, section 1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.orders.actions.confirm_by_staff import confirm_by_staff, prepare_confirmation
from services.orders.actions.content import order_content
from services.orders.api.carts import etag, if_match
from services.orders.api.order_view import order_view
from services.orders.api.submit import LEASE_SECONDS, hold_lines
from services.orders.domain.order import CONFIRMED, Purchase
from services.orders.errors import NothingToPay
from services.orders.store.orders import get_purchase
from shared.contracts.api.record_payment import ConfirmOpened, ConfirmPrepared, Recordable, RecordOpened
from shared.contracts.api.submit import StoredAnswer
from shared.contracts.orders import OrderContent
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.errors import Refused
from shared.web import idempotency
from shared.web.door import Door, internal, key_of, remember_refusal, running

router = APIRouter(prefix="/internal/v1/orders/{order_id}")


@router.post("/confirm/prepare")
def prepare_confirm(request: Request, order_id: str) -> Response:
    """What the next steps need. The gateway sends the staff's own credentials and raw body along; their Idempotency-Key is opened."""

    def prepared(door: Door) -> ConfirmPrepared:
        purchase = prepare_confirmation(door.tx, order_id, version=if_match(request))
        return ConfirmPrepared(**_recordable(door.tx, purchase), lines=hold_lines(purchase), confirmed=purchase.order.state == CONFIRMED)

    return _open(request, "orders.confirm", ConfirmOpened, prepared)


@router.post("/recordable")
def post_recordable(request: Request, order_id: str) -> Response:
    """What billing has to know of the order to take money for it; otherwise as above."""

    def recordable(door: Door) -> Recordable:
        purchase = get_purchase(door.tx, order_id)
        if purchase.order.number is None:
            raise NothingToPay(purchase.order.state)
        return Recordable(**_recordable(door.tx, purchase))

    return _open(request, "payments.record", RecordOpened, recordable)


@router.post("/confirm")
def post_confirm(request: Request, order_id: str) -> Response:
    """Confirms the order for the member of staff whom the gateway names; goods and money were seen to before."""
    with internal(request, command="POST /admin/v1/orders/{order_id}/confirm") as door:
        door.caller.need("orders.confirm")
        purchase = confirm_by_staff(door.tx, order_id)
        return door.answer(order_view(purchase, None, staff=True), headers=etag(purchase.order.version))


def _open(
    request: Request, permission: str, model: type[ConfirmOpened] | type[RecordOpened], look: Callable[[Door], Recordable]
) -> Response:
    key: idempotency.Key | None = None
    try:
        with internal(request) as door:
            door.caller.need(permission)
            opened: dict[str, Any] = {"caller": door.caller.model_dump(mode="json", exclude_defaults=True)}
            key = key_of(request, door.caller)
            stored = None if key is None else idempotency.find(door.tx, key, running(request).secret)
            if stored is not None:
                opened["stored"] = StoredAnswer(status=stored.status, headers=dict(stored.headers), body=stored.body.decode())
            else:
                if key is not None:
                    opened["idempotency_key"] = key.value
                    idempotency.open_lease(door.tx, key, seconds=LEASE_SECONDS)
                opened["order"] = look(door)
            return door.answer(model(**opened).model_dump(mode="json"))
    except Refused as error:
        # Refused before any step: the answer is kept as that of every other command.
        if key is not None and idempotency.replayable(error):
            remember_refusal(request, key, error)
        raise


def _recordable(tx: Tx, purchase: Purchase) -> dict[str, Any]:
    order = purchase.order
    return {
        "order_id": order.id,
        "number": order.number,
        "submission": order.submission,
        "currency": order.currency,
        "decimals": order.decimals,
        "total": order.precision.format(order.total),
        "state": order.state,
        "content": OrderContent(**order_content(tx, purchase, shop_settings(tx))).model_dump(mode="json"),
    }
