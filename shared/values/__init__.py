"""Values without behaviour of their own outside: money, ids, instants, addresses."""
