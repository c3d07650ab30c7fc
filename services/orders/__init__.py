"""Owns orders from the first line in a cart to their completion, products, sellers, API keys and the master of all settings.

It hears what delivery and billing tell of an order's goods, parcels, payments and invoices, and derives the order's standing from it.
It tells that an order was created, submitted, reopened, confirmed, cancelled or completed.
"""
