"""Billing's routes, by subject."""

from __future__ import annotations

from services.billing.api import documents, internal, invoices, methods, payment_commands, payments, requests

ROUTERS = (
    internal.router,
    methods.router,
    payments.router,
    payment_commands.router,
    invoices.router,
    requests.router,
    documents.router,
)
