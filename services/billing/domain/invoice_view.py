"""The Invoice of api.md, section 7: what the API answers, and what the paper is drawn from, so that both agree (R-DOC-09)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from services.billing.domain.invoice import ITEM, PRO_FORMA, Invoice, InvoiceLine, tax_lines
from shared.values.clock import rfc3339
from shared.values.money import Precision, format_percent

TEMPLATE: Final = "invoice"
TEMPLATE_VERSION: Final = 1
"""Of templates/invoice.html; raised with every change of it. The first successful render fixes it on the document."""


def invoice_view(invoice: Invoice, lines: Sequence[InvoiceLine]) -> dict[str, Any]:
    """The whole document; `lines` with the shipping, which is shown apart."""
    write = invoice.precision.format
    items = [_item(line, invoice.precision) for line in lines if line.kind == ITEM]
    shipping = next((line for line in lines if line.kind != ITEM), None)
    return {
        "id": invoice.id,
        "type": invoice.type,
        "number": invoice.number,
        "state": invoice.state,
        "payment_state": invoice.payment_state,
        "order_id": invoice.order_id,
        "order_number": invoice.order_number,
        "delivery_id": invoice.delivery_id,
        "language": invoice.language,
        "currency": invoice.currency,
        "seller": invoice.snapshot["seller"],
        "buyer": invoice.snapshot["buyer"],
        "issued_at": None if invoice.issued_at is None else rfc3339(invoice.issued_at),
        "supplied_at": None if invoice.supplied_at is None else rfc3339(invoice.supplied_at),
        "due_at": None if invoice.due_at is None else rfc3339(invoice.due_at),
        "tax_note": invoice.snapshot.get("tax_note"),
        "lines": items,
        "shipping": None if shipping is None else _shipping(shipping, invoice),
        "net": write(invoice.net),
        "tax": write(invoice.tax),
        "total": write(invoice.total),
        "amount_due": write(invoice.amount_due),
        "tax_lines": [{"rate": format_percent(rate.rate_bp), "net": write(rate.net), "tax": write(rate.tax)} for rate in tax_lines(lines)],
        "tax_rounding": invoice.tax_rounding,
        "prices_include_tax": invoice.prices_include_tax,
        "template": {
            "key": PRO_FORMA if invoice.type == PRO_FORMA else TEMPLATE,
            "language": invoice.language,
            "version": invoice.template_version or TEMPLATE_VERSION,
        },
        "pdf_ready": invoice.pdf_sha256 is not None or invoice.drawn_on_demand,
        "pdf_sha256": invoice.pdf_sha256,
    }


def document_view(invoice: Invoice, *, url: str) -> dict[str, Any]:
    """A document as customers see it in a list."""
    return {
        "id": invoice.id,
        "type": invoice.type,
        "number": invoice.number,
        "issued_at": None if invoice.issued_at is None else rfc3339(invoice.issued_at),
        "total": invoice.precision.format(invoice.total),
        "currency": invoice.currency,
        "url": url,
    }


def _item(line: InvoiceLine, precision: Precision) -> dict[str, Any]:
    return {
        "id": line.id,
        "order_line_id": line.order_line_id,
        "sku": line.sku,
        "description": line.description,
        "quantity": line.quantity,
        "unit_price": precision.format(line.unit_price),
        "discount_percent": format_percent(line.discount_percent_bp),
        **_figures(line, precision),
    }


def _shipping(line: InvoiceLine, invoice: Invoice) -> dict[str, Any]:
    return {
        "method": invoice.snapshot.get("shipping_method"),
        "name": line.description,
        "price": invoice.precision.format(line.unit_price),
        **_figures(line, invoice.precision),
    }


def _figures(line: InvoiceLine, precision: Precision) -> dict[str, Any]:
    return {
        "discount": precision.format(line.discount),
        "voucher": precision.format(line.voucher),
        "tax_rate": format_percent(line.tax_rate_bp),
        "net": precision.format(line.net),
        "tax": precision.format(line.tax),
        "total": precision.format(line.total),
    }
