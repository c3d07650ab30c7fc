"""Money of an order: its payments, what orders shows of them, and what its invoices got of it. Amounts are ISO minor units."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from services.billing.domain.payment import AUTHORIZED, CAPTURED, CREATED, PENDING, Payment
from services.billing.domain.standing import Standing
from services.host.audit.invariant import Invariant
from services.host.audit.order_page import OrderSeen
from services.host.audit.report import Violation
from services.orders.domain.parts import INVOICE, PAYMENT

AMOUNTS: Final = Invariant(
    "payments.amounts",
    "lifecycles.md, section 3",
    "Of an online payment no more is captured than was asked for; of none is more refunded than captured, or any captured before it is.",
)
KNOWN: Final = Invariant("orders.payments_as_billing", "R-ORD-50", "State and captured amount of each payment are what its order shows.")
CONFIRMED: Final = Invariant(
    "orders.paid_is_confirmed", "R-ORD-34", "An order whose money is there, and that nobody holds, is no quotation."
)
SUMS: Final = Invariant("invoices.totals", "R-MON-14", "An invoice's net, tax and total are the sums of its lines.")
ONCE: Final = Invariant("invoices.once", "R-INV-14", "No unit is on two invoices, and the shipping is on one at most.")
INVOICED: Final = Invariant("orders.units_invoiced", "R-INV-11", "Units on posted invoices are the units that the order shows.")
PAID: Final = Invariant("invoices.paid", "R-INV-10", "An order's captured money is on its invoices, the oldest first.")


def amounts(seen: OrderSeen) -> Iterator[Violation]:
    """See AMOUNTS. Money of another amount that a person recorded or accepted is right as it is (P4, P15)."""
    for payment in seen.payments:
        too_much = payment.captured > payment.amount and not payment.offline and payment.resolution != "accept"
        ahead = (payment.captured > 0) != (payment.state == CAPTURED) or payment.refunded > payment.captured
        if too_much or ahead:
            what = (
                f"{payment.reference} is {payment.state}: {payment.captured} captured and {payment.refunded} refunded of {payment.amount}"
            )
            repair = f"POST /admin/v1/payments/{payment.id}/sync"
            yield AMOUNTS.broken("billing", payment.id, what, order_id=payment.order_id, repair=repair)


def known(seen: OrderSeen) -> Iterator[Violation]:
    """See KNOWN. A payment that the provider has not taken yet was told to nobody."""
    parts = {part.record_id: part.values for part in seen.audited.parts.all(PAYMENT)}
    for payment in seen.payments:
        if payment.state == CREATED and payment.provider_ref is None:
            continue
        told = parts.get(payment.id, {})
        ours = (payment.state, payment.amount, payment.captured, payment.orphaned)
        theirs = tuple(told.get(name) for name in ("state", "amount", "captured", "orphaned"))
        if ours != theirs:
            shown = f"{theirs[0]}, {theirs[2]} of {theirs[1]}" if told else "nothing of it"
            what = f"{payment.reference} is {payment.state}, {payment.captured} of {payment.amount} captured; its order knows {shown}"
            repair = f"cartwright retell billing {payment.id} orders"
            yield KNOWN.broken("orders", payment.id, what, order_id=payment.order_id, repair=repair)


def confirmed(seen: OrderSeen) -> Iterator[Violation]:
    """See CONFIRMED. An open cart is not bought by money alone, and an order that asks for nothing is not confirmed by it."""
    order = seen.order
    if not order.undecided or order.held or not (order.submitted or order.staff_priced) or order.due == 0:
        return
    counting = [payment for payment in seen.payments if not payment.orphaned]
    if not any(payment.confirms and payment.submission == order.submission for payment in counting):
        return
    secured = sum(_secured(payment) for payment in counting)
    if secured >= order.due:
        what = f"{secured} of {order.due} is there or promised, and {order.number} is {order.state}"
        repair = f"POST /admin/v1/orders/{order.id}/confirm"
        yield CONFIRMED.broken("orders", order.id, what, order_id=order.id, repair=repair)


def _secured(payment: Payment) -> int:
    if payment.state == AUTHORIZED or (payment.state == PENDING and payment.offline and payment.confirms):
        return payment.amount
    return payment.captured - payment.refunded


def sums(seen: OrderSeen) -> Iterator[Violation]:
    """See SUMS."""
    for document in seen.documents:
        lines, own = seen.line_sums.get(document.id, (0, 0, 0)), (document.net, document.tax, document.total)
        if own != lines:
            what = f"{document.number or document.state} says {own}, its lines add up to {lines} (net, tax, total)"
            repair = (
                f"POST /admin/v1/orders/{document.order_id}/hold, then restore the rows from a backup: posted documents are never edited"
            )
            yield SUMS.broken("billing", document.id, what, order_id=document.order_id, repair=repair)


def once(seen: OrderSeen) -> Iterator[Violation]:
    """See ONCE."""
    order_id, most = seen.order.id, {line.id: line.quantity for line in seen.audited.purchase.lines} | {"": 1}
    for line_id, units in sorted(seen.invoiced_units.items()):
        if units > most.get(line_id, 0):
            said = f"line {line_id}" if line_id else "the shipping"
            what = f"{units} units of {said} of {seen.order.number} are on invoices, {most.get(line_id, 0)} were ordered"
            repair = f"POST /admin/v1/orders/{order_id}/hold, and give back what was invoiced twice at the provider"
            yield ONCE.broken("billing", line_id or order_id, what, order_id=order_id, repair=repair)


def invoiced(seen: OrderSeen) -> Iterator[Violation]:
    """See INVOICED."""
    known_ones = {part.record_id for part in seen.audited.parts.all(INVOICE)}
    unknown = [document.id for document in seen.documents if document.state == "posted" and document.id not in known_ones]
    order_id = seen.order.id
    repair = f"cartwright retell billing {unknown[0]} orders" if unknown else f"cartwright rederive order {order_id}"
    for line in seen.audited.purchase.lines:
        units = seen.invoiced_units.get(line.id, 0)
        if units != line.quantity_invoiced:
            what = f"{units} units of {line.sku} are on invoices, {seen.order.number} shows {line.quantity_invoiced}"
            yield INVOICED.broken("orders", line.id, what, order_id=order_id, repair=repair)


def paid(seen: OrderSeen) -> Iterator[Violation]:
    """See PAID. Money that a bank took back stays on the invoice it was paid with, and a cancelled order's belongs to no invoice."""
    if seen.billing is None or not seen.billing.confirmed or seen.billing.cancelled:
        return
    if any(payment.refunded for payment in seen.payments):
        return
    standing, earlier = Standing(seen.billing, list(seen.payments)), 0
    for document in seen.documents:
        if document.state != "posted":
            continue
        captured, _ = standing.money_after(earlier)
        earlier += document.total
        due = min(captured, document.total)
        if document.paid != due:
            what = f"{document.number} says that {document.paid} is paid, {due} of the order's money is for it"
            repair = f"cartwright rederive order {document.order_id}"
            yield PAID.broken("billing", document.id, what, order_id=document.order_id, repair=repair)


CHECKS: Final = (amounts, known, confirmed, sums, once, invoiced, paid)
INVARIANTS: Final = (AMOUNTS, KNOWN, CONFIRMED, SUMS, ONCE, INVOICED, PAID)
