"""Goods of an order: all of them on their way once, or handed over, or cancelled; and orders knows which."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from services.host.audit.invariant import Invariant
from services.host.audit.order_page import OrderSeen
from services.host.audit.report import Violation
from services.orders.domain.order import CANCELLED

CONFIRMED_EVERYWHERE: Final = Invariant(
    "orders.confirmed_everywhere", "lifecycles.md, section 8", "Billing knows of every confirmed order that it is confirmed."
)
ON_THEIR_WAY: Final = Invariant(
    "orders.goods_on_their_way",
    "R-DLV-01",
    "Each unit of a confirmed order is in one delivery that hands over, or was cancelled: neither missing nor twice.",
)
CANCELLED_EVERYWHERE: Final = Invariant(
    "orders.cancelled_everywhere", "R-ORD-51", "Nothing is reserved or about to leave for a cancelled order."
)
DELIVERED: Final = Invariant("orders.units_delivered", "R-INV-11", "Units handed over by delivery are the units that the order shows.")


def confirmed_everywhere(seen: OrderSeen) -> Iterator[Violation]:
    """See CONFIRMED_EVERYWHERE."""
    order = seen.order
    known = 0 if seen.billing is None else seen.billing.confirmed_submission
    if seen.confirmed and known < order.submission:
        what = f"submission {order.submission} of {order.number} is confirmed, billing knows of submission {known}"
        yield CONFIRMED_EVERYWHERE.broken("billing", order.id, what, order_id=order.id, repair=_retell_confirmed(seen, "billing"))


def on_their_way(seen: OrderSeen) -> Iterator[Violation]:
    """See ON_THEIR_WAY. A chain that staff called off still counts until another takes its place: that is theirs to decide."""
    if not seen.confirmed:
        return
    replaced = {row.portion for row in seen.reservations}
    covered: dict[str, int] = {}
    for row in seen.last_steps:
        if row.submission == seen.order.submission and not (row.state == "cancelled" and f"anew:{row.reservation_id}" in replaced):
            units = row.done if row.state == "done" else row.quantity
            covered[row.order_line_id] = covered.get(row.order_line_id, 0) + units
    for line in seen.audited.purchase.goods:
        wanted, there = line.quantity - line.quantity_cancelled, covered.get(line.id, 0)
        if there != wanted:
            repair = _retell_confirmed(seen, "delivery") if not covered else f"POST /admin/v1/orders/{line.order_id}/deliveries"
            if there > wanted:
                repair = "POST /admin/v1/deliveries/{id}/cancel of the delivery that is too much"
            what = f"{wanted} units of {line.sku} are to reach the customer of {seen.order.number}, {there} are in deliveries"
            yield ON_THEIR_WAY.broken("delivery", line.id, what, order_id=line.order_id, repair=repair)


def cancelled_everywhere(seen: OrderSeen) -> Iterator[Violation]:
    """See CANCELLED_EVERYWHERE."""
    order = seen.order
    if order.state != CANCELLED:
        return
    for row in seen.reservations:
        if row.state == "active" and row.submission <= order.submission:
            what = f"reservation of cancelled {order.number} is still active"
            repair = f"cartwright retell orders {order.id} delivery"
            yield CANCELLED_EVERYWHERE.broken("delivery", row.id, what, order_id=order.id, repair=repair)
    for delivery_id, state in sorted({row.id: row.state for row in seen.last_steps}.items()):
        if state not in ("done", "cancelled"):
            what = f"delivery of cancelled {order.number} is {state}"
            repair = f"POST /admin/v1/deliveries/{delivery_id}/cancel"
            yield CANCELLED_EVERYWHERE.broken("delivery", delivery_id, what, order_id=order.id, repair=repair)


def delivered(seen: OrderSeen) -> Iterator[Violation]:
    """See DELIVERED."""
    units: dict[str, int] = {}
    deliveries: dict[str, str] = {}
    for row in seen.last_steps:
        if row.state == "done":
            units[row.order_line_id] = units.get(row.order_line_id, 0) + row.done
            deliveries[row.order_line_id] = row.id
    for line in seen.audited.purchase.lines:
        there = units.get(line.id, 0)
        if there != line.quantity_delivered:
            what = f"{there} units of {line.sku} were handed over, {seen.order.number} shows {line.quantity_delivered}"
            repair = f"cartwright retell delivery {deliveries[line.id]} orders" if there else _rederive(line.order_id)
            yield DELIVERED.broken("orders", line.id, what, order_id=line.order_id, repair=repair)


def _rederive(order_id: str) -> str:
    return f"cartwright rederive order {order_id}"


def _retell_confirmed(seen: OrderSeen, hearer: str) -> str:
    return f"cartwright retell orders orders.order_confirmed:{seen.order.id}:{seen.order.submission} {hearer}"


CHECKS: Final = (confirmed_everywhere, on_their_way, cancelled_everywhere, delivered)
INVARIANTS: Final = (CONFIRMED_EVERYWHERE, ON_THEIR_WAY, CANCELLED_EVERYWHERE, DELIVERED)
