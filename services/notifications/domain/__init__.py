"""Rules of notifications: values in, values out."""
