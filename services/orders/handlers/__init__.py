"""What orders does on hearing a fact, by subject."""
