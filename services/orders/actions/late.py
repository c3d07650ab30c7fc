"""An order whose promise is passed: shown and told, once (R-DLV-22; section 7 of lifecycles.md: timer `late_order`)."""

from __future__ import annotations

from typing import Final

from services.orders.actions.standing import settle
from services.orders.domain.order import CONFIRMED, Purchase
from services.orders.domain.promise import late_since
from services.orders.store.orders import lock_purchase
from services.orders.store.parts import parts_of
from shared.contracts.orders import OrderLate
from shared.contracts.shop_settings import ShopSettings
from shared.db.timers import Timer, set_timer
from shared.db.tx import Tx
from shared.values.clock import rfc3339

LATE_ORDER: Final = "late_order"


def watch_promise(tx: Tx, purchase: Purchase, settings: ShopSettings) -> None:
    """Sets the timer of an order just confirmed; one without goods or promise has none."""
    order = purchase.order
    hours = settings.delivery.late_after_hours
    due_at = late_since(order, hours) if purchase.goods else None
    if due_at is not None:
        set_timer(tx, LATE_ORDER, order.id, due_at=due_at, payload={"hours": hours if order.promised_at is None else None})


def mark_late(timer: Timer, tx: Tx) -> None:
    """Shows the order as late unless all its goods were handed over, or it was cancelled."""
    purchase = lock_purchase(tx, timer.record_id)
    order = purchase.order
    if order.state != CONFIRMED or order.delivery_status in ("none", "full", "returned"):
        return
    order.late = True
    fact = OrderLate(
        order_id=order.id,
        number=order.number or "",
        promised_at=None if order.promised_at is None else rfc3339(order.promised_at),
        late_since=rfc3339(timer.due_at),
        hours=timer.payload["hours"],
    )
    settle(tx, purchase, parts_of(tx, order.id), fact)
