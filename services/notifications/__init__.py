"""Owns the timeline of every order and every mail.

It hears every fact of every service.
It tells that a mail was sent or failed.
"""
