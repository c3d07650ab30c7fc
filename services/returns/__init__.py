"""Owns what may come back: what was bought, handed over and delivered, and until when.

It hears what orders confirm and what delivery hands over and delivers.
It tells nothing yet.
"""
