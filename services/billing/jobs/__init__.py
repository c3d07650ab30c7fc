"""Outside work of billing: calls to the payment provider, and the drawing of PDFs, between short transactions."""

from __future__ import annotations

from services.billing.jobs.closing import close_open_payment, close_payment
from services.billing.jobs.rendering import draw, render_invoice

__all__ = ["close_open_payment", "close_payment", "draw", "render_invoice"]
