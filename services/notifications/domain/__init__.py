"""Notifications' rules: values in, values out."""
