"""Rules of delivery: values in, values out."""
