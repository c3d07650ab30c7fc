"""Routes of orders, by subject."""
