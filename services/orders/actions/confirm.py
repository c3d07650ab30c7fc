"""An order becomes binding, once (O6, R-ORD-33)."""

from __future__ import annotations

from services.orders.actions.content import order_content
from services.orders.actions.number import give_number
from services.orders.actions.standing import settle
from services.orders.domain.order import QUOTATION, Purchase
from services.orders.domain.parts import Parts
from services.orders.store.orders import lock_purchase
from services.orders.store.parts import parts_of
from shared.contracts.orders import OrderConfirmed
from shared.contracts.shop_settings import ShopSettings
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.values.clock import rfc3339


def confirm_paid_order(tx: Tx, order_id: str, *, submission: int) -> None:
    """Confirms a submitted order whose payments reach what it asks for; every other is left as it is (R-ORD-34, R-ORD-53).

    What counts is what is known of the payments now, not what the fact said: it may be late. Raises NotFound.
    """
    purchase = lock_purchase(tx, order_id)
    order = purchase.order
    if order.state != QUOTATION or not order.submitted or order.submission != submission:
        return
    parts = parts_of(tx, order_id)
    if parts.authorized + parts.captured - parts.refunded < order.due:
        return
    confirm(tx, purchase, parts, shop_settings(tx))


def confirm_free_order(tx: Tx, order_id: str, *, submission: int) -> Purchase:
    """Confirms a submitted order with nothing to pay, once its goods are held (R-ORD-13). Raises NotFound."""
    purchase = lock_purchase(tx, order_id)
    order = purchase.order
    if order.state == QUOTATION and order.submitted and order.submission == submission and order.due == 0:
        confirm(tx, purchase, parts_of(tx, order_id), shop_settings(tx))
    return purchase


def confirm(tx: Tx, purchase: Purchase, parts: Parts, settings: ShopSettings) -> None:
    """Confirms a locked order. Raises IllegalTransition."""
    order = purchase.order
    order.move("confirm")
    order.version += 1
    order.confirmed_at = tx.now
    give_number(tx, order, settings)
    fact = OrderConfirmed(
        **order_content(tx, purchase, settings),
        confirmed_by="auto",
        confirmed_at=rfc3339(tx.now),
        paid=parts.captured - parts.refunded >= order.total,
    )
    settle(tx, purchase, parts, fact)
