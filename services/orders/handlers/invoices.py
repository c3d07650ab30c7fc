"""What billing tells of an order's invoices."""

from __future__ import annotations

from services.orders.actions.projection import note
from services.orders.domain.parts import INVOICE, INVOICE_PAYMENT, Part
from shared.contracts.billing import InvoicePaid, InvoicePosted
from shared.db.tx import Tx


def record_invoiced(event: InvoicePosted | InvoicePaid, tx: Tx) -> None:
    """Which units are on an invoice, and whether it is paid: two words on one invoice that never overwrite each other."""
    seq = event.envelope.aggregate_seq
    if isinstance(event, InvoicePaid):
        note(tx, event.order_id, Part(INVOICE_PAYMENT, event.invoice_id, seq, {"payment_state": event.payment_state}))
        return
    units: dict[str, int] = {}
    for line in event.lines:
        units[line.line_id] = units.get(line.line_id, 0) + line.quantity
    note(tx, event.order_id, Part(INVOICE, event.invoice_id, seq, {"number": event.number, "units": units}))
