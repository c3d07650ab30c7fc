"""Owns stock, holds and reservations, shipping methods, deliveries and parcels.

It hears that an order was confirmed, reopened or cancelled, and what became of the payment of an expired hold.
It tells what is held, reserved, short, ready, handed over and delivered.
"""
