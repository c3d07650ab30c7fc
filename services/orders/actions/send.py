"""Staff send a quotation: the prices are the shop's word from then on, and its customer may accept it (O5, R-ORD-69)."""

from __future__ import annotations

from datetime import timedelta

from services.orders.actions.content import order_sent
from services.orders.actions.edit import known_parts, need_version, price_anew
from services.orders.actions.number import give_number
from services.orders.actions.offer import read_offer
from services.orders.actions.reopen import await_validity
from services.orders.actions.standing import settle
from services.orders.domain.order import ORDER_LIFECYCLE, QUOTATION_SENT, Order, Purchase
from services.orders.domain.requirements import requirements_of_staff
from services.orders.errors import CartIncomplete, Submitted, field_invalid
from services.orders.store.orders import lock_purchase
from shared.contracts.shop_settings import ShopSettings
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx


def send_quotation(tx: Tx, order_id: str, *, to: str | None, message: str | None, version: str | None) -> Purchase:
    """Sends the order as an offer, a cart at today's prices (R-MON-13); one that was sent is left as it is. A held one is sent as well.

    Raises NotFound, VersionMismatch, IllegalTransition, CartIncomplete, SeveralInvalid where there is no address to send it to.
    """
    purchase = lock_purchase(tx, order_id)
    order = purchase.order
    need_version(order, version)
    if order.state == QUOTATION_SENT:
        return purchase
    ORDER_LIFECYCLE.target(order.state, "send")
    if order.submitted:
        raise Submitted(order.state, ORDER_LIFECYCLE.allowed(order.state))
    settings = shop_settings(tx)
    offer = read_offer(tx, [purchase], settings)
    if missing := requirements_of_staff(purchase, offer):
        raise CartIncomplete(missing)
    if to is None and not order.email:
        raise field_invalid("/to", "the order has no e-mail address: say where the quotation goes")

    price_anew(tx, purchase, offer)
    parts = known_parts(tx, order)
    if not order.staff_priced:
        _limit(tx, order, settings)
    order.move("send")
    order.version += 1
    order.staff_priced = order.offered = True
    give_number(tx, order, settings)
    settle(tx, purchase, parts, order_sent(order, by="staff", to=to, message=message))
    return purchase


def _limit(tx: Tx, order: Order, settings: ShopSettings) -> None:
    # What staff write is limited when it is written; a customer's cart was no offer till now.
    days = settings.orders.quotation_valid_days
    order.valid_until = None if days is None else tx.now + timedelta(days=days)
    await_validity(tx, order)
