"""Invoices: made, numbered and posted at once, when the shop's trigger has come true (lifecycles.md, I1, I3; R-INV-02)."""

from __future__ import annotations

from datetime import timedelta

from services.billing.actions.allocation import tell_paid
from services.billing.actions.reminding import set_first_reminder
from services.billing.domain.invoice import ITEM, Invoice, InvoiceLine, invoice_number, issue_year
from services.billing.domain.invoice_content import invoice_of
from services.billing.domain.invoice_plan import Invoiced, Part, due_parts, may_be_due, nothing_left, trigger_of
from services.billing.domain.standing import Standing
from services.billing.store import invoices as store
from services.billing.store.payments import lock_standing
from shared.contracts.billing import InvoicedLine, InvoicePosted
from shared.contracts.orders import OrderContent
from shared.contracts.shop_settings import ShopSettings
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx


def issue_invoices_if_due(tx: Tx, order_id: str) -> None:
    """The invoices of the order's newest submission whose trigger has come and that are not there yet.

    A cancelled order gets none and uses no number (R-INV-05). Raises FiguresDisagree.
    """
    standing = lock_standing(tx, order_id)
    order = standing.order
    if order.content is None or not order.confirmed or order.cancelled:
        return
    content = OrderContent.model_validate(order.content)
    settings = shop_settings(tx)
    trigger = trigger_of(content, settings.billing.invoice_trigger)
    if not may_be_due(order, content, trigger, paid=standing.paid_in_full):
        return

    invoiced = store.invoiced_of(tx, order_id)
    for part in due_parts(order, content, invoiced, trigger):
        invoice, lines = invoice_of(order.content, content, part, invoiced, settings=settings, now=tx.now)
        invoice.begin("issue")
        if store.insert_invoice(tx, invoice, lines):
            invoiced = post(tx, standing, invoice, lines, part, invoiced, settings=settings, content=content)


def post(
    tx: Tx,
    standing: Standing,
    invoice: Invoice,
    lines: list[InvoiceLine],
    part: Part,
    invoiced: Invoiced,
    *,
    settings: ShopSettings,
    content: OrderContent,
) -> Invoiced:
    """Numbers and posts a stored draft, gives it the money that earlier ones left, and tells (I3). Returns what is invoiced with it."""
    before = invoice.payment_state
    captured, moving = standing.money_after(invoiced.total)
    invoice.settle(captured, moving=moving)
    # The customer's own terms come first (R-INV-16).
    terms = content.payment_terms_days
    days = settings.billing.payment_terms_days if terms is None else terms
    invoice.issued_at, invoice.due_at = tx.now, tx.now + timedelta(days=days)
    invoiced = invoiced.and_also(part, invoice.total)
    invoice.closes = nothing_left(standing.order, content, invoiced)
    year = issue_year(tx.now, settings.store.time_zone)
    invoice.number = invoice_number(settings.billing.invoice_prefix, year, store.take_number(tx, invoice.type, year))
    invoice.move("post")
    store.ROWS.save(tx, invoice)
    tx.publish(
        InvoicePosted(
            invoice_id=invoice.id,
            order_id=invoice.order_id,
            number=invoice.number,
            total=invoice.precision.format(invoice.total),
            currency=invoice.currency,
            lines=tuple(InvoicedLine(line_id=str(line.order_line_id), quantity=line.quantity) for line in lines if line.kind == ITEM),
        ),
        of=invoice,
    )
    tell_paid(tx, invoice, state_before=before)
    set_first_reminder(tx, invoice, settings)
    return invoiced
