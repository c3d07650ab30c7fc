"""The paper of a posted document: what it is drawn from, and where its bytes are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.billing.domain.invoice_document import document_variables
from services.billing.domain.invoice_view import TEMPLATE_VERSION, invoice_view
from services.billing.store import invoices as store
from shared.contracts.billing import InvoiceRendered
from shared.db.settings_copy import shop_settings
from shared.db.tx import Tx
from shared.language.formats import Formats
from shared.values.clock import rfc3339

PDF: Final = "application/pdf"


@dataclass(frozen=True)
class Sheet:
    """What a document is drawn from."""

    variables: Mapping[str, Any]
    language: str
    options: Formats


def sheet_of(tx: Tx, invoice_id: str) -> Sheet | None:
    """What the document says; None when it has been drawn already. Raises NotFound."""
    invoice = store.ROWS.get(tx, invoice_id)
    if invoice.pdf_sha256 is not None:
        return None
    settings = shop_settings(tx)
    variables = document_variables(
        invoice_view(invoice, store.lines_of(tx, [invoice])[invoice.id]),
        order=invoice.snapshot["order"],
        settings=settings.model_dump(mode="json"),
        paid=invoice.precision.format(invoice.paid),
        corrects=None,
        payment=None,
    )
    options = Formats(
        time_zone=settings.store.time_zone,
        native_digits=settings.documents.native_digits,
        jalali_dates=settings.documents.jalali_dates,
        currency_display=settings.documents.currency_display,
    )
    return Sheet(variables, invoice.language, options)


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
