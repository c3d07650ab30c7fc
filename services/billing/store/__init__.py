"""Every query and every lock of billing, by subject. Locks are taken in the order: order, payments, invoices, series."""
