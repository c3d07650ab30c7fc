"""Owns payments, the provider's events, invoices and their PDFs.

It hears that an order was submitted, confirmed or reopened, what was handed over, and that a hold is due; Stripe calls its webhook.
It tells what became of money and that an invoice was posted and rendered.
"""
