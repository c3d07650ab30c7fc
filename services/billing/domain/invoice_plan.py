"""What of an order is to be invoiced, and on which documents (R-INV-02; lifecycles.md, quantity_to_invoice).

Invoices take the lowest units of a line that are on none yet (R-MON-16); units that nobody will get are the highest (api.md, 13.14).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.billing.domain.standing import Order
from shared.contracts.orders import OrderContent, OrderLine
from shared.contracts.shop_settings import InvoiceTrigger, Trigger
from shared.values.money import Precision
from shared.values.pricing import UnitRun, take_highest_units

Units = Mapping[str, int]
"""Quantities by the order's line id."""


@dataclass(frozen=True, kw_only=True)
class Invoiced:
    """What the order's posted invoices hold. Drafts hold nothing: their units are taken when they are posted."""

    keys: frozenset[str] = frozenset()
    units: Units = field(default_factory=dict)
    shipping: bool = False
    total: int = 0
    """Of all of them, minor units."""

    def and_also(self, part: Part, total: int) -> Invoiced:
        """With one more document, which has the shipping if no earlier one had it."""
        units = {line_id: self.units.get(line_id, 0) + part.units.get(line_id, 0) for line_id in {*self.units, *part.units}}
        return Invoiced(keys=self.keys | {part.trigger_key}, units=units, shipping=True, total=self.total + total)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One document's share of an order."""

    trigger_key: str
    units: Units
    delivery_id: str | None = None
    supplied_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """A delivery that the customer has."""

    delivery_id: str
    at: datetime
    units: Units


def trigger_of(content: OrderContent, triggers: InvoiceTrigger) -> Trigger:
    """What makes the invoice for this customer."""
    return triggers.business if content.who.type == "business" else triggers.private


def hand_overs_of(order: Order) -> list[HandOver]:
    """The order's hand-overs, the first one first."""
    found = [
        HandOver(delivery_id=delivery_id, at=datetime.fromisoformat(known["at"]), units=known["units"])
        for delivery_id, known in order.hand_overs.items()
    ]
    return sorted(found, key=lambda hand_over: (hand_over.at, hand_over.delivery_id))


def cancelled_of(order: Order) -> dict[str, int]:
    """Units of each line that nobody will get."""
    return _sum([cancelled["units"] for cancelled in order.cancelled_units.values()])


def left_to_invoice(order: Order, content: OrderContent, invoiced: Invoiced, trigger: Trigger) -> dict[str, int]:
    """Units of each line that are to be invoiced and are on no posted invoice; lines without any are left out."""
    cancelled, handed_over = cancelled_of(order), _sum([one.units for one in hand_overs_of(order)])
    found = {}
    for line in content.lines:
        basis = line.quantity - cancelled.get(line.line_id, 0)
        if trigger == "on_delivery" and line.type == "goods":
            basis = min(basis, handed_over.get(line.line_id, 0))
        left = basis - invoiced.units.get(line.line_id, 0)
        if left > 0:
            found[line.line_id] = left
    return found


def may_be_due(order: Order, content: OrderContent, trigger: Trigger, *, paid: bool) -> bool:
    """Whether the trigger has come for anything, as far as the order alone tells; `paid`: in full."""
    if trigger == "on_delivery":
        return bool(order.hand_overs) or any(line.type != "goods" for line in content.lines)
    # Who was confirmed without paying gets the invoice with the goods, at the latest.
    return trigger == "on_confirm" or (trigger == "on_payment" and (paid or bool(order.hand_overs)))


def due_parts(order: Order, content: OrderContent, invoiced: Invoiced, trigger: Trigger) -> list[Part]:
    """The documents that are due and not there yet, in the order in which they are to be made. `may_be_due` has been asked."""
    left = left_to_invoice(order, content, invoiced, trigger)
    own, hand_overs = f"order:{order.submission}", hand_overs_of(order)
    if trigger != "on_delivery":
        supplied_at = hand_overs[0].at if hand_overs else None
        return _new([Part(trigger_key=own, units=left, supplied_at=supplied_at)], invoiced)

    at_once = {line.line_id: left.pop(line.line_id) for line in content.lines if line.type != "goods" and line.line_id in left}
    parts = [Part(trigger_key=own, units=at_once)]
    for one in hand_overs:
        if f"delivery:{one.delivery_id}" in invoiced.keys:
            continue
        units = {line_id: min(quantity, left.get(line_id, 0)) for line_id, quantity in one.units.items()}
        left = {line_id: quantity - units.get(line_id, 0) for line_id, quantity in left.items()}
        parts.append(Part(trigger_key=f"delivery:{one.delivery_id}", units=units, delivery_id=one.delivery_id, supplied_at=one.at))
    return _new(parts, invoiced)


def nothing_left(order: Order, content: OrderContent, invoiced: Invoiced) -> bool:
    """Whether every unit that the customer gets is on an invoice, handed over or not."""
    cancelled = cancelled_of(order)
    return all(line.quantity - cancelled.get(line.line_id, 0) <= invoiced.units.get(line.line_id, 0) for line in content.lines)


def next_request(order_keys: Sequence[str]) -> str:
    """The trigger key of one more invoice on request; `order_keys` are those of all the order's invoices, drafts too."""
    earlier = [int(key.partition(":")[2]) for key in order_keys if key.startswith("request:")]
    return f"request:{max([len(order_keys), *earlier]) + 1}"


def run_of(line: OrderLine, precision: Precision) -> UnitRun:
    """All units of an order's line."""
    return UnitRun(
        quantity=line.quantity,
        discount=precision.parse(line.discount),
        voucher=precision.parse(line.voucher),
        net=precision.parse(line.net),
        total=precision.parse(line.total),
    )


def value_of_highest(content: OrderContent, units: Units, cancelled_before: Units) -> int:
    """With tax, minor units: the units that are cancelled next, from the highest of those that are not cancelled yet."""
    precision = Precision(content.currency, content.decimals)
    value = 0
    for line in content.lines:
        run, before = run_of(line, precision), min(cancelled_before.get(line.line_id, 0), line.quantity)
        together = min(before + units.get(line.line_id, 0), line.quantity)
        for count, sign in ((together, 1), (before, -1)):
            value += sign * take_highest_units([run], count, precision=precision).total
    return value


def _new(parts: Sequence[Part], invoiced: Invoiced) -> list[Part]:
    return [part for part in parts if any(part.units.values()) and part.trigger_key not in invoiced.keys]


def _sum(several: Sequence[Units]) -> dict[str, int]:
    total: dict[str, int] = {}
    for units in several:
        for line_id, quantity in units.items():
            total[line_id] = total.get(line_id, 0) + quantity
    return total
