"""Opening an order for an edit and finishing it: the guards of O2, and today's prices (R-ORD-09, R-ORD-46)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.orders.actions.offer import read_offer
from services.orders.actions.standing import settle
from services.orders.domain.offer import Offer
from services.orders.domain.order import ORDER_LIFECYCLE, QUOTATION_SENT, Order, Purchase
from services.orders.domain.parts import MOVING, NO_PARTS, Parts
from services.orders.domain.pricing import PriceChange, price_changes, refresh
from services.orders.errors import PaymentInProgress, ReopenFirst
from services.orders.store import parts as parts_store
from services.orders.store.orders import lock_purchase
from shared.contracts.orders import OrderUpdated
from shared.contracts.shop_settings import ShopSettings
from shared.db.tx import Tx
from shared.errors import VersionMismatch
from shared.values.clock import rfc3339


@dataclass(slots=True, kw_only=True)
class Edit:
    """A locked order under an edit: what it was before, and what the shop offers for it."""

    purchase: Purchase
    before: Order
    settings: ShopSettings
    parts: Parts
    offer: Offer
    changes: list[PriceChange]
    """Prices that the catalogue has changed since the customer saw the cart."""


def open_edit(tx: Tx, order_id: str, settings: ShopSettings, *, version: str | None, more_skus: Sequence[str] = ()) -> Edit:
    """Locks an order that may be edited now. `version` is the request's If-Match; `more_skus` are products about to be put in.

    Raises NotFound, VersionMismatch, IllegalTransition, PaymentInProgress, ReopenFirst.
    """
    purchase = lock_purchase(tx, order_id)
    order = purchase.order
    need_version(order, version)
    if order.state != QUOTATION_SENT or not order.submitted:
        ORDER_LIFECYCLE.target(order.state, "edit")
    parts = known_parts(tx, order)
    if order.submitted:
        refuse_while_paying(order, parts)
    if any(payment.state in MOVING for payment in parts.of_submission(order.submission)):
        raise PaymentInProgress

    offer = read_offer(tx, [purchase], settings, more_skus=more_skus)
    changes = price_changes(purchase, offer)
    return Edit(purchase=purchase, before=replace(order), settings=settings, parts=parts, offer=offer, changes=changes)


def finish_edit(tx: Tx, edit: Edit) -> None:
    """Prices the order anew and writes it; an edit that changed nothing leaves it as it is. Raises AmountTooLarge."""
    purchase, order = edit.purchase, edit.purchase.order
    refresh(purchase, edit.offer)
    if order == edit.before and list(purchase.lines) == list(purchase.stored_lines):
        return
    order.version += 1
    order.last_activity_at = tx.now
    order.move("edit")
    settle(tx, purchase, edit.parts, updated(order))


def price_anew(tx: Tx, purchase: Purchase, offer: Offer) -> None:
    """Puts today's prices on a locked cart that staff go on with; what they priced themselves stands (R-MON-13). Raises AmountTooLarge."""
    order = purchase.order
    if not order.open or order.staff_priced:
        return
    before = replace(order)
    refresh(purchase, offer)
    if order != before or list(purchase.lines) != list(purchase.stored_lines):
        order.move("edit")
        order.version += 1
        settle(tx, purchase, known_parts(tx, order), updated(order))


def updated(order: Order) -> OrderUpdated:
    """The fact of an edit."""
    return OrderUpdated(
        order_id=order.id,
        order_version=order.version,
        total=order.precision.format(order.total),
        currency=order.currency,
        last_activity_at=rfc3339(order.last_activity_at),
    )


def known_parts(tx: Tx, order: Order) -> Parts:
    """The order's parts; one that has no number yet has none, and is not asked for any."""
    return parts_store.parts_of(tx, order.id) if order.number is not None else NO_PARTS


def refuse_while_paying(order: Order, parts: Parts) -> None:
    """A submitted order is edited only after the gateway has withdrawn its failed or cancelled payment (O2).

    Raises ReopenFirst for that, PaymentInProgress for every other, also for one that billing has not told of yet.
    """
    payments = parts.of_submission(order.submission)
    if not payments or any(payment.mismatched or payment.state in MOVING for payment in payments):
        raise PaymentInProgress
    raise ReopenFirst(order.submission)


def need_version(order: Order, version: str | None) -> None:
    """Raises VersionMismatch unless the request's If-Match names the order's version, or none, or any (R-ORD-46)."""
    if version is not None and version.strip() not in ("*", f'"{order.version}"', f'W/"{order.version}"'):
        raise VersionMismatch(order.version)
