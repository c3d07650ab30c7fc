"""The audit: what must always be true of a shop, looked up in its databases and its broker while it runs. It only reads."""
