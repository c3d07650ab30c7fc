"""Checking out: prices and requirements are looked at once more, then the order is closed for editing (O3)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.orders.actions.content import order_content
from services.orders.actions.edit import known_parts, need_version, refuse_while_paying, updated
from services.orders.actions.hold import hold_over_credit
from services.orders.actions.number import give_number
from services.orders.actions.offer import read_offer
from services.orders.actions.standing import settle
from services.orders.domain.duplicate import WINDOW, fingerprint
from services.orders.domain.order import CONFIRMED, ORDER_LIFECYCLE, Order, Purchase
from services.orders.domain.parts import Parts
from services.orders.domain.pricing import PriceChange, price_changes, refresh
from services.orders.domain.requirements import price_changed, requirements
from services.orders.errors import CartIncomplete, CustomerBlocked, PriceChanged
from services.orders.store.customers import standing_of
from services.orders.store.orders import find_like, lock_purchase
from services.orders.store.parts import parts_of
from shared.contracts.orders import OrderSubmitted
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.errors import ErrorItem, IllegalTransition


@dataclass(frozen=True, slots=True)
class Submission:
    """What came of it. `refused` is to be raised after the commit: the cart keeps the new prices."""

    purchase: Purchase
    refused: PriceChanged | None = None


def submit_order(tx: Tx, order_id: str, *, payment_method: str, expected_total: str | None, version: str | None = None) -> Submission:
    """Submits an open order; one that is submitted or confirmed with the same method answers as it is (R-ORD-02, R-ORD-10).

    Raises NotFound, VersionMismatch, IllegalTransition, CartIncomplete, PriceChanged, CustomerBlocked; for another method than the running
    submission's PaymentInProgress, or ReopenFirst when its payment failed (R-PAY-11).
    """
    purchase = lock_purchase(tx, order_id)
    order = purchase.order
    if order.state == CONFIRMED:
        if order.payment_method != payment_method:
            raise IllegalTransition("order", order.state, "submit", ORDER_LIFECYCLE.allowed(order.state))
        return Submission(purchase)
    ORDER_LIFECYCLE.target(order.state, "submit")
    if order.submitted:
        if order.payment_method != payment_method:
            refuse_while_paying(order, parts_of(tx, order.id))
        return Submission(purchase)

    need_version(order, version)
    return _submit_open(tx, purchase, payment_method=payment_method, expected_total=expected_total)


def _submit_open(tx: Tx, purchase: Purchase, *, payment_method: str, expected_total: str | None) -> Submission:
    order, settings = purchase.order, shop_settings(tx)
    credit_limit = _credit_limit(tx, order)
    parts = known_parts(tx, order)
    offer = read_offer(tx, [purchase], settings)
    before, changes = replace(order), price_changes(purchase, offer)
    refresh(purchase, offer)
    missing = requirements(purchase, offer)
    if missing:
        raise CartIncomplete(missing)
    expected = [] if expected_total is None else _unexpected(order, expected_total)
    different = _differences(before, order, changes) + expected
    if order.total != before.total or changes:
        return Submission(purchase, refused=_keep_prices(tx, purchase, parts, different))
    if different:
        raise PriceChanged(different)

    order.move("submit")
    order.version += 1
    order.payment_method = payment_method
    order.submitted_at = order.last_activity_at = tx.now
    order.fingerprint = fingerprint(purchase)
    order.duplicate_of = find_like(tx, order, since=tx.now - WINDOW)
    give_number(tx, order, settings)
    settle(tx, purchase, parts, OrderSubmitted(**order_content(tx, purchase, settings), duplicate_of=order.duplicate_of))
    if credit_limit is not None:
        hold_over_credit(tx, purchase, credit_limit)
    return Submission(purchase)


def _credit_limit(tx: Tx, order: Order) -> int | None:
    """How much the order's customer may owe in its currency; None: no limit. Raises CustomerBlocked."""
    if order.customer_id is None:
        return None
    blocked, limit = standing_of(tx, order.customer_id, order.currency)
    if blocked:
        raise CustomerBlocked
    return limit


def _keep_prices(tx: Tx, purchase: Purchase, parts: Parts, different: list[ErrorItem]) -> PriceChanged:
    order = purchase.order
    order.move("edit")
    order.version += 1
    order.last_activity_at = tx.now
    settle(tx, purchase, parts, updated(order))
    return PriceChanged(different)


def _differences(before: Order, order: Order, changes: list[PriceChange]) -> list[ErrorItem]:
    # Unit prices by line; a change of nothing but shipping or a tax rate is named by what it changed.
    found = list(changes)
    if order.shipping_price != before.shipping_price:
        found.append(PriceChange("/shipping", before.shipping_price, order.shipping_price))
    if not found and order.total != before.total:
        found.append(PriceChange("/totals/total", before.total, order.total))
    precision = order.precision
    return [price_changed(change, precision.format(change.old), precision.format(change.new)) for change in found]


def _unexpected(order: Order, expected_total: str) -> list[ErrorItem]:
    total = order.precision.format(order.total)
    if order.precision.parse(expected_total) == order.total:
        return []
    return [price_changed(PriceChange("/expected_total", 0, order.total), expected_total, total)]
