"""Every query and every lock of orders, by subject."""
