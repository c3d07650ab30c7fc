"""What payments settle of an order's invoices (R-INV-10)."""

from __future__ import annotations

from services.billing.domain.invoice import Invoice
from services.billing.domain.standing import Standing
from services.billing.store import invoices as store
from shared.contracts.billing import InvoicePaid
from shared.db.tx import Tx


def settle_invoices(tx: Tx, standing: Standing) -> None:
    """Gives the order's money to its posted invoices, the oldest first; tells those that are paid by it."""
    earlier = 0
    for invoice in store.lock_invoices_of(tx, standing.order.order_id):
        before = invoice.payment_state
        captured, moving = standing.money_after(earlier)
        earlier += invoice.total
        if invoice.settle(captured, moving=moving):
            store.ROWS.save(tx, invoice)
            tell_paid(tx, invoice, state_before=before)


def tell_paid(tx: Tx, invoice: Invoice, *, state_before: str) -> None:
    """Tells a saved invoice that has come to be paid."""
    if invoice.payment_state == "paid" and state_before != "paid":
        tx.publish(
            InvoicePaid(
                invoice_id=invoice.id,
                order_id=invoice.order_id,
                number=str(invoice.number),
                payment_state=invoice.payment_state,
            ),
            of=invoice,
        )
