"""Which guards of the house no test would miss: they are removed one at a time, in a copy. `./prove guards --help`."""
