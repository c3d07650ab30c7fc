"""An order becomes binding, once (O6, O7, R-ORD-33)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from services.orders.actions.content import assignment, order_content
from services.orders.actions.late import watch_promise
from services.orders.actions.number import give_number
from services.orders.actions.standing import settle
from services.orders.domain.order import Purchase
from services.orders.domain.parts import Parts
from services.orders.domain.promise import expected_at
from services.orders.store.orders import lock_purchase
from services.orders.store.parts import parts_of
from shared.contracts.base import Instructions
from shared.contracts.orders import OrderConfirmed
from shared.contracts.shop_settings import ShopSettings
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.values.clock import rfc3339


def confirm_paid_order(tx: Tx, order_id: str, *, submission: int) -> None:
    """Confirms an order whose payments reach what it asks for; every other is left as it is (R-ORD-34, R-ORD-53). Raises NotFound."""
    purchase = lock_purchase(tx, order_id)
    if purchase.order.submission == submission:
        confirm_if_paid(tx, purchase)


def confirm_if_paid(tx: Tx, purchase: Purchase) -> None:
    """As above, for a locked order. An open cart is not bought by money alone, an offer of staff is; a held order waits (R-ORD-50).

    What counts is what is known of the payments now, not what a fact said: it may be late.
    """
    order = purchase.order
    if not order.undecided or order.held or not (order.submitted or order.staff_priced):
        return
    parts = parts_of(tx, order.id)
    if not any(payment.confirms for payment in parts.payments) or parts.secured < order.due:
        return
    confirm(tx, purchase, parts, shop_settings(tx), by="auto")


def confirm_free_order(tx: Tx, order_id: str, *, submission: int) -> Purchase:
    """Confirms a submitted order with nothing to pay, or whose money was there before, once its goods are held (R-ORD-13, R-ORD-36).

    A held one waits, and is confirmed when it is released. Raises NotFound.
    """
    purchase = lock_purchase(tx, order_id)
    if purchase.order.submission == submission:
        confirm_if_paid(tx, purchase)
        confirm_if_free(tx, purchase)
    return purchase


def confirm_if_free(tx: Tx, purchase: Purchase) -> None:
    """As above, for a locked order."""
    order = purchase.order
    if order.undecided and order.submitted and order.due == 0 and not order.held:
        confirm(tx, purchase, parts_of(tx, order.id), shop_settings(tx), by="auto")


def confirm(tx: Tx, purchase: Purchase, parts: Parts, settings: ShopSettings, *, by: Literal["auto", "staff"]) -> None:
    """Confirms a locked order. Raises IllegalTransition."""
    order = purchase.order
    order.move("confirm")
    order.version += 1
    order.confirmed_at = tx.now
    order.expected_at = _expected(purchase, settings, tx.now)
    trigger = settings.billing.invoice_trigger
    order.invoice_trigger = trigger.business if order.customer_type == "business" else trigger.private
    give_number(tx, order, settings)
    fact = OrderConfirmed(
        **order_content(tx, purchase, settings),
        confirmed_by=by,
        confirmed_at=rfc3339(tx.now),
        paid=parts.captured - parts.refunded >= order.total,
        assignment=assignment(order),
        expected_at=None if order.expected_at is None else rfc3339(order.expected_at),
        **_still_to_pay(parts, order.submission),
    )
    settle(tx, purchase, parts, fact)
    watch_promise(tx, purchase, settings)


def _expected(purchase: Purchase, settings: ShopSettings, now: datetime) -> datetime | None:
    order = purchase.order
    if not purchase.goods or order.shipping_lead_days_max is None:
        return None
    return expected_at(
        now,
        lead_days=order.shipping_lead_days_max,
        cut_off=order.shipping_cut_off,
        working_days=settings.store.working_days,
        time_zone=settings.store.time_zone,
    )


def _still_to_pay(parts: Parts, submission: int) -> dict[str, Any]:
    payment = parts.awaited(submission)
    if payment is None:
        return {}
    instructions = None if payment.instructions is None else Instructions.model_validate(payment.instructions)
    return {"reference": payment.reference, "instructions": instructions, "deadline_at": payment.deadline_at}
