"""Posted documents are drawn once and kept for good (R-INV-07, R-INV-08); drafts and pro formas for whoever asks (R-INV-04)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services.billing.actions import documents
from services.billing.adapters.outside import BillingOutside
from services.billing.domain.invoice_view import TEMPLATE
from shared.contracts.billing import InvoicePosted
from shared.messaging.hearing import JobContext

TEMPLATES: Final = Path(__file__).parents[1] / "templates"


def render_invoice(event: InvoicePosted, ctx: JobContext) -> None:
    """Draws the PDF and keeps it under its hash. A failure neither frees nor uses a number: the job is tried again."""
    with ctx.begin() as tx:
        sheet = documents.sheet_to_keep(tx, event.invoice_id)
    if sheet is None:
        return
    pdf = draw(sheet, ctx.outside)
    with ctx.finish() as tx:
        documents.keep_pdf(tx, event.invoice_id, pdf)


def draw(sheet: documents.Sheet, outside: BillingOutside) -> bytes:
    """The PDF, drawn in a child process; never inside a transaction."""
    return outside.render(TEMPLATES, TEMPLATE, variables=sheet.variables, language=sheet.language, options=sheet.options)
