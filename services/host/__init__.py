"""The only code that knows all services: it starts them, as one process or as many, and is the command line."""
