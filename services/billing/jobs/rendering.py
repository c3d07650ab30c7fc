"""Posted documents are drawn once and kept for good (R-INV-07, R-INV-08)."""

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
        sheet = documents.sheet_of(tx, event.invoice_id)
    if sheet is None:
        return
    outside: BillingOutside = ctx.outside
    pdf = outside.render(TEMPLATES, TEMPLATE, variables=sheet.variables, language=sheet.language, options=sheet.options)
    with ctx.finish() as tx:
        documents.keep_pdf(tx, event.invoice_id, pdf)
