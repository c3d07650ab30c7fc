"""Invoices that stay unpaid after their due date: told on each of `billing.reminder_days` (R-INV-16)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from services.billing.domain.invoice import Invoice
from services.billing.store import invoices as store
from services.billing.store.orders import get_order
from shared.contracts.billing import InvoiceOverdue
from shared.contracts.shop_settings import ShopSettings
from shared.db.settings_copy import shop_settings
from shared.db.timers import Timer, set_timer
from shared.db.tx import Tx
from shared.values.clock import rfc3339

TIMER: Final = "invoice_overdue"


def set_first_reminder(tx: Tx, invoice: Invoice, settings: ShopSettings) -> None:
    """For a posted invoice on which something is due; a shop that reminds of nothing has no timer."""
    if invoice.amount_due:
        _set_next(tx, invoice, settings, after=-1)


def remind_of(timer: Timer, tx: Tx) -> None:
    """Tells that the invoice is overdue, unless it was paid or its order cancelled meanwhile, and waits for the next of the days."""
    invoice = store.ROWS.lock(tx, timer.record_id)
    order = get_order(tx, invoice.order_id)
    if not invoice.amount_due or invoice.due_at is None or order is None or order.cancelled:
        return
    days = int(timer.payload["days"])
    # Saved for a new place among its facts.
    store.ROWS.save(tx, invoice)
    tx.publish(
        InvoiceOverdue(
            invoice_id=invoice.id,
            order_id=invoice.order_id,
            number=str(invoice.number),
            order_number=invoice.order_number,
            days=days,
            due_at=rfc3339(invoice.due_at),
            amount_due=invoice.precision.format(invoice.amount_due),
            currency=invoice.currency,
            decimals=invoice.decimals,
        ),
        of=invoice,
    )
    _set_next(tx, invoice, shop_settings(tx), after=days)


def _set_next(tx: Tx, invoice: Invoice, settings: ShopSettings, *, after: int) -> None:
    later = [days for days in settings.billing.reminder_days if days > after]
    if later and invoice.due_at is not None:
        days = min(later)
        set_timer(tx, TIMER, invoice.id, due_at=invoice.due_at + timedelta(days=days), payload={"days": days})
