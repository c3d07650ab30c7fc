"""Where an order stands, derived from itself and the parts: the same whatever order the facts came in (lifecycles.md, section 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.orders.domain.closing import may_close
from services.orders.domain.order import CONFIRMED, Line, Order
from services.orders.domain.parts import DELIVERY, INVOICE, RESERVED, SHORTAGE, Parts, handed_over, sum_units
from services.orders.domain.status import display_status


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """What became of a line's units."""

    reserved: int
    delivered: int
    invoiced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Derived values, never set by hand. Amounts are ISO minor units."""

    authorized: int
    captured: int
    refunded: int
    outstanding: int
    payment_status: str
    delivery_status: str
    invoice_status: str
    delivery_ready: bool
    payment_problem: bool
    status: str
    units: Mapping[str, Units]
    closed: bool


def derive(order: Order, lines: Sequence[Line], parts: Parts, *, now: datetime) -> Standing:
    """The standing at `now`; only the end of the return periods depends on the time."""
    authorized, captured, refunded = parts.authorized, parts.captured, parts.refunded
    units = _units(lines, parts)
    delivery = delivery_status(order, lines, parts, units)
    invoice = invoice_status(order, lines, units)
    settled = captured - refunded == order.total
    closed = order.closed_at is not None or (
        order.state == CONFIRMED and delivery in ("none", "full") and invoice == "invoiced" and settled and may_close(lines, parts, now=now)
    )
    return Standing(
        authorized=authorized,
        captured=captured,
        refunded=refunded,
        outstanding=max(0, order.total - captured - authorized),
        payment_status=payment_status(order, parts),
        delivery_status=delivery,
        invoice_status=invoice,
        delivery_ready=order.state == CONFIRMED and any(part.values["state"] == "ready" for part in parts.all(DELIVERY)),
        payment_problem=parts.payment_problem,
        status=display_status(order, lines, parts, delivery_status=delivery, short=is_short(parts), closed=closed),
        units=units,
        closed=closed,
    )


def payment_status(order: Order, parts: Parts) -> str:
    """The first of the table that fits."""
    captured, refunded = parts.captured, parts.refunded
    net = captured - refunded
    ended = all(payment.state in ("failed", "cancelled") for payment in parts.payments)
    if captured == 0 and (order.total == 0 or (not order.submitted and order.state != CONFIRMED and ended)):
        return "none"
    if net >= order.total:
        return "overpaid" if net > order.total else "paid"
    if refunded > 0:
        return "refunded" if net == 0 else "partially_refunded"
    if net > 0:
        return "partial"
    if parts.authorized > 0:
        return "authorized"
    return "pending" if any(payment.kind == "online" and payment.state == "pending" for payment in parts.payments) else "unpaid"


def delivery_status(order: Order, lines: Sequence[Line], parts: Parts, units: Mapping[str, Units]) -> str:
    """How far the goods are on their way to the customer."""
    goods = [line for line in lines if line.goods]
    if order.state != CONFIRMED or not goods:
        return "none"
    if all(units[line.id].delivered >= line.quantity for line in goods):
        return "full"
    if any(units[line.id].delivered for line in goods):
        return "partial"
    return "started" if any(part.values["state"] == "done" for part in parts.all(DELIVERY)) else "pending"


def invoice_status(order: Order, lines: Sequence[Line], units: Mapping[str, Units]) -> str:
    """Whether all that was ordered is on an invoice."""
    if order.state != CONFIRMED or not lines:
        return "none"
    return "to_invoice" if any(units[line.id].invoiced != line.quantity for line in lines) else "invoiced"


def is_short(parts: Parts) -> bool:
    """Whether a confirmed order waits for goods: since the last shortage nothing was reserved that made it whole (R-STK-07)."""
    whole = {part.record_id: part.seq for part in parts.all(RESERVED) if part.values["complete"]}
    return any(part.seq > whole.get(part.record_id, 0) for part in parts.all(SHORTAGE))


def _units(lines: Sequence[Line], parts: Parts) -> dict[str, Units]:
    delivered, invoiced = sum_units(handed_over(parts)), sum_units(parts.all(INVOICE))
    reserved = _reserved(lines, parts)
    return {
        line.id: Units(
            reserved=max(0, reserved.get(line.id, 0) - delivered.get(line.id, 0)),
            delivered=delivered.get(line.id, 0),
            invoiced=invoiced.get(line.id, 0),
        )
        for line in lines
    }


def _reserved(lines: Sequence[Line], parts: Parts) -> dict[str, int]:
    # The newest word of the order's reservation. A shortage is told by sku: the last lines of the sku are the ones that lack.
    told = {part.record_id: part.seq for part in parts.all(RESERVED)}
    short = next((part for part in parts.all(SHORTAGE) if part.seq > told.get(part.record_id, 0)), None)
    if short is None:
        return sum_units(parts.all(RESERVED))
    missing = dict(short.values["missing"])
    reserved = {}
    for line in reversed([line for line in lines if line.goods]):
        lacking = min(line.quantity, missing.get(line.sku, 0))
        reserved[line.id] = line.quantity - lacking
        missing[line.sku] = missing.get(line.sku, 0) - lacking
    return reserved
