"""Steps that a request, a fact, the provider or the clock asks of billing, by subject. All within the caller's transaction."""
