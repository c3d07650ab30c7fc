"""Closing waits for the end of the return periods (section 7 of lifecycles.md: timer `closing`)."""

from __future__ import annotations

from typing import Final

from services.orders.actions.standing import settle
from services.orders.domain.closing import all_arrived, return_periods_end
from services.orders.domain.order import Purchase
from services.orders.domain.parts import Parts
from services.orders.store.orders import lock_purchase
from services.orders.store.parts import parts_of
from shared.db.timers import Timer, set_timer
from shared.db.tx import Tx

CLOSING: Final = "closing"


def await_closing(tx: Tx, purchase: Purchase, parts: Parts) -> None:
    """Sets the timer once the last parcel has arrived; goods that cannot come back need none."""
    end = return_periods_end(purchase.lines, parts)
    if end is not None and all_arrived(purchase.lines, parts):
        set_timer(tx, CLOSING, purchase.order.id, due_at=end)


def close_order(timer: Timer, tx: Tx) -> None:
    """Tries O16 again. What still lacks, a payment or an invoice, closes the order itself when it comes."""
    purchase = lock_purchase(tx, timer.record_id)
    settle(tx, purchase, parts_of(tx, timer.record_id))
