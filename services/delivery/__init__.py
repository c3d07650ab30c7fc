"""Owns stock, holds and reservations, shipping methods, deliveries and parcels.

It hears that an order was confirmed, reopened, cancelled, held or released, what became of the payment of an expired hold, and
what of the money makes goods wait. It tells what is held, reserved, short, ready, started, handed over, left behind and delivered.
"""
