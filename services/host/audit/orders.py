"""Orders: their own figures, and that what their shop's trigger makes due is invoiced; with the checks of goods and money."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from services.billing.domain.invoice_plan import Invoiced, due_parts, may_be_due, trigger_of
from services.billing.domain.standing import Standing as BillingStanding
from services.billing.store import audit as billing
from services.host.audit import goods, money
from services.host.audit.invariant import Invariant, Subject
from services.host.audit.look import Look
from services.host.audit.order_page import OF_ORDERS, OrderSeen, order_pages, quiet_since
from services.host.audit.report import Violation
from services.orders.domain.standing import Standing, derive
from shared.contracts.orders import OrderContent

TOTALS: Final = Invariant("orders.totals", "R-MON-14", "An order's net, tax and total are the sums of its lines and its shipping.")
STANDING: Final = Invariant(
    "orders.standing", "lifecycles.md, section 2", "Sums, statuses and units that an order shows are what its facts lead to."
)
DUE: Final = Invariant("orders.invoiced_when_due", "R-INV-02", "What the shop's trigger makes due is on an invoice.")
_SHOWN: Final = (
    "authorized",
    "captured",
    "refunded",
    "outstanding",
    "payment_deadline_at",
    "payment_status",
    "delivery_status",
    "invoice_status",
    "delivery_ready",
    "payment_problem",
    "status",
)


def check(look: Look) -> Iterator[Violation]:
    """All invariants, some orders at a time; those of orders to which something happened just now are left for the next audit."""
    for page in order_pages(look):
        found = [violation for seen in page for one in CHECKS for violation in one(seen)]
        found += _not_invoiced(look, page)
        if not found:
            continue
        since = quiet_since(look, sorted({violation.order_id for violation in found if violation.order_id is not None}))
        settled = look.settled("notifications")
        for violation in found:
            at = since.get(violation.order_id or "")
            if at is None or at <= settled:
                yield replace(violation, since=at)


def totals(seen: OrderSeen) -> Iterator[Violation]:
    """See TOTALS."""
    order, lines = seen.order, seen.audited.purchase.lines
    added = tuple(sum(getattr(line, name) for line in lines) + getattr(order, f"shipping_{name}") for name in ("net", "tax", "total"))
    own = (order.net, order.tax, order.total)
    if own != added:
        what = f"{order.number or order.id} says {own}, its lines and shipping add up to {added} (net, tax, total)"
        repair = f"POST /admin/v1/orders/{order.id}/hold, then restore the rows from a backup: frozen prices have no command"
        yield TOTALS.broken("orders", order.id, what, order_id=order.id, repair=repair)


def standing(seen: OrderSeen) -> Iterator[Violation]:
    """See STANDING. The end of return periods is looked at as of the settled instant: its timer may run this moment."""
    order, lines = seen.order, seen.audited.purchase.lines
    derived = derive(order, lines, seen.audited.parts, now=seen.now)
    wrong = [
        f"{name} {getattr(order, name)} for {getattr(derived, name)}" for name in _SHOWN if getattr(order, name) != getattr(derived, name)
    ]
    if derived.closed and order.closed_at is None:
        wrong.append("not closed")
    if order.late and derived.delivery_status in ("none", "full", "returned"):
        wrong.append("late for not late")
    wrong += [f"{name} of {sku} {shown} for {units}" for name, sku, shown, units in _units(seen, derived) if shown != units]
    if wrong:
        what = f"{order.number or order.id} shows {', '.join(wrong)}"
        yield STANDING.broken("orders", order.id, what, order_id=order.id, repair=f"cartwright rederive order {order.id}")


def _units(seen: OrderSeen, derived: Standing) -> Iterator[tuple[str, str, int, int]]:
    for line in seen.audited.purchase.lines:
        for name in ("reserved", "delivered", "cancelled", "invoiced"):
            yield name, line.sku, getattr(line, f"quantity_{name}"), getattr(derived.units[line.id], name)


def _not_invoiced(look: Look, page: Sequence[OrderSeen]) -> Iterator[Violation]:
    """See DUE. Due is what both the trigger frozen on the order and the one that the shop has now make so."""
    open_ones = {
        seen.order.id: seen
        for seen in page
        if seen.confirmed
        and seen.billing is not None
        and not any(document.closes and document.state == "posted" for document in seen.documents)
    }
    whole = look.ask("billing", lambda tx: billing.whole_orders(tx, open_ones))
    for order_id, order in whole.items():
        seen = open_ones[order_id]
        if order.content is None or not order.confirmed or order.cancelled:
            continue
        content = OrderContent.model_validate(order.content)
        trigger = trigger_of(content, seen.triggers)
        paid_in_full = BillingStanding(order, list(seen.payments)).paid_in_full
        if trigger != seen.order.invoice_trigger or not may_be_due(order, content, trigger, paid=paid_in_full):
            continue
        posted = [document for document in seen.documents if document.state == "posted"]
        invoiced = Invoiced(
            keys=frozenset(document.trigger_key for document in seen.documents),
            units={line_id: units for line_id, units in seen.invoiced_units.items() if line_id},
            total=sum(document.total for document in posted),
        )
        for part in due_parts(order, content, invoiced, trigger):
            what = f"{sum(part.units.values())} units of {order.number} are due on an invoice ({part.trigger_key})"
            yield DUE.broken("billing", order_id, what, order_id=order_id, repair=f"cartwright rederive order {order_id}")


CHECKS: Final[tuple[Callable[[OrderSeen], Iterator[Violation]], ...]] = (totals, standing, *goods.CHECKS, *money.CHECKS)
SUBJECT: Final = Subject(OF_ORDERS, (TOTALS, STANDING, DUE, *goods.INVARIANTS, *money.INVARIANTS), check)
