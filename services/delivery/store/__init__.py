"""Every query and every lock of delivery.

Locks are taken in this order: the order's row, skus in their order, deliveries by id, reservations by id, parcels. Whoever changes
pieces of a sku holds that sku; so under its lock the pieces of it stand still, whosever they are (R-STK-13).
"""
