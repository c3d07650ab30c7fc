"""Rules of returns: values in, values out."""
