"""Notifications owns mails, tasks and the timeline, hears every event, and tells which mail went out or failed."""
