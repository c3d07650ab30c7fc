"""Billing's rules: values in, values out."""
