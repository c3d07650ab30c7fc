"""How facts travel: outbox, relay, bus, worker, inbox, retries, dead letters."""
