"""The paper of a posted document: what it is drawn from, and where its bytes are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.billing.domain.invoice import Invoice, InvoiceLine
from services.billing.domain.invoice_document import document_variables
from services.billing.domain.invoice_view import TEMPLATE_VERSION, invoice_view
from services.billing.domain.pro_forma import order_of_pro_forma, pro_forma_of
from services.billing.domain.standing import Order, Standing
from services.billing.store import invoices as store
from services.billing.store.orders import get_order, list_uninvoiced
from services.billing.store.payments import payments_of, payments_of_orders
from shared.contracts.billing import InvoiceRendered
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.errors import NotFound
from shared.language.formats import Formats
from shared.values.clock import rfc3339

PDF: Final = "application/pdf"
_NEVER_PRO_FORMA: Final = frozenset({"number", "issued_at[gte]", "issued_at[lt]"})


@dataclass(frozen=True)
class Sheet:
    """What a document is drawn from."""

    variables: Mapping[str, Any]
    language: str
    options: Formats


def sheet_to_keep(tx: Tx, invoice_id: str) -> Sheet | None:
    """What a posted document says; None when it has been drawn already. Raises NotFound."""
    invoice = store.ROWS.get(tx, invoice_id)
    if invoice.pdf_sha256 is not None:
        return None
    return sheet_of(tx, invoice, store.lines_of(tx, [invoice])[invoice.id])


def sheet_of(tx: Tx, invoice: Invoice, lines: Sequence[InvoiceLine]) -> Sheet:
    """What the document says."""
    settings = shop_settings(tx)
    variables = document_variables(
        invoice_view(invoice, lines),
        order=invoice.snapshot["order"],
        settings=settings.model_dump(mode="json"),
        paid=invoice.precision.format(invoice.paid),
        corrects=None,
        payment=invoice.snapshot.get("payment"),
    )
    options = Formats(
        time_zone=settings.store.time_zone,
        native_digits=settings.documents.native_digits,
        jalali_dates=settings.documents.jalali_dates,
        currency_display=settings.documents.currency_display,
    )
    return Sheet(variables, invoice.language, options)


def find_document(tx: Tx, invoice_id: str) -> tuple[Invoice, list[InvoiceLine]]:
    """A document of any kind with its lines: one that is kept, or an order's pro forma. Raises NotFound."""
    try:
        invoice = store.ROWS.get(tx, invoice_id)
    except NotFound:
        order = get_order(tx, order_of_pro_forma(invoice_id))
        if order is None or not order.has_pro_forma:
            raise
        return _pro_forma(tx, order)
    return invoice, store.lines_of(tx, [invoice])[invoice.id]


def documents_of(tx: Tx, order_id: str) -> list[Invoice]:
    """What the customer gets of an order: its posted documents, or its pro forma until there is one (R-INV-04)."""
    posted = store.invoices_of(tx, order_id)
    order = None if posted else get_order(tx, order_id)
    return [_pro_forma(tx, order)[0]] if order is not None and order.has_pro_forma else posted


def list_pro_formas(
    tx: Tx, filters: Mapping[str, Any], *, after: Sequence[Any] | None, rows: int
) -> list[tuple[Invoice, list[InvoiceLine]]]:
    """Pro formas of orders without a posted document, newest order first; a filter that no pro forma can pass leaves none."""
    if filters.keys() & _NEVER_PRO_FORMA or "draft" not in filters.get("state", "draft").split(","):
        return []
    wanted = {name: filters[name].split(",") for name in ("order_id", "customer_id") if name in filters}
    orders = list_uninvoiced(tx, wanted, after=order_of_pro_forma(after[0]) if after else None, rows=rows)
    payments, settings = payments_of_orders(tx, [order.order_id for order in orders]), shop_settings(tx)
    made = [pro_forma_of(Standing(order, payments[order.order_id]), settings=settings, now=tx.now) for order in orders]
    states = filters["payment_state"].split(",") if "payment_state" in filters else None
    return [one for one in made if states is None or one[0].payment_state in states]


def _pro_forma(tx: Tx, order: Order) -> tuple[Invoice, list[InvoiceLine]]:
    return pro_forma_of(Standing(order, payments_of(tx, order.order_id)), settings=shop_settings(tx), now=tx.now)


def keep_pdf(tx: Tx, invoice_id: str, pdf: bytes) -> None:
    """Keeps the bytes for good and tells; the first drawing counts, a second one changes nothing (R-INV-08)."""
    invoice = store.ROWS.lock(tx, invoice_id)
    if invoice.pdf_sha256 is not None:
        return
    sha256 = hashlib.sha256(pdf).hexdigest()
    store.keep_file(tx, sha256=sha256, media_type=PDF, content=pdf)
    invoice.pdf_sha256, invoice.template_version = sha256, TEMPLATE_VERSION
    store.ROWS.save(tx, invoice)
    tx.publish(
        InvoiceRendered(
            invoice_id=invoice.id,
            order_id=invoice.order_id,
            number=str(invoice.number),
            order_number=invoice.order_number,
            total=invoice.precision.format(invoice.total),
            currency=invoice.currency,
            decimals=invoice.decimals,
            sha256=sha256,
            amount_due=invoice.precision.format(invoice.amount_due),
            due_at=None if invoice.due_at is None else rfc3339(invoice.due_at),
        ),
        of=invoice,
    )
