"""Steps that a person, a fact or the clock asks for."""
