"""The web door of a service: who calls, one transaction, one answer, one kind of error."""
