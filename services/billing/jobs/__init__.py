"""Outside work of billing: calls to the payment provider, and the drawing of PDFs, between short transactions."""

from __future__ import annotations

from services.billing.jobs.capturing import capture_payment
from services.billing.jobs.closing import close_open_payment, close_payment
from services.billing.jobs.rendering import draw, render_invoice
from services.billing.jobs.syncing import sync_payment

__all__ = ["capture_payment", "close_open_payment", "close_payment", "draw", "render_invoice", "sync_payment"]
