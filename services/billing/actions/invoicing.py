"""Invoices: made, numbered and posted at once, when the shop's trigger has come true (lifecycles.md, I1, I3; R-INV-02)."""

from __future__ import annotations

from services.billing.actions.allocation import tell_paid
from services.billing.domain.invoice import ITEM, invoice_number, issue_year
from services.billing.domain.invoice_content import invoice_of_order
from services.billing.domain.standing import Order, Standing
from services.billing.store import invoices as store
from services.billing.store.payments import lock_standing
from shared.contracts.billing import InvoicedLine, InvoicePosted
from shared.contracts.orders import OrderContent
from shared.contracts.shop_settings import ShopSettings
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx


def issue_invoice_if_due(tx: Tx, order_id: str) -> None:
    """The order's one invoice for its newest submission, when it is confirmed and, if the shop waits for that, fully paid.

    A cancelled order gets none and uses no number (R-INV-05). Raises FiguresDisagree.
    """
    standing = lock_standing(tx, order_id)
    order = standing.order
    if order.content is None or not order.confirmed or order.cancelled:
        return
    content = OrderContent.model_validate(order.content)
    settings = shop_settings(tx)
    if not _trigger_has_come(standing, content, settings):
        return
    _issue(tx, standing, content, settings)


def _trigger_has_come(standing: Standing, content: OrderContent, settings: ShopSettings) -> bool:
    triggers = settings.billing.invoice_trigger
    trigger = triggers.business if content.who.type == "business" else triggers.private
    return trigger == "on_confirm" or standing.captured >= standing.order.total


def _issue(tx: Tx, standing: Standing, content: OrderContent, settings: ShopSettings) -> None:
    invoice, lines = invoice_of_order(
        content,
        trigger_key=trigger_key(standing.order),
        settings=settings,
        confirmed_at=(standing.order.content or {}).get("confirmed_at"),
        now=tx.now,
    )
    invoice.begin("issue")
    before = invoice.payment_state
    invoice.settle(min(standing.captured, invoice.total), moving=standing.moving)
    if not store.insert_invoice(tx, invoice, lines):
        return

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


def trigger_key(order: Order) -> str:
    """What an order's own invoice is made for: its submission, once."""
    return f"order:{order.submission}"
