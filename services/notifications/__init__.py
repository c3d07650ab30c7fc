"""Owns the timeline of every order, every mail, and the tasks that need a person.

It hears every fact of every service.
It tells that a mail was sent or failed, and that a task was opened or closed.
"""
