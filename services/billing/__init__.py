"""Billing owns payments, refunds and invoices, hears what orders and deliveries tell, and tells what was paid and billed."""
