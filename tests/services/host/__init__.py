"""The host: the audit, and what repairs."""
