"""Steps that a person or the clock asks for, by subject."""
