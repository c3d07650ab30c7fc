"""A broker that needs no server: a kombu transport on one SQLite file, which loses nothing at kill -9."""
