"""Stand-ins for the outside world, for test mode and the demo. They are reached as the real ones are: over HTTP, and by webhooks."""
