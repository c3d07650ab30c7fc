"""Where an order stands, derived from itself and the parts: the same whatever order the facts came in (lifecycles.md, section 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.orders.domain.closing import may_close
from services.orders.domain.order import CANCELLED, CONFIRMED, QUOTATION_SENT, Line, Order
from services.orders.domain.parts import (
    CANCELLED_UNITS,
    DELIVERY,
    INVOICE,
    RESERVED,
    SHORTAGE,
    STARTED,
    Parts,
    handed_over,
    sum_units,
)
from services.orders.domain.status import display_status
from shared.values.clock import parse_rfc3339
from shared.values.pricing.units import UnitRun, take_highest_units


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """What became of a line's units."""

    reserved: int
    delivered: int
    cancelled: int
    invoiced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Derived values, never set by hand. Amounts are ISO minor units."""

    authorized: int
    captured: int
    refunded: int
    outstanding: int
    payment_deadline_at: datetime | None
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
    worth = order.total - _cancelled_value(order, lines, units)
    settled = captured - refunded == worth and (invoice != "to_invoice" or order.invoice_trigger == "on_request")
    closed = order.closed_at is not None or (
        order.state == CONFIRMED and delivery in ("none", "full") and settled and may_close(lines, parts, now=now)
    )
    return Standing(
        authorized=authorized,
        captured=captured,
        refunded=refunded,
        outstanding=max(0, worth - captured - authorized),
        payment_deadline_at=_deadline(order, parts),
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
    asked_for = order.submitted or order.state in (QUOTATION_SENT, CONFIRMED)
    if captured == 0 and (order.total == 0 or (not asked_for and ended)):
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
    if all(units[line.id].delivered >= line.quantity - units[line.id].cancelled for line in goods):
        return "full"
    if any(units[line.id].delivered for line in goods):
        return "partial"
    begun = parts.all(STARTED) or any(part.values["state"] == "done" for part in parts.all(DELIVERY))
    return "started" if begun else "pending"


def invoice_status(order: Order, lines: Sequence[Line], units: Mapping[str, Units]) -> str:
    """Whether all that can be invoiced by now is on an invoice."""
    if order.state != CONFIRMED:
        return "none"
    if any(to_invoice(order, line, delivered=u.delivered, cancelled=u.cancelled, invoiced=u.invoiced) for line, u in _with(lines, units)):
        return "to_invoice"
    return "invoiced" if any(unit.invoiced for unit in units.values()) else "none"


def to_invoice(order: Order, line: Line, *, delivered: int, cancelled: int, invoiced: int) -> int:
    """Units of a line that an invoice is due for: ordered and not cancelled, by hand-over what has left the house; less those invoiced.

    Services and digital goods count as handed over at confirmation (R-INV-02).
    """
    if order.state != CONFIRMED:
        return 0
    if order.invoice_trigger == "on_delivery" and line.goods:
        return delivered - invoiced
    return line.quantity - cancelled - invoiced


def _deadline(order: Order, parts: Parts) -> datetime | None:
    awaited = parts.awaited(order.submission) if order.state != CANCELLED else None
    return None if awaited is None or awaited.deadline_at is None else parse_rfc3339(awaited.deadline_at)


def _with(lines: Sequence[Line], units: Mapping[str, Units]) -> list[tuple[Line, Units]]:
    return [(line, units[line.id]) for line in lines]


def _cancelled_value(order: Order, lines: Sequence[Line], units: Mapping[str, Units]) -> int:
    # Cancelled units are the line's highest (api.md, 13.14).
    value = 0
    for line, unit in _with(lines, units):
        if unit.cancelled:
            run = UnitRun(quantity=line.quantity, discount=line.discount, voucher=line.voucher, net=line.net, total=line.total)
            value += take_highest_units([run], unit.cancelled, precision=order.precision).total
    return value


def is_short(parts: Parts) -> bool:
    """Whether a confirmed order waits for goods: since the last shortage nothing was reserved that made it whole (R-STK-07)."""
    whole = {part.record_id: part.seq for part in parts.all(RESERVED) if part.values["complete"]}
    return any(part.seq > whole.get(part.record_id, 0) for part in parts.all(SHORTAGE))


def _units(lines: Sequence[Line], parts: Parts) -> dict[str, Units]:
    delivered, invoiced = sum_units(handed_over(parts)), sum_units(parts.all(INVOICE))
    cancelled, reserved = sum_units(parts.all(CANCELLED_UNITS)), _reserved(lines, parts)
    return {
        line.id: Units(
            reserved=max(0, reserved.get(line.id, 0) - delivered.get(line.id, 0)),
            delivered=delivered.get(line.id, 0),
            cancelled=min(line.quantity, cancelled.get(line.id, 0)),
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
