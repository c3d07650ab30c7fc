"""What the five services share: contracts, values, the database, messages, the web door. Knows no service."""
