"""Billing: payments, refunds, invoices and credit notes."""
