"""Staff say that an order is binding (O7, R-ORD-38), and what billing has to know to record money for one."""

from __future__ import annotations

from services.orders.actions.confirm import confirm
from services.orders.actions.edit import known_parts, need_version, price_anew
from services.orders.actions.number import give_number
from services.orders.actions.offer import read_offer
from services.orders.domain.offer import Offer
from services.orders.domain.order import CONFIRMED, ORDER_LIFECYCLE, Purchase
from services.orders.domain.requirements import requirements_of_staff
from services.orders.errors import CartIncomplete, OrderHeld
from services.orders.store.orders import lock_purchase, save_purchase
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx


def prepare_confirmation(tx: Tx, order_id: str, *, version: str | None) -> Purchase:
    """The order as it would be confirmed: numbered, and an open cart at today's prices (R-MON-13). A confirmed one as it is.

    Raises NotFound, VersionMismatch, IllegalTransition, OrderHeld, CartIncomplete.
    """
    purchase = lock_purchase(tx, order_id)
    order = purchase.order
    need_version(order, version)
    if order.state == CONFIRMED:
        return purchase
    settings = shop_settings(tx)
    offer = read_offer(tx, [purchase], settings)
    _need_confirmable(purchase, offer)

    price_anew(tx, purchase, offer)
    if order.number is None:
        give_number(tx, order, settings)
        save_purchase(tx, purchase)
    return purchase


def confirm_by_staff(tx: Tx, order_id: str) -> Purchase:
    """Confirms the order. Goods without an address are handed over at the counter (R-ORD-45); a confirmed order is left as it is.

    Raises NotFound, IllegalTransition, OrderHeld, CartIncomplete.
    """
    purchase = lock_purchase(tx, order_id)
    order = purchase.order
    if order.state == CONFIRMED:
        return purchase
    settings = shop_settings(tx)
    _need_confirmable(purchase, read_offer(tx, [purchase], settings))

    if purchase.goods and order.shipping_address is None:
        order.shipping_pickup = True
    confirm(tx, purchase, known_parts(tx, order), settings, by="staff")
    return purchase


def _need_confirmable(purchase: Purchase, offer: Offer) -> None:
    order = purchase.order
    ORDER_LIFECYCLE.target(order.state, "confirm")
    if order.held:
        raise OrderHeld(order.id, order.hold_reason or "")
    missing = requirements_of_staff(purchase, offer)
    if missing:
        raise CartIncomplete(missing)
