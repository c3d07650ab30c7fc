"""The mail server, in our words."""
