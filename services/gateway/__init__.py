"""The one front door of storefronts, staff and payment providers. It owns nothing.

It hands each path to the service that serves it, and composes the commands that several services must answer together.
"""
